#include "cosign/bundle.h"

#include <string>
#include <utility>
#include <variant>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "base/json.h"
#include "base/status_matchers.h"
#include "cosign/bundle_fixture.h"
#include "cosign/json_fixture.h"
#include "crypto/certificate.h"
#include "crypto/test_certificate.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace countersign::cosign {
namespace {

using ::countersign::base::IsOk;
using ::countersign::base::Json;
using ::countersign::base::StatusIs;
using crypto::Certificate;
using ::testing::ElementsAre;
using ::testing::StartsWith;

constexpr absl::StatusCode kInvalid = absl::StatusCode::kInvalidArgument;

TEST(Bundle, OfAMessageIsRead) {
  const absl::StatusOr<Bundle> bundle = Parse(MessageBundle());
  ASSERT_THAT(bundle, IsOk());
  EXPECT_EQ(bundle->form, Form::kBundleV03);
  ASSERT_TRUE(std::holds_alternative<MessageSignature>(bundle->content));
  const auto& digest = std::get<MessageSignature>(bundle->content).digest;
  ASSERT_TRUE(digest);
  EXPECT_EQ(digest->algorithm, crypto::HashAlgorithm::kSha256);
  EXPECT_EQ(digest->bytes, std::string(32, 'd'));
  EXPECT_EQ(bundle->signature, "signature");
  ASSERT_TRUE(std::holds_alternative<Certificate>(bundle->material));
  EXPECT_EQ(std::get<Certificate>(bundle->material), TestChain().signer);
  ASSERT_EQ(bundle->entries.size(), 2u);
  EXPECT_EQ(bundle->entries[1].index, 2u);
  EXPECT_THAT(bundle->timestamps, ElementsAre("one", "two"));
}

TEST(Bundle, OfAnEnvelopeIsRead) {
  const absl::StatusOr<Bundle> bundle = Parse(EnvelopeBundle());
  ASSERT_THAT(bundle, IsOk());
  ASSERT_TRUE(std::holds_alternative<Envelope>(bundle->content));
  EXPECT_EQ(std::get<Envelope>(bundle->content).payload_type, kInTotoPayloadType);
  EXPECT_EQ(std::get<Envelope>(bundle->content).payload, "payload");
  EXPECT_EQ(bundle->signature, "signature");
}

TEST(Bundle, OfAKeyHasAHint) {
  Json json = MessageBundle();
  json["verificationMaterial"] = {{"publicKey", {{"hint", "a hint"}}}};
  absl::StatusOr<Bundle> bundle = Parse(json);
  ASSERT_THAT(bundle, IsOk());
  ASSERT_TRUE(std::holds_alternative<KeyHint>(bundle->material));
  EXPECT_EQ(std::get<KeyHint>(bundle->material).hint, "a hint");
  EXPECT_TRUE(bundle->entries.empty());
  EXPECT_TRUE(bundle->timestamps.empty());

  json["verificationMaterial"]["publicKey"] = Json::object();
  bundle = Parse(json);
  ASSERT_THAT(bundle, IsOk());
  EXPECT_EQ(std::get<KeyHint>(bundle->material).hint, "");
}

TEST(Bundle, IsOfAVersionThatIsKnown) {
  const std::pair<const char*, Form> kKnown[] = {
      {"application/vnd.dev.sigstore.bundle+json;version=0.1", Form::kBundleV01},
      {"application/vnd.dev.sigstore.bundle+json;version=0.2", Form::kBundleV02},
      {"application/vnd.dev.sigstore.bundle+json;version=0.3", Form::kBundleV03},
      {"application/vnd.dev.sigstore.bundle.v0.1+json", Form::kBundleV01},
      {"application/vnd.dev.sigstore.bundle.v0.2+json", Form::kBundleV02},
      {"application/vnd.dev.sigstore.bundle.v0.3+json", Form::kBundleV03},
  };
  for (const auto& [type, form] : kKnown) {
    Json json = MessageBundle();
    json["mediaType"] = type;
    const absl::StatusOr<Bundle> bundle = Parse(json);
    ASSERT_THAT(bundle, IsOk()) << type;
    EXPECT_EQ(bundle->form, form) << type;
  }
  for (const char* type : {"application/vnd.dev.sigstore.bundle.v0.4+json",
                           "application/vnd.dev.sigstore.bundle+json;version=0.4",
                           "application/vnd.dev.sigstore.bundle+json; version=0.3",
                           "application/vnd.dev.sigstore.bundle+json;version=0.3.1",
                           "application/vnd.dev.sigstore.bundle+json;version=0.3;x=y",
                           "application/vnd.dev.sigstore.bundle.v0.3+json ",
                           "application/vnd.dev.sigstore.bundle+json",
                           "application/vnd.dev.sigstore.bundle.v0.03+json",
                           "APPLICATION/vnd.dev.sigstore.bundle.v0.3+json", "application/json"}) {
    Json json = MessageBundle();
    json["mediaType"] = type;
    EXPECT_THAT(Parse(json),
                IsFault("/mediaType: must be that of a bundle of version 0.1, 0.2 or 0.3"))
        << type;
  }
  EXPECT_THAT(FaultWithout(MessageBundle(), "/mediaType"), IsFault("/mediaType: must be given"));
}

TEST(Bundle, OfVersion01NeedsAPromiseForEachEntry) {
  const Json bundle = OldBundle("0.1", {TestChain().signer});
  const std::string entry = absl::StrCat(kMaterial, "/tlogEntries/1");
  EXPECT_THAT(Parse(bundle), IsOk());
  EXPECT_THAT(FaultWithout(bundle, entry + "/inclusionProof"), IsOk());
  EXPECT_THAT(FaultWithout(bundle, entry + "/inclusionPromise"),
              IsFault(entry + "/inclusionPromise: must be given in a bundle of version 0.1"));
  EXPECT_THAT(FaultWithout(bundle, entry + "/inclusionProof/checkpoint"),
              IsFault(entry + "/inclusionProof/checkpoint: must be given"));
}

TEST(Bundle, OfLaterVersionsNeedsAProofForEachEntry) {
  const std::string entry = absl::StrCat(kMaterial, "/tlogEntries/1");
  for (const Json& bundle : {OldBundle("0.2", {TestChain().signer}), MessageBundle()}) {
    EXPECT_THAT(Parse(bundle), IsOk());
    EXPECT_THAT(FaultWithout(bundle, entry + "/inclusionPromise"), IsOk());
    EXPECT_THAT(
        FaultWithout(bundle, entry + "/inclusionProof"),
        IsFault(entry + "/inclusionProof: must be given in a bundle of version 0.2 or 0.3"));
    EXPECT_THAT(FaultWithout(bundle, entry + "/inclusionProof/checkpoint"),
                IsFault(entry + "/inclusionProof/checkpoint: must be given"));
  }
}

TEST(Bundle, OfOlderVersionsHasAChainOrACertificate) {
  for (const char* version : {"0.1", "0.2"}) {
    const absl::StatusOr<Bundle> bundle =
        Parse(OldBundle(version, {TestChain().signer, TestChain().intermediate}));
    ASSERT_THAT(bundle, IsOk()) << version;
    EXPECT_EQ(std::get<Certificate>(bundle->material), TestChain().signer);
    Json single = MessageBundle();
    single["mediaType"] = OldBundle(version, {})["mediaType"];
    EXPECT_THAT(Parse(single), IsOk()) << version;
  }
}

TEST(Bundle, OfVersion03HasNoChain) {
  const std::string fault = absl::StrCat(
      kMaterial, "/x509CertificateChain: must be a single certificate in a bundle of version 0.3");
  EXPECT_THAT(Parse(OldBundle("0.3", {TestChain().signer})), IsFault(fault));
  EXPECT_THAT(Parse(OldBundle("0.3", {})), IsFault(fault));
}

TEST(Bundle, AChainHasACertificate) {
  const std::string place = absl::StrCat(kMaterial, "/x509CertificateChain/certificates");
  EXPECT_THAT(Parse(OldBundle("0.1", {})), IsFault(place + ": must hold at least one"));
  EXPECT_THAT(
      FaultWith(OldBundle("0.1", {TestChain().signer}), place + "/1", R"({"rawBytes":"eA=="})"),
      StatusIs(kInvalid, StartsWith(place + "/1/rawBytes: ")));
  EXPECT_THAT(FaultWith(OldBundle("0.1", {TestChain().signer}), place + "/0/more", "null"),
              IsFault(place + "/0/more: is not known"));
}

TEST(Bundle, AChainHasNoRoot) {
  const std::string place = absl::StrCat(kMaterial, "/x509CertificateChain/certificates");
  for (const char* version : {"0.1", "0.2"}) {
    EXPECT_THAT(
        Parse(OldBundle(version, {TestChain().signer, TestChain().intermediate, TestChain().root})),
        IsFault(place + "/2: must not be a root certificate"));
    EXPECT_THAT(Parse(OldBundle(version, {TestChain().root})),
                IsFault(place + "/0: must not be a root certificate"));
  }
}

// Who signed himself, and is no authority, is only a signer whom nobody vouches for.
TEST(Bundle, ASelfIssuedCertificateIsNoRootUnlessItIsAnAuthority) {
  const Certificate own =
      crypto::MakeTestCertificate({.subject = "me", .issuer = "me"}, TestChain().key);
  EXPECT_THAT(Parse(OldBundle("0.1", {own})), IsOk());
}

// GHSA-fx35-mq7g-6g98: a key that stands where a certificate belongs is not a key, either.
TEST(Bundle, AKeyIsNoCertificate) {
  const std::string key = absl::StrCat("\"", Base64(TestChain().key.PublicDer()), "\"");
  const std::string pem = absl::StrCat("\"", Base64(TestChain().key.PublicPem()), "\"");
  for (const std::string& bytes : {key, pem}) {
    const std::string place = absl::StrCat(kMaterial, "/certificate/rawBytes");
    EXPECT_THAT(FaultWith(MessageBundle(), place, bytes),
                StatusIs(kInvalid, StartsWith(place + ": ")));
    const std::string first =
        absl::StrCat(kMaterial, "/x509CertificateChain/certificates/0/rawBytes");
    EXPECT_THAT(FaultWith(OldBundle("0.1", {TestChain().signer}), first, bytes),
                StatusIs(kInvalid, StartsWith(first + ": ")));
  }
}

TEST(Bundle, HasOneContent) {
  Json both = MessageBundle();
  both["dsseEnvelope"] = EnvelopeBundle()["dsseEnvelope"];
  EXPECT_THAT(Parse(both), IsFault("/dsseEnvelope: stands beside messageSignature"));
  both["messageSignature"] = nullptr;
  EXPECT_THAT(Parse(both), IsOk());
  EXPECT_THAT(FaultWith(MessageBundle(), "/dsseEnvelope", "{}"),
              IsFault("/dsseEnvelope: stands beside messageSignature"));
  EXPECT_THAT(FaultWith(MessageBundle(), "/dsseEnvelope", "null"), IsOk());
  EXPECT_THAT(FaultWithout(MessageBundle(), "/messageSignature"),
              IsFault("must have one of messageSignature, dsseEnvelope"));
  EXPECT_THAT(FaultWith(MessageBundle(), "/messageSignature", "null"),
              IsFault("must have one of messageSignature, dsseEnvelope"));
}

TEST(Bundle, HasOneMaterial) {
  const std::string key = absl::StrCat(kMaterial, "/publicKey");
  const std::string chain = absl::StrCat(kMaterial, "/x509CertificateChain");
  const std::string certificate = absl::StrCat(kMaterial, "/certificate");
  EXPECT_THAT(FaultWith(MessageBundle(), key, "{}"),
              IsFault(certificate + ": stands beside publicKey"));
  EXPECT_THAT(FaultWith(MessageBundle(), key, "null"), IsOk());
  EXPECT_THAT(FaultWith(OldBundle("0.1", {TestChain().signer}), key, "{}"),
              IsFault(chain + ": stands beside publicKey"));
  EXPECT_THAT(FaultWith(OldBundle("0.1", {TestChain().signer}), certificate, "{}"),
              IsFault(certificate + ": stands beside x509CertificateChain"));
  EXPECT_THAT(FaultWithout(MessageBundle(), certificate),
              IsFault(absl::StrCat(
                  kMaterial, ": must have one of publicKey, x509CertificateChain, certificate")));
}

TEST(Bundle, AMessageDigestMayBeAbsent) {
  Json json = MessageBundle();
  json["messageSignature"].erase("messageDigest");
  const absl::StatusOr<Bundle> bundle = Parse(json);
  ASSERT_THAT(bundle, IsOk());
  EXPECT_FALSE(std::get<MessageSignature>(bundle->content).digest);
  EXPECT_THAT(FaultWith(MessageBundle(), "/messageSignature/messageDigest", "null"), IsOk());
}

TEST(Bundle, AMessageDigestIsAsLongAsItsAlgorithmSays) {
  const auto with = [](const char* algorithm, size_t size) {
    Json bundle = MessageBundle();
    bundle["messageSignature"]["messageDigest"] = {{"algorithm", algorithm},
                                                   {"digest", Base64(std::string(size, 'd'))}};
    return Parse(bundle).status();
  };
  EXPECT_THAT(with("SHA2_384", 48), IsOk());
  EXPECT_THAT(with("SHA2_512", 64), IsOk());
  const std::string digest = "/messageSignature/messageDigest/digest: ";
  EXPECT_THAT(with("SHA2_256", 48), IsFault(digest + "must be 32 bytes, is 48"));
  EXPECT_THAT(with("SHA2_384", 32), IsFault(digest + "must be 48 bytes, is 32"));
  EXPECT_THAT(with("SHA2_512", 63), IsFault(digest + "must be 64 bytes, is 63"));
  for (const char* other : {"SHA256", "sha2_256", "SHA3_256", "HASH_ALGORITHM_UNSPECIFIED"}) {
    EXPECT_THAT(with(other, 32), IsFault("/messageSignature/messageDigest/algorithm: must be "
                                         "SHA2_256, SHA2_384 or SHA2_512"));
  }
  EXPECT_THAT(FaultWith(MessageBundle(), "/messageSignature/messageDigest/algorithm", "1"),
              IsFault("/messageSignature/messageDigest/algorithm: must be a string, is a number"));
}

TEST(Bundle, AnEnvelopeHasOneSignature) {
  const std::string fault = "/dsseEnvelope/signatures: must hold exactly one";
  const std::string pointer = "/dsseEnvelope/signatures";
  EXPECT_THAT(FaultWithout(EnvelopeBundle(), pointer), IsFault(fault));
  EXPECT_THAT(FaultWith(EnvelopeBundle(), pointer, "[]"), IsFault(fault));
  EXPECT_THAT(FaultWith(EnvelopeBundle(), pointer, R"([{"sig":"eA=="},{"sig":"eA=="}])"),
              IsFault(fault));
  EXPECT_THAT(FaultWith(EnvelopeBundle(), pointer, R"([{"sig":"eA==","keyid":"x"}])"), IsOk());
  EXPECT_THAT(FaultWith(EnvelopeBundle(), pointer, R"([{"sig":"eA==","keyid":7}])"),
              IsFault("/dsseEnvelope/signatures/0/keyid: must be a string, is a number"));
}

TEST(Bundle, AnEntryIsThereOnce) {
  const std::string second = absl::StrCat(kMaterial, "/tlogEntries/1");
  EXPECT_THAT(FaultWith(MessageBundle(), second, EntryJson("1").dump()),
              IsFault(second + ": has the log and the index of an entry before it"));
  // The same index of another log is another entry.
  Json other = EntryJson("1");
  other["logId"]["keyId"] = Base64("another log");
  EXPECT_THAT(FaultWith(MessageBundle(), second, other.dump()), IsOk());
}

}  // namespace
}  // namespace countersign::cosign
