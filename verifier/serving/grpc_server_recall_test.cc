// Several questions in a call, of which those are answered that memory answers.

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "base/deadline.h"
#include "base/eventually.h"
#include "base/log.h"
#include "base/metrics.h"
#include "gmock/gmock.h"
#include "grpcpp/channel.h"
#include "grpcpp/client_context.h"
#include "gtest/gtest.h"
#include "oci/image_reference.h"
#include "policy/test_policy.h"
#include "proto/countersign/v1/verifier.grpc.pb.h"
#include "proto/limits.h"
#include "proto/policy_hash.h"
#include "verifier/serving/call_metrics.h"
#include "verifier/serving/grpc_server.h"
#include "verifier/serving/grpc_server_clients_fixture.h"
#include "verifier/serving/grpc_server_fixture.h"
#include "verifier/test_cluster.h"

namespace countersign::verifier {
namespace {

using ::testing::AllOf;
using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::SizeIs;

constexpr char kUnmatched[] = "elsewhere.example.org/app:1";

struct Recalled {
  grpc::Status status;
  v1::RecallVerdictsResponse response;
  std::string policy_hash;
};

Recalled Recall(v1::Verifier::Stub& stub, const std::vector<v1::VerifyImagesRequest>& questions,
                const std::string& traceparent = "") {
  v1::RecallVerdictsRequest request;
  for (const v1::VerifyImagesRequest& question : questions) {
    v1::RecalledQuestion& one = *request.add_questions();
    *one.mutable_question() = question;
    one.set_traceparent(traceparent);
  }
  grpc::ClientContext context;
  context.set_deadline(absl::ToChronoTime(base::Soon()));
  Recalled recalled;
  recalled.status = stub.RecallVerdicts(&context, request, &recalled.response);
  const auto& told = context.GetServerTrailingMetadata();
  if (const auto hash = told.find(proto::kPolicyHashKey); hash != told.end()) {
    recalled.policy_hash = std::string(hash->second.data(), hash->second.size());
  }
  return recalled;
}

// Of each question, the reasons of its verdicts; "-" where it has no answer.
std::vector<std::string> Reasons(const Recalled& recalled) {
  EXPECT_TRUE(recalled.status.ok()) << recalled.status.error_message();
  std::vector<std::string> reasons;
  for (const v1::RecalledAnswer& answer : recalled.response.answers()) {
    std::string& text = reasons.emplace_back(answer.has_answer() ? "" : "-");
    for (const v1::Verdict& verdict : answer.answer().verdicts()) {
      absl::StrAppend(&text, text.empty() ? "" : " ", v1::Reason_Name(verdict.reason()));
    }
  }
  return reasons;
}

class RecallTest : public GrpcServerTest {
 protected:
  RecallTest() {
    cluster_.SetPolicy(policy::TestPolicy()
                           .Key("release", cluster_.signer.key().PublicPem())
                           .Rule("registry.example.org/*", {"release"}));
    digest_ = absl::StrCat("registry.example.org/shop/app@", Signed());
  }

  std::string Signed() {
    const oci::Digest digest = cluster_.PushImage(kImage);
    cluster_.Sign(kImage, digest, {&cluster_.signer});
    return digest.ToString();
  }

  // So that the verifier remembers it.
  void AskAboutIt() {
    v1::VerifyImagesResponse response;
    ASSERT_TRUE(Ask(RequestFor(digest_), &response).ok());
    ASSERT_EQ(response.verdicts(0).reason(), v1::REASON_VERIFIED);
  }

  std::string digest_;  // a signed image by its digest
};

TEST_F(RecallTest, EachIsAnsweredThatMemoryAnswersAndAsByItself) {
  Start();
  v1::VerifyImagesRequest both = RequestFor(digest_);
  both.add_images()->set_reference(kUnmatched);
  EXPECT_THAT(Reasons(Recall(*stub_, {RequestFor(digest_), RequestFor(kUnmatched), both})),
              ElementsAre("-", "REASON_UNMATCHED", "-"));
  AskAboutIt();
  const Recalled recalled = Recall(*stub_, {RequestFor(digest_), RequestFor(kUnmatched), both});
  EXPECT_THAT(Reasons(recalled), ElementsAre("REASON_VERIFIED", "REASON_UNMATCHED",
                                             "REASON_VERIFIED REASON_UNMATCHED"));
  v1::VerifyImagesResponse alone;
  ASSERT_TRUE(Ask(both, &alone).ok());
  EXPECT_EQ(alone.SerializeAsString(), recalled.response.answers(2).answer().SerializeAsString());
}

// A look of its own would be there before one that is begun later.
TEST_F(RecallTest, NothingIsLookedUpForIt) {
  Start();
  const std::vector<std::string> asked = cluster_.registry.Calls();
  EXPECT_THAT(Reasons(Recall(*stub_, {RequestFor(kImage)})), ElementsAre("-"));
  AskAboutIt();
  const std::vector<std::string> calls = cluster_.registry.Calls();
  ASSERT_GT(calls.size(), asked.size());
  // That a tag means something is asked before anything else about it.
  EXPECT_THAT(std::vector(calls.begin() + static_cast<ptrdiff_t>(asked.size()), calls.end()),
              Each(Not(HasSubstr("shop/app:1"))));
}

TEST_F(RecallTest, AnEditOfThePolicyHolds) {
  Start();
  AskAboutIt();
  cluster_.SetPolicy(policy::TestPolicy()
                         .Key("other", cluster_.other_signer.key().PublicPem())
                         .Rule("registry.example.org/*", {"other"}));
  EXPECT_THAT(Reasons(Recall(*stub_, {RequestFor(digest_)})), ElementsAre("-"));
}

TEST_F(RecallTest, AQuestionThatIsWrongIsItsOwnConcern) {
  Start();
  EXPECT_THAT(Reasons(Recall(*stub_, {v1::VerifyImagesRequest(), RequestFor(kUnmatched)})),
              ElementsAre("-", "REASON_UNMATCHED"));
}

TEST_F(RecallTest, AsManyAreAnsweredAsHaveSoManyImages) {
  Start();
  v1::VerifyImagesRequest many;
  for (int i = 0; i < v1::kMaxRecalledImages - 1; ++i) {
    many.add_images()->set_reference(absl::StrCat("elsewhere.example.org/app:", i));
  }
  const Recalled recalled = Recall(
      *stub_, {many, RequestFor(kUnmatched), RequestFor(kUnmatched), RequestFor(kUnmatched)});
  ASSERT_THAT(Reasons(recalled), ElementsAre(HasSubstr("UNMATCHED"), "REASON_UNMATCHED", "-", "-"));
  EXPECT_THAT(recalled.response.answers(0).answer().verdicts(), SizeIs(v1::kMaxRecalledImages - 1));
}

// What one has written is not to hold up who reads the others.
TEST_F(RecallTest, AfterLongAnswersNoFurtherQuestionIsAnswered) {
  Start();
  const std::string long_name = std::string(1'500, 'a');
  v1::VerifyImagesRequest long_ones;
  for (int i = 0; i < 31; ++i) {
    long_ones.add_images()->set_reference(
        absl::StrCat("elsewhere.example.org/", long_name, i, "/app:1"));
  }
  const Recalled recalled = Recall(*stub_, {long_ones, RequestFor(kUnmatched)});
  ASSERT_GT(recalled.response.ByteSizeLong(), 64u << 10);
  EXPECT_EQ(Reasons(recalled)[1], "-");
}

TEST_F(RecallTest, ManyQuestionsAreRefusedBeforeAnythingIsMadeOfThem) {
  Start();
  const size_t most = v1::kMaxRecalledImages;
  EXPECT_THAT(Reasons(Recall(*stub_, std::vector<v1::VerifyImagesRequest>(most))),
              AllOf(SizeIs(most), Each("-")));
  const Recalled more = Recall(*stub_, std::vector<v1::VerifyImagesRequest>(most + 1));
  EXPECT_EQ(more.status.error_code(), grpc::StatusCode::INVALID_ARGUMENT);
  EXPECT_THAT(more.status.error_message(), HasSubstr("33 questions; at most 32"));
}

TEST_F(RecallTest, AMessageThatIsTooLongIsRefused) {
  Start();
  v1::VerifyImagesRequest question = RequestFor(kUnmatched);
  question.set_service_account(std::string(v1::kMaxRecallBytes, 'a'));
  EXPECT_EQ(Recall(*stub_, {question}).status.error_code(), grpc::StatusCode::RESOURCE_EXHAUSTED);
}

TEST_F(RecallTest, ItIsCountedAsACallAndItsVerdictsAsVerdicts) {
  base::Metrics metrics;
  CallMetrics counted(&metrics);
  Start({.metrics = &counted});
  AskAboutIt();
  Recall(*stub_, {RequestFor(digest_), RequestFor(digest_), RequestFor(kUnmatched)});
  const auto has = [&metrics](const std::string& line) {
    return base::Eventually([&] { return absl::StrContains(metrics.WriteText(), line); });
  };
  EXPECT_TRUE(has("countersign_calls_total{code=\"ok\",method=\"RecallVerdicts\"} 1\n"));
  EXPECT_TRUE(has("countersign_verdicts_total{reason=\"verified\"} 3\n"));
  EXPECT_TRUE(has("countersign_verdicts_total{reason=\"unmatched\"} 1\n"));
}

TEST_F(RecallTest, ThePolicyInForceIsTold) {
  Start({.policy_hash = [] { return "sha256:1"; }});
  EXPECT_EQ(Recall(*stub_, {RequestFor(kUnmatched)}).policy_hash, "sha256:1");
}

TEST_F(RecallTest, EachIsLoggedInItsTrace) {
  Start();
  const std::string trace = std::string(32, 'a');
  std::vector<std::string> lines;
  {
    const base::ScopedLogSink sink([&lines](std::string_view line) { lines.emplace_back(line); });
    Recall(*stub_, {RequestFor(kUnmatched)},
           absl::StrCat("00-", trace, "-", std::string(16, 'b'), "-00"));
    EXPECT_TRUE(base::Eventually([&] { return server_->CountSlowCalls().running == 0; }));
  }
  EXPECT_THAT(lines, ElementsAre(HasSubstr(trace)));
}

// Who may ask for what, of each question.
class RecallClientsTest : public GrpcServerClientsTest {
 protected:
  static v1::VerifyImagesRequest In(const std::string& workload_namespace) {
    v1::VerifyImagesRequest question = RequestFor(kUnmatched);
    question.set_namespace_(workload_namespace);
    return question;
  }
};

TEST_F(RecallClientsTest, NothingIsAnsweredOnBehalfOfANamespaceThatIsNotTheClients) {
  Start({"dns:shop.example.org=shop"});
  const auto stub = v1::Verifier::NewStub(Connect("DNS:shop.example.org", authority_));
  EXPECT_THAT(Reasons(Recall(*stub, {In("shop"), In("bank"), In(""), In("shop")})),
              ElementsAre("REASON_UNMATCHED", "-", "REASON_UNMATCHED", "REASON_UNMATCHED"));
}

TEST_F(RecallClientsTest, WhoIsNotListedIsRefused) {
  Start({"dns:shop.example.org=shop"});
  const auto stub = v1::Verifier::NewStub(Connect("DNS:bank.example.org", authority_));
  EXPECT_EQ(Recall(*stub, {In("bank")}).status.error_code(), grpc::StatusCode::PERMISSION_DENIED);
}

// What the one answer is remembered by is another's, too, as with a call of its own.
TEST_F(RecallClientsTest, WhatIsRememberedForOneNamespaceServesNoOther) {
  Start({"dns:shim.example.org=*"});
  const Answer answer = Ask("DNS:shim.example.org", "shop");
  ASSERT_EQ(answer.verdict.reason(), v1::REASON_VERIFIED);
  const auto stub = v1::Verifier::NewStub(Connect("DNS:shim.example.org", authority_));
  v1::VerifyImagesRequest of_shop = RequestFor(answer.verdict.pinned_reference());
  of_shop.set_namespace_("shop");
  of_shop.add_image_pull_secrets("regcred");
  v1::VerifyImagesRequest of_bank = of_shop;
  of_bank.set_namespace_("bank");
  EXPECT_THAT(Reasons(Recall(*stub, {of_shop, of_bank})), ElementsAre("REASON_VERIFIED", "-"));
}

}  // namespace
}  // namespace countersign::verifier
