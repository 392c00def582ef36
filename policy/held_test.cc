#include "policy/held.h"

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "cosign/identity.h"
#include "cosign/item.h"
#include "cosign/signer.h"
#include "cosign/test_judge.h"
#include "cosign/test_signer.h"
#include "cosign/test_sigstore.h"
#include "cosign/test_sigstore_json.h"
#include "crypto/sha256.h"
#include "crypto/test_key.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "policy/asked.h"

namespace countersign::policy {
namespace {

using ::testing::AllOf;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Pair;
using ::testing::SizeIs;
using ::testing::UnorderedElementsAre;

constexpr size_t kAmple = 1 << 20;

// By which the authority's word holds about the test's image.
Held Examined(const Authority& authority, cosign::ItemPtr item) {
  const std::vector<absl::StatusOr<cosign::ItemPtr>> items = {std::move(item)};
  const Verification verification = VerifyItems(items, cosign::TestImage(), AskedBy({&authority}));
  EXPECT_THAT(verification.verified, SizeIs(1)) << testing::PrintToString(verification.failures);
  return verification.verified.empty() ? Held() : HeldBy(authority, verification.verified[0]);
}

// One that holds by an identity.
Held ByIdentity(std::string issuer, std::string subject,
                std::map<std::string, std::string, std::less<>> extensions = {}) {
  Held held = {.authority = "identity", .form = cosign::Form::kBundleV03};
  held.proof.identity.emplace();
  held.proof.identity->issuer = std::move(issuer);
  held.proof.identity->extensions = std::move(extensions);
  held.proof.subject = std::move(subject);
  return held;
}

// What is left of it.
Held Kept(Held held, size_t max_bytes) {
  std::vector<Held> evidence = {std::move(held)};
  KeepWithin(max_bytes, evidence);
  return evidence.at(0);
}

TEST(Held, ByAKeyHasItsDigest) {
  const cosign::TestSigner alice(crypto::TestKey::Generate());
  const Authority authority = {.name = "alice", .asks = cosign::KeySigner(alice.key().Public())};
  const Held held = Examined(authority, alice.Sign(cosign::TestImage()));
  EXPECT_EQ(held.authority, "alice");
  EXPECT_EQ(held.form, cosign::Form::kSignatureLayer);
  EXPECT_EQ(held.key_sha256, crypto::Sha256Hex(alice.key().PublicDer()));
  EXPECT_FALSE(held.proof.identity.has_value());
  EXPECT_THAT(held.proof.times, IsEmpty());
}

TEST(Held, ByAnIdentityHasWhatTheCertificateSaysAndWhenItSigned) {
  cosign::TestSigstore sigstore;
  const Authority authority = {.name = "workflow", .asks = cosign::TestJudge(sigstore).signer()};
  const cosign::Bundle bundle = sigstore.Sign(sigstore.Keyless());
  const Held held = Examined(authority, *cosign::BundleItem(cosign::TestBundleJson(bundle).dump()));
  EXPECT_EQ(held.authority, "workflow");
  EXPECT_EQ(held.form, cosign::Form::kBundleV03);
  EXPECT_EQ(held.key_sha256, "");
  ASSERT_TRUE(held.proof.identity.has_value());
  EXPECT_EQ(held.proof.identity->issuer, cosign::kTestIssuer);
  EXPECT_THAT(held.proof.identity->extensions,
              Contains(Pair("issuer", std::string(cosign::kTestIssuer))));
  EXPECT_THAT(held.proof.identity->subjects, IsEmpty());
  EXPECT_EQ(held.proof.subject, cosign::kTestSubject);
  EXPECT_THAT(held.proof.times, ElementsAre(cosign::kTestSigningTime));
  EXPECT_THAT(held.proof.log_indexes, SizeIs(1));
  EXPECT_EQ(held.proof.predicate_type, cosign::kSignaturePredicateType);
}

TEST(Held, WhatThereIsRoomForStaysAsItIs) {
  const Held held = Kept(
      ByIdentity("https://issuer", "me@example.org", {{"name", "Grüße \xf0\x9f\x9a\x80"}}), kAmple);
  EXPECT_EQ(held.proof.identity->issuer, "https://issuer");
  EXPECT_EQ(held.proof.subject, "me@example.org");
  EXPECT_THAT(held.proof.identity->extensions, ElementsAre(Pair("name", "Grüße \xf0\x9f\x9a\x80")));
}

TEST(Held, WhatNoAnswerMayHaveInItIsMadePrintable) {
  const Held held = Kept(
      ByIdentity("https://\xff", "a\nb", {{"name", "\xe2\x80\xae"}, {"other", "\x1b[2J"}}), kAmple);
  EXPECT_EQ(held.proof.identity->issuer, "https://\\xff");
  EXPECT_EQ(held.proof.subject, "a\\x0ab");
  EXPECT_THAT(held.proof.identity->extensions,
              UnorderedElementsAre(Pair("name", "\\xe2\\x80\\xae"), Pair("other", "\\x1b[2J")));
}

TEST(Held, ATextThatThereIsNoRoomForIsLeftOut) {
  const Held held = Kept(ByIdentity("issuer", std::string(100, 's'),
                                    {{"a", std::string(60, 'a')}, {"b", std::string(20, 'b')}}),
                         50);
  EXPECT_EQ(held.proof.identity->issuer, "issuer");
  EXPECT_EQ(held.proof.subject, "");
  EXPECT_THAT(held.proof.identity->extensions, ElementsAre(Pair("b", std::string(20, 'b'))));
}

// So that many extensions of one certificate hide nobody.
TEST(Held, WhoSignedComesBeforeWhatElseIsKnownOfHim) {
  std::vector<Held> evidence;
  for (int i = 0; i < 3; ++i) {
    evidence.push_back(
        ByIdentity(std::string(10, 'i'), std::string(10, 's'), {{"a", std::string(40, 'a')}}));
  }
  EXPECT_EQ(KeepWithin(110, evidence), 2u);
  for (const Held& held : evidence) {
    EXPECT_THAT(held.proof.identity->issuer, SizeIs(10));
    EXPECT_THAT(held.proof.subject, SizeIs(10));
  }
  EXPECT_THAT(evidence[0].proof.identity->extensions, SizeIs(1));
  EXPECT_THAT(evidence[1].proof.identity->extensions, IsEmpty());
}

TEST(Held, OfManyTimesTheFirstAreKept) {
  Held held = {.authority = "key", .form = cosign::Form::kBundleV03};
  held.proof.times.assign(100, absl::FromUnixSeconds(7));
  held.proof.log_indexes.assign(100, uint64_t{7});
  const Held kept = Kept(held, 200);
  EXPECT_THAT(kept.proof.times, AllOf(testing::Not(IsEmpty()), Contains(absl::FromUnixSeconds(7))));
  EXPECT_LE(kept.proof.times.size() * sizeof(absl::Time) +
                kept.proof.log_indexes.size() * sizeof(uint64_t),
            200u);
}

}  // namespace
}  // namespace countersign::policy
