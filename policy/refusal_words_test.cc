#include "policy/refusal_words.h"

#include <initializer_list>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "cosign/identity.h"
#include "cosign/test_attestation.h"
#include "cosign/test_signer.h"
#include "cosign/test_sigstore.h"
#include "cosign/test_sigstore_json.h"
#include "crypto/test_certificate.h"
#include "crypto/test_key.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace countersign::policy {
namespace {

using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::Optional;
using ::testing::SizeIs;

cosign::SignerPtr Whoever(cosign::IdentityRule rule) {
  return cosign::KeylessSigner(*cosign::Identities::Compile({std::move(rule)}), {}, nullptr);
}

cosign::SignerPtr Somebody() {
  return Whoever({.issuer = std::string(cosign::kTestIssuer), .subject = "you@example.org"});
}

cosign::ItemPtr BundleOf(cosign::TestSigstore& sigstore, const cosign::TestSigning& signing) {
  return *cosign::BundleItem(cosign::TestBundleJson(sigstore.Sign(signing)).dump());
}

// A bundle by a certificate for these URIs.
cosign::ItemPtr SignedAs(std::initializer_list<std::string_view> subjects) {
  const auto der = [](char tag, std::string_view value) {
    std::string written = {tag};
    if (value.size() > 0xff) {
      written += {'\x82', static_cast<char>(value.size() >> 8)};
    } else if (value.size() > 0x7f) {
      written += '\x81';
    }
    written += static_cast<char>(value.size() & 0xff);
    return written.append(value);
  };
  std::string names;
  for (const std::string_view subject : subjects) names += der('\x86', subject);
  cosign::TestSigstore sigstore;
  cosign::TestSigning signing = sigstore.Keyless();
  crypto::TestCertificate request = sigstore.Request(signing.key);
  for (crypto::TestExtension& extension : request.extensions) {
    if (extension.oid == "2.5.29.17") extension.value = der('\x30', names);
  }
  signing.certificate = sigstore.Issue(request);
  return BundleOf(sigstore, signing);
}

constexpr std::string_view kWords =
    "none of the expected identities matched what was in the certificate, got subjects "
    "[https://example.org/workflow@main] with issuer https://accounts.example.org";

TEST(OtherIdentityWords, AreCosignsInEveryForm) {
  cosign::TestSigstore sigstore;
  cosign::TestSigning signing = sigstore.Keyless();
  EXPECT_EQ(OtherIdentityWords(*BundleOf(sigstore, signing), *Somebody()), kWords);
  signing.envelope = cosign::TestAttestedEnvelope();
  EXPECT_EQ(OtherIdentityWords(**cosign::Attest(sigstore, signing).Read(), *Somebody()), kWords);
}

TEST(OtherIdentityWords, OfManySubjectsTheFirstAreNamed) {
  EXPECT_THAT(OtherIdentityWords(*SignedAs({"a:1", "b:2", "c:3", "d:4", "e:5"}), *Somebody()),
              HasSubstr("got subjects [a:1, b:2, c:3, and 2 more] with issuer https://"));
}

TEST(OtherIdentityWords, ArePrintableAndShort) {
  const std::string words =
      OtherIdentityWords(*SignedAs({"a:\x1b[2J\n", std::string(4000, 'x')}), *Somebody());
  EXPECT_THAT(words, HasSubstr("got subjects [a:\\x1b[2J\\x0a, xxx"));
  EXPECT_THAT(words, EndsWith(" with issuer https://accounts.example.org"));
  EXPECT_LT(words.size(), 1000u);
}

// Of the rest cosign would say something else, or take it.
TEST(OtherIdentityWords, AreOfNothingElse) {
  cosign::TestSigstore sigstore;
  const cosign::ItemPtr keyless = BundleOf(sigstore, sigstore.Keyless());
  const crypto::TestKey key = crypto::TestKey::Generate();
  EXPECT_EQ(OtherIdentityWords(*keyless, *cosign::KeySigner(key.Public())), "");
  EXPECT_EQ(OtherIdentityWords(*cosign::TestSigner(key).Sign(cosign::TestImage()), *Somebody()),
            "");
  EXPECT_EQ(OtherIdentityWords(*BundleOf(sigstore, {.key = key}), *Somebody()), "");
  cosign::IdentityRule rule = {.issuer = std::string(cosign::kTestIssuer),
                               .subject = std::string(cosign::kTestSubject)};
  EXPECT_EQ(OtherIdentityWords(*keyless, *Whoever(rule)), "");
  // It only lacks what an extension should say, which policies there do not ask for.
  rule.extensions = {{"sourceRepositoryRef", "refs/heads/main"}};
  EXPECT_EQ(OtherIdentityWords(*keyless, *Whoever(rule)), "");
  EXPECT_EQ(OtherIdentityWords(cosign::Item(), *Somebody()), "");
}

TEST(StatedType, IsThatOfTheStatementWhoeverMadeIt) {
  cosign::TestSigstore sigstore;
  cosign::TestSigning signing = sigstore.Keyless();
  signing.envelope =
      cosign::TestAttestedEnvelope(cosign::TestImage(), R"(https://a.example\u001b)");
  EXPECT_THAT(StatedType(*BundleOf(sigstore, signing)),
              Optional(std::string("https://a.example\\x1b")));
  EXPECT_THAT(StatedType(**cosign::Attest(sigstore, signing).Read()),
              Optional(std::string("https://a.example\\x1b")));
  signing.envelope = cosign::TestAttestedEnvelope(cosign::TestImage(), std::string(5000, 'x'));
  EXPECT_THAT(StatedType(*BundleOf(sigstore, signing)), Optional(SizeIs(testing::Lt(200u))));
  signing.envelope.payload = "{}";
  EXPECT_EQ(StatedType(*BundleOf(sigstore, signing)), std::nullopt);
  const cosign::TestSigner alice(crypto::TestKey::Generate());
  EXPECT_EQ(StatedType(*alice.Sign(cosign::TestImage())), std::nullopt);
  EXPECT_EQ(StatedType(*cosign::UnreadAttestationItem()), std::nullopt);
}

}  // namespace
}  // namespace countersign::policy
