#include "verifier/verifier_assembly.h"

#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "base/status_matchers.h"
#include "crypto/test_key.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "policy/test_policy.h"

namespace countersign::verifier {
namespace {

using base::IsOk;
using base::StatusIs;
using testing::HasSubstr;
using testing::SizeIs;

kube::Object ObjectOf(base::Json json) {
  return {.json = std::move(json),
          .locate = [](std::string_view pointer) { return std::string(pointer); }};
}

base::Json OneKey() {
  return policy::TestPolicy()
      .Key("mine", crypto::TestKey::Generate().PublicPem())
      .Rule("*", {"mine"})
      .Object();
}

TEST(VerifierAssembly, APolicyThatIsGivenNeedsNoCluster) {
  VerifierAssembly::Options options;
  EXPECT_THAT(VerifierAssembly::Create(options),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("say where the policy is")));
  int reads = 0;
  options.policy = ObjectOf(OneKey());
  options.on_policy_read = [&reads] { ++reads; };
  const absl::StatusOr<std::unique_ptr<VerifierAssembly>> assembly =
      VerifierAssembly::Create(options);
  ASSERT_THAT(assembly, IsOk());
  (*assembly)->AwaitPolicy(absl::InfiniteFuture());
  EXPECT_THAT((*assembly)->PolicyStatus(), IsOk());
  EXPECT_EQ(reads, 1);
}

TEST(VerifierAssembly, APolicyThatIsGivenHoldsInThePlaceOfTheClusters) {
  VerifierAssembly::Options options;
  options.objects.directory = "testdata/cluster";
  options.policy = ObjectOf(OneKey());
  const absl::StatusOr<std::unique_ptr<VerifierAssembly>> assembly =
      VerifierAssembly::Create(options);
  ASSERT_THAT(assembly, IsOk());
  const absl::StatusOr<PolicySnapshot> policy = (*assembly)->policy_state().snapshot;
  ASSERT_THAT(policy, IsOk());
  ASSERT_NE(*policy, nullptr);
  ASSERT_THAT((*policy)->keys(), SizeIs(1));
  EXPECT_EQ((*policy)->keys()[0].name, "mine");
}

TEST(VerifierAssembly, APolicyThatIsGivenAndCannotBeUsedIsSaid) {
  VerifierAssembly::Options options;
  base::Json json = OneKey();
  json["metadata"]["name"] = "another";
  options.policy = ObjectOf(std::move(json));
  const absl::StatusOr<std::unique_ptr<VerifierAssembly>> assembly =
      VerifierAssembly::Create(options);
  ASSERT_THAT(assembly, IsOk());
  EXPECT_THAT((*assembly)->PolicyStatus(), StatusIs(absl::StatusCode::kFailedPrecondition,
                                                    HasSubstr("/metadata/name: there is one")));
}

}  // namespace
}  // namespace countersign::verifier
