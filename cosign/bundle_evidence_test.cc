#include "cosign/bundle_evidence.h"

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "base/json.h"
#include "base/status_matchers.h"
#include "base/test_heap.h"
#include "cosign/bundle.h"
#include "cosign/bundle_fixture.h"
#include "cosign/dsse.h"
#include "cosign/json_fixture.h"
#include "cosign/material.h"
#include "cosign/test_sigstore.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace countersign::cosign {
namespace {

using base::Json;
using base::StatusIs;
using ::testing::HasSubstr;

// What it says that it takes in memory, and what is there of it.
struct Weight {
  size_t said = 0;
  size_t held = 0;
};

Weight WeightOf(const Json& bundle) {
  const std::string text = bundle.dump();
  const auto read = [&text] {
    return std::make_unique<const BundleEvidence>(ParseBundle(text).value());
  };
  // What is made at the first time stays.
  EXPECT_NE(read(), nullptr);
  const size_t before = base::HeapBytes();
  const std::unique_ptr<const BundleEvidence> evidence = read();
  return {.said = evidence->memory_bytes(), .held = base::HeapBytes() - before};
}

// The bundle of a statement about these, elements of a JSON array.
Json StatementBundle(std::string_view subjects) {
  Json bundle = EnvelopeBundle();
  bundle["dsseEnvelope"]["payload"] = Base64(WriteTestStatement(subjects));
  return bundle;
}

// So many of them, each with its number between the two texts.
std::string Repeat(size_t count, std::string_view before, std::string_view after) {
  std::string list;
  for (size_t i = 0; i < count; ++i) {
    absl::StrAppend(&list, i == 0 ? "" : ",", before, i, after);
  }
  return list;
}

TEST(BundleEvidence, HasWhatAnEnvelopeSigns) {
  const std::string payload = WriteTestStatement(TestImage());
  Json bundle = EnvelopeBundle();
  bundle["dsseEnvelope"]["payload"] = Base64(payload);
  const BundleEvidence evidence(Parse(bundle).value());
  ASSERT_NE(evidence.signed_bytes(), nullptr);
  EXPECT_EQ(evidence.signed_bytes()->bytes(),
            PreAuthenticationEncoding(kInTotoPayloadType, payload));
  EXPECT_EQ(evidence.payload(), payload);
  EXPECT_EQ(evidence.payload_type(), kInTotoPayloadType);
  ASSERT_THAT(evidence.statement(), base::IsOk());
  EXPECT_EQ(evidence.statement()->predicate_type, kSignaturePredicateType);
  ASSERT_NE(evidence.certificate(), nullptr);
  EXPECT_EQ(evidence.certificate()->certificate(), TestChain().signer);
}

TEST(BundleEvidence, OfAMessageStatesNothing) {
  const BundleEvidence evidence(Parse(MessageBundle()).value());
  EXPECT_EQ(evidence.signed_bytes(), nullptr);
  EXPECT_EQ(evidence.payload(), "");
  EXPECT_EQ(evidence.payload_type(), "");
  EXPECT_THAT(evidence.statement(),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("it signs a message")));
}

TEST(BundleEvidence, OfAnotherTypeOrWithoutAStatementSaysSo) {
  const BundleEvidence unreadable(Parse(EnvelopeBundle()).value());
  EXPECT_THAT(unreadable.statement(), StatusIs(absl::StatusCode::kInvalidArgument,
                                               HasSubstr("its statement cannot be read")));
  Json bundle = StatementBundle("{}");
  bundle["dsseEnvelope"]["payloadType"] = "text/plain";
  const BundleEvidence other(Parse(bundle).value());
  EXPECT_THAT(other.statement(),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("is not of the type")));
}

TEST(BundleEvidenceMemory, IsNoLessThanWhatIsHeld) {
  for (const Json& bundle : {MessageBundle(), EnvelopeBundle(), StatementBundle("{}")}) {
    const Weight weight = WeightOf(bundle);
    EXPECT_GE(weight.said, weight.held);
  }
}

// Each count is one more than a list has room for before it grows.
TEST(BundleEvidenceMemory, CountsThousandsOfSubjectsDigestsAndAnnotations) {
  for (const std::string& subjects : {
           Repeat(513, R"({"name":")", "\"}"),
           Repeat(513, R"({"name":"a name of some length )", "\"}"),
           absl::StrCat(R"({"annotations":{)", Repeat(9000, "\"", "\":\"\""), "}}"),
           absl::StrCat(R"({"annotations":{)",
                        Repeat(9000, "\"a name of some length ", R"(":"a text of some length")"),
                        "}}"),
           Repeat(257, absl::StrCat(R"({"digest":{)", Repeat(30, "\"", R"(":"")"), R"(},"name":")"),
                  "\"}"),
           Repeat(257,
                  absl::StrCat(R"({"digest":{)",
                               Repeat(30, "\"algorithm number ", R"(":"0123456789abcdef")"),
                               R"(},"name":")"),
                  "\"}"),
       }) {
    ASSERT_THAT(BundleEvidence(Parse(StatementBundle(subjects)).value()).statement(), base::IsOk())
        << subjects.substr(0, 80);
    const Weight weight = WeightOf(StatementBundle(subjects));
    EXPECT_GE(weight.said, weight.held) << subjects.substr(0, 80);
  }
}

TEST(BundleEvidenceMemory, CountsEntriesProofsAndTimestamps) {
  Json bundle = MessageBundle();
  Json& material = bundle["verificationMaterial"];
  for (size_t i = 3; i <= 17; ++i) {
    Json entry = EntryJson(absl::StrCat(i));
    Json& hashes = entry["inclusionProof"]["hashes"];
    for (size_t hash = hashes.size(); hash < 33; ++hash) {
      hashes.push_back(Base64(std::string(32, 'h')));
    }
    material["tlogEntries"].push_back(entry);
    material["timestampVerificationData"]["rfc3161Timestamps"].push_back(
        {{"signedTimestamp", Base64("one")}});
  }
  const Weight weight = WeightOf(bundle);
  EXPECT_GE(weight.said, weight.held);
}

TEST(BundleEvidenceMemory, CountsEachTextThatMayBeLong) {
  const std::string text(1 << 20, 't');
  for (const std::string_view place :
       {"/dsseEnvelope/payloadType", "/dsseEnvelope/payload", "/dsseEnvelope/signatures/0/sig",
        "/verificationMaterial/tlogEntries/0/kindVersion/kind",
        "/verificationMaterial/tlogEntries/0/kindVersion/version",
        "/verificationMaterial/tlogEntries/0/logId/keyId",
        "/verificationMaterial/tlogEntries/0/canonicalizedBody",
        "/verificationMaterial/tlogEntries/0/inclusionPromise/signedEntryTimestamp"}) {
    Json bundle = EnvelopeBundle();
    bundle[Json::json_pointer(std::string(place))] = text;
    const Weight weight = WeightOf(bundle);
    EXPECT_GE(weight.said, text.size() / 4 * 3) << place;
    EXPECT_GE(weight.said, weight.held) << place;
  }
  Json bundle = EnvelopeBundle();
  bundle["verificationMaterial"].erase("certificate");
  bundle["verificationMaterial"]["publicKey"]["hint"] = text;
  EXPECT_GE(WeightOf(bundle).said, text.size());
}

// Whoever may push can add what nobody has signed to a bundle that holds.
TEST(BundleEvidence, CountsEachTextThatIsKept) {
  constexpr size_t kLong = 100'000;
  const std::string text(kLong, 'x');
  const auto memory_with = [](Bundle bundle) {
    return BundleEvidence(std::move(bundle)).memory_bytes();
  };
  EXPECT_GE(memory_with({.entries = {{.log_id = text}}}), kLong);
  EXPECT_GE(memory_with({.entries = {{.kind = text}}}), kLong);
  EXPECT_GE(memory_with({.entries = {{.version = text}}}), kLong);
  EXPECT_GE(memory_with({.entries = {{.body = text}}}), kLong);
  EXPECT_GE(memory_with({.entries = {{.promise = text}}}), kLong);
  EXPECT_GE(memory_with({.signature = text}), kLong);
  EXPECT_GE(memory_with({.material = KeyHint{text}}), kLong);
  EXPECT_GE(memory_with({.timestamps = {text}}), kLong);
  // It is signed, too.
  EXPECT_GE(memory_with({.content = Envelope{.payload_type = text}}), 2 * kLong);
  EXPECT_GE(memory_with({.content = Envelope{.payload = text}}), kLong);
}

}  // namespace
}  // namespace countersign::cosign
