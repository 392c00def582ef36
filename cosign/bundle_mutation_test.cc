// Whatever is changed of a bundle, it is refused; but for what is not looked at, where it says what
// it said.

#include <algorithm>
#include <cstddef>
#include <set>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "absl/strings/escaping.h"
#include "base/json.h"
#include "cosign/bundle.h"
#include "cosign/refusal.h"
#include "cosign/test_judge.h"
#include "cosign/test_sigstore.h"
#include "cosign/test_sigstore_json.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace countersign::cosign {
namespace {

using base::Json;
using ::testing::ElementsAre;

// One bit is changed in each range of so many bytes.
constexpr size_t kRange = 4;

// What is looked at in part: by what name a log of Rekor 1 signs, and which hashes a timestamp says
// beforehand that it uses.
constexpr char kCheckpoint[] =
    "/verificationMaterial/tlogEntries/0/inclusionProof/checkpoint/envelope";
constexpr char kTimestamp[] =
    "/verificationMaterial/timestampVerificationData/rfc3161Timestamps/0/signedTimestamp";
// Rekor 2 has none.
constexpr char kIntegratedTime[] = "/verificationMaterial/tlogEntries/0/integratedTime";

// Members whose text is the base64 of what it means.
bool IsBase64(std::string_view pointer) {
  static const std::set<std::string_view>* const kNames = new std::set<std::string_view>{
      "rawBytes", "keyId", "signedEntryTimestamp", "canonicalizedBody", "rootHash",
      "payload",  "sig",   "signedTimestamp",      "signature",         "digest",
  };
  if (pointer.find("/hashes/") != std::string_view::npos) return true;
  return kNames->contains(pointer.substr(pointer.rfind('/') + 1));
}

// The bytes that stand in the text, in one way or the other.
std::string Decoded(const std::string& text, bool is_base64) {
  if (!is_base64) return text;
  std::string bytes;
  EXPECT_TRUE(absl::Base64Unescape(text, &bytes));
  return bytes;
}

std::string WithBitChanged(std::string bytes, size_t at) {
  bytes[at] = static_cast<char>(bytes[at] ^ (1 << (at / kRange % 8)));
  return bytes;
}

// Where a change does no harm: what is changed there is not looked at, and what the bundle says is
// what it said.
std::set<std::string> FindHarmless(const TestJudge& judge, const Bundle& bundle) {
  const Json json = TestBundleJson(bundle);
  const BundleVerdict good = judge.JudgeText(json.dump());
  EXPECT_THAT(good, Holds());
  std::set<std::string> harmless;
  const Json parts = json.flatten();
  for (const auto& [pointer, value] : parts.items()) {
    const bool is_base64 = IsBase64(pointer);
    const std::string bytes = Decoded(value.get<std::string>(), is_base64);
    for (size_t range = 0; range < bytes.size(); range += kRange) {
      const size_t at = std::min(range + range / kRange % kRange, bytes.size() - 1);
      const std::string changed = WithBitChanged(bytes, at);
      Json other = json;
      other[Json::json_pointer(pointer)] = is_base64 ? absl::Base64Escape(changed) : changed;
      const BundleVerdict verdict =
          judge.JudgeText(other.dump(-1, ' ', false, Json::error_handler_t::replace));
      if (std::holds_alternative<Refusal>(verdict)) continue;
      EXPECT_EQ(Describe(verdict), Describe(good)) << pointer << " at " << at;
      harmless.insert(pointer);
    }
  }
  return harmless;
}

// Without any one of these members it is refused.
void ExpectEachPartToBeMissed(const TestJudge& judge, const Bundle& bundle,
                              const std::vector<std::string>& pointers) {
  const Json json = TestBundleJson(bundle);
  for (const std::string& text : pointers) {
    const Json::json_pointer pointer(text);
    ASSERT_TRUE(json.contains(pointer)) << text;
    Json other = json;
    other.at(pointer.parent_pointer()).erase(pointer.back());
    EXPECT_TRUE(std::holds_alternative<Refusal>(judge.JudgeText(other.dump()))) << text;
  }
}

TEST(BundleMutation, OfAnIdentityInRekor1) {
  TestSigstore sigstore;
  const TestJudge judge(sigstore);
  const Bundle bundle = sigstore.Sign(sigstore.Keyless());
  EXPECT_THAT(FindHarmless(judge, bundle), ElementsAre(kCheckpoint));
  ExpectEachPartToBeMissed(
      judge, bundle,
      {"/mediaType", "/dsseEnvelope", "/dsseEnvelope/payloadType",
       "/verificationMaterial/certificate", "/verificationMaterial/tlogEntries",
       "/verificationMaterial/tlogEntries/0/inclusionPromise",
       "/verificationMaterial/tlogEntries/0/inclusionProof",
       "/verificationMaterial/tlogEntries/0/integratedTime"});
}

TEST(BundleMutation, OfAnIdentityInRekor2WithATimestamp) {
  TestSigstore sigstore;
  TestSigning signing = sigstore.Keyless();
  signing.witnesses = {TestWitness::kRekor2, TestWitness::kTimestamp};
  TestJudge judge(sigstore);
  judge.witnesses.timestamps = 1;
  const Bundle bundle = sigstore.Sign(signing);
  EXPECT_THAT(FindHarmless(judge, bundle), ElementsAre(kTimestamp, kIntegratedTime));
  ExpectEachPartToBeMissed(
      judge, bundle,
      {"/verificationMaterial/tlogEntries", "/verificationMaterial/tlogEntries/0/inclusionProof",
       "/verificationMaterial/tlogEntries/0/inclusionProof/checkpoint",
       "/verificationMaterial/timestampVerificationData"});
}

TEST(BundleMutation, OfAKeysSignatureOfAFile) {
  TestSigstore sigstore;
  const TestSigning signing = {.message = "a file",
                               .witnesses = {TestWitness::kRekor1, TestWitness::kTimestamp}};
  TestJudge judge(sigstore);
  judge.key = signing.key.Public();
  judge.witnesses = {.log_entries = 1, .timestamps = 1};
  judge.file = TestFile("a file");
  EXPECT_THAT(FindHarmless(judge, sigstore.Sign(signing)),
              ElementsAre("/verificationMaterial/publicKey/hint", kTimestamp, kCheckpoint));
}

}  // namespace
}  // namespace countersign::cosign
