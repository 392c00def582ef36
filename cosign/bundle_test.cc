#include "cosign/bundle.h"

#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "base/json.h"
#include "base/status_matchers.h"
#include "crypto/certificate.h"
#include "crypto/test_certificate.h"
#include "crypto/test_key.h"
#include "crypto/timestamp.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace countersign::cosign {
namespace {

using ::countersign::base::IsOk;
using ::countersign::base::Json;
using ::countersign::base::StatusIs;
using crypto::Certificate;
using crypto::TestKey;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::StartsWith;

constexpr absl::StatusCode kInvalid = absl::StatusCode::kInvalidArgument;
constexpr std::string_view kMaterial = "/verificationMaterial";

auto IsFault(const std::string& message) { return StatusIs(kInvalid, message); }

std::string Base64(std::string_view bytes) {
  return absl::Base64Escape(absl::string_view(bytes.data(), bytes.size()));
}

// A chain: signer, intermediate, root.
struct Certificates {
  TestKey key = TestKey::Generate();
  Certificate signer = crypto::MakeTestCertificate(
      {.issuer = "intermediate", .extensions = {crypto::TestUri("https://example.org/me")}}, key);
  Certificate intermediate =
      crypto::MakeTestCertificate({.subject = "intermediate",
                                   .issuer = "root",
                                   .extensions = {crypto::TestBasicConstraints(true)}},
                                  key);
  Certificate root = crypto::MakeTestCertificate(
      {.subject = "root", .issuer = "root", .extensions = {crypto::TestBasicConstraints(true)}},
      key);
};

const Certificates& Made() {
  static const Certificates* const kMade = new Certificates;
  return *kMade;
}

Json Raw(const Certificate& certificate) { return {{"rawBytes", Base64(certificate.der())}}; }

Json Entry(int index) {
  return {{"logIndex", absl::StrCat(index)},
          {"logId", {{"keyId", Base64("the log")}}},
          {"kindVersion", {{"kind", "hashedrekord"}, {"version", "0.0.1"}}},
          {"integratedTime", "1710869186"},
          {"inclusionPromise", {{"signedEntryTimestamp", Base64("promise")}}},
          {"inclusionProof",
           {{"logIndex", "5"},
            {"rootHash", Base64(std::string(32, 'r'))},
            {"treeSize", "7"},
            {"checkpoint", {{"envelope", "a note\n"}}}}},
          {"canonicalizedBody", Base64("{}")}};
}

Json MessageBundle() {
  return {
      {"mediaType", "application/vnd.dev.sigstore.bundle.v0.3+json"},
      {"verificationMaterial",
       {{"certificate", Raw(Made().signer)},
        {"tlogEntries", Json::array({Entry(1), Entry(2)})},
        {"timestampVerificationData",
         {{"rfc3161Timestamps", Json::array({{{"signedTimestamp", Base64("one")}},
                                             {{"signedTimestamp", Base64("two")}}})}}}}},
      {"messageSignature",
       {{"messageDigest", {{"algorithm", "SHA2_256"}, {"digest", Base64(std::string(32, 'd'))}}},
        {"signature", Base64("signature")}}}};
}

Json EnvelopeBundle() {
  Json bundle = MessageBundle();
  bundle.erase("messageSignature");
  bundle["dsseEnvelope"] = {
      {"payload", Base64("payload")},
      {"payloadType", "application/vnd.in-toto+json"},
      {"signatures", Json::array({{{"sig", Base64("signature")}, {"keyid", ""}}})}};
  return bundle;
}

// The bundle as the older versions have it: the chain of its first certificates.
Json OldBundle(std::string_view version, const std::vector<Certificate>& chain) {
  Json bundle = MessageBundle();
  bundle["mediaType"] = absl::StrCat("application/vnd.dev.sigstore.bundle+json;version=", version);
  Json& material = bundle["verificationMaterial"];
  material.erase("certificate");
  material["x509CertificateChain"]["certificates"] = Json::array();
  for (const Certificate& certificate : chain) {
    material["x509CertificateChain"]["certificates"].push_back(Raw(certificate));
  }
  return bundle;
}

absl::StatusOr<Bundle> Parse(const Json& bundle) { return ParseBundle(bundle.dump()); }

// What comes of the bundle when `value`, as JSON, stands at the pointer.
absl::Status FaultWith(Json bundle, std::string_view pointer, const std::string& value) {
  bundle[Json::json_pointer(std::string(pointer))] = Json::parse(value);
  return Parse(bundle).status();
}

absl::Status FaultWithout(Json bundle, std::string_view pointer) {
  const Json::json_pointer place{std::string(pointer)};
  bundle.at(place.parent_pointer()).erase(place.back());
  return Parse(bundle).status();
}

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
  EXPECT_EQ(std::get<Certificate>(bundle->material), Made().signer);
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
  const Json bundle = OldBundle("0.1", {Made().signer});
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
  for (const Json& bundle : {OldBundle("0.2", {Made().signer}), MessageBundle()}) {
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
        Parse(OldBundle(version, {Made().signer, Made().intermediate}));
    ASSERT_THAT(bundle, IsOk()) << version;
    EXPECT_EQ(std::get<Certificate>(bundle->material), Made().signer);
    Json single = MessageBundle();
    single["mediaType"] = OldBundle(version, {})["mediaType"];
    EXPECT_THAT(Parse(single), IsOk()) << version;
  }
}

TEST(Bundle, OfVersion03HasNoChain) {
  const std::string fault = absl::StrCat(
      kMaterial, "/x509CertificateChain: must be a single certificate in a bundle of version 0.3");
  EXPECT_THAT(Parse(OldBundle("0.3", {Made().signer})), IsFault(fault));
  EXPECT_THAT(Parse(OldBundle("0.3", {})), IsFault(fault));
}

TEST(Bundle, AChainHasACertificate) {
  const std::string place = absl::StrCat(kMaterial, "/x509CertificateChain/certificates");
  EXPECT_THAT(Parse(OldBundle("0.1", {})), IsFault(place + ": must hold at least one"));
  EXPECT_THAT(FaultWith(OldBundle("0.1", {Made().signer}), place + "/1", R"({"rawBytes":"eA=="})"),
              StatusIs(kInvalid, StartsWith(place + "/1/rawBytes: ")));
  EXPECT_THAT(FaultWith(OldBundle("0.1", {Made().signer}), place + "/0/more", "null"),
              IsFault(place + "/0/more: is not known"));
}

TEST(Bundle, AChainHasNoRoot) {
  const std::string place = absl::StrCat(kMaterial, "/x509CertificateChain/certificates");
  for (const char* version : {"0.1", "0.2"}) {
    EXPECT_THAT(Parse(OldBundle(version, {Made().signer, Made().intermediate, Made().root})),
                IsFault(place + "/2: must not be a root certificate"));
    EXPECT_THAT(Parse(OldBundle(version, {Made().root})),
                IsFault(place + "/0: must not be a root certificate"));
  }
}

// Who signed himself, and is no authority, is only a signer whom nobody vouches for.
TEST(Bundle, ASelfIssuedCertificateIsNoRootUnlessItIsAnAuthority) {
  const Certificate own =
      crypto::MakeTestCertificate({.subject = "me", .issuer = "me"}, Made().key);
  EXPECT_THAT(Parse(OldBundle("0.1", {own})), IsOk());
}

// GHSA-fx35-mq7g-6g98: a key that stands where a certificate belongs is not a key, either.
TEST(Bundle, AKeyIsNoCertificate) {
  const std::string key = absl::StrCat("\"", Base64(Made().key.PublicDer()), "\"");
  const std::string pem = absl::StrCat("\"", Base64(Made().key.PublicPem()), "\"");
  for (const std::string& bytes : {key, pem}) {
    const std::string place = absl::StrCat(kMaterial, "/certificate/rawBytes");
    EXPECT_THAT(FaultWith(MessageBundle(), place, bytes),
                StatusIs(kInvalid, StartsWith(place + ": ")));
    const std::string first =
        absl::StrCat(kMaterial, "/x509CertificateChain/certificates/0/rawBytes");
    EXPECT_THAT(FaultWith(OldBundle("0.1", {Made().signer}), first, bytes),
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
  EXPECT_THAT(FaultWith(OldBundle("0.1", {Made().signer}), key, "{}"),
              IsFault(chain + ": stands beside publicKey"));
  EXPECT_THAT(FaultWith(OldBundle("0.1", {Made().signer}), certificate, "{}"),
              IsFault(certificate + ": stands beside x509CertificateChain"));
  EXPECT_THAT(FaultWithout(MessageBundle(), certificate),
              IsFault(absl::StrCat(
                  kMaterial, ": must have one of publicKey, x509CertificateChain, certificate")));
}

TEST(Bundle, WhatIsRequiredMustBeGiven) {
  const std::string timestamp =
      absl::StrCat(kMaterial, "/timestampVerificationData/rfc3161Timestamps/1/signedTimestamp");
  const std::string certificate = absl::StrCat(kMaterial, "/certificate/rawBytes");
  for (const std::string& pointer :
       {std::string(kMaterial), std::string("/messageSignature/signature"), timestamp, certificate,
        std::string("/messageSignature/messageDigest/algorithm"),
        std::string("/messageSignature/messageDigest/digest")}) {
    EXPECT_THAT(FaultWithout(MessageBundle(), pointer), IsFault(pointer + ": must be given"));
    EXPECT_THAT(FaultWith(MessageBundle(), pointer, "null"), IsFault(pointer + ": must be given"));
  }
  for (const char* pointer :
       {"/dsseEnvelope/payload", "/dsseEnvelope/payloadType", "/dsseEnvelope/signatures/0/sig"}) {
    const std::string fault = absl::StrCat(pointer, ": must be given");
    EXPECT_THAT(FaultWithout(EnvelopeBundle(), pointer), IsFault(fault));
    EXPECT_THAT(FaultWith(EnvelopeBundle(), pointer, R"("")"), IsFault(fault));
  }
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

TEST(Bundle, UnknownMembersAreRefusedNullOrNot) {
  const std::string material(kMaterial);
  const std::string timestamps = material + "/timestampVerificationData";
  for (const std::string& pointer :
       {std::string("/more"), std::string("/MediaType"), std::string("/media_type"),
        material + "/more", material + "/tlog_entries", material + "/certificate/more",
        material + "/certificate/raw_bytes", material + "/tlogEntries/0/more", timestamps + "/more",
        timestamps + "/rfc3161Timestamps/0/more", std::string("/messageSignature/more"),
        std::string("/messageSignature/messageDigest/more")}) {
    for (const char* value : {"null", "1"}) {
      EXPECT_THAT(FaultWith(MessageBundle(), pointer, value), IsFault(pointer + ": is not known"));
    }
  }
  for (const char* pointer : {"/dsseEnvelope/more", "/dsseEnvelope/signatures/0/more"}) {
    for (const char* value : {"null", "1"}) {
      EXPECT_THAT(FaultWith(EnvelopeBundle(), pointer, value),
                  IsFault(absl::StrCat(pointer, ": is not known")));
    }
  }
  Json keyed = MessageBundle();
  keyed["verificationMaterial"] = {{"publicKey", {{"rawBytes", "eA=="}}}};
  EXPECT_THAT(Parse(keyed), IsFault(material + "/publicKey/rawBytes: is not known"));
}

TEST(Bundle, WrongTypesAreRefused) {
  EXPECT_THAT(ParseBundle("[]"), IsFault("must be an object, is an array"));
  EXPECT_THAT(ParseBundle("null"), IsFault("must be an object, is null"));
  EXPECT_THAT(FaultWith(MessageBundle(), kMaterial, "[]"),
              IsFault("/verificationMaterial: must be an object, is an array"));
  EXPECT_THAT(FaultWith(MessageBundle(), "/messageSignature", R"("x")"),
              IsFault("/messageSignature: must be an object, is a string"));
  EXPECT_THAT(FaultWith(MessageBundle(), "/messageSignature/signature", "7"),
              IsFault("/messageSignature/signature: must be a string, is a number"));
  const std::string entries = absl::StrCat(kMaterial, "/tlogEntries");
  EXPECT_THAT(FaultWith(MessageBundle(), entries, "{}"),
              IsFault(entries + ": must be an array, is an object"));
  EXPECT_THAT(FaultWith(MessageBundle(), entries + "/1", "null"),
              IsFault(entries + "/1: must be an object"));
}

TEST(Bundle, BytesAreStrictBase64) {
  const std::string signature = "/messageSignature/signature";
  for (const char* good : {R"("+/+/")", R"("-_-_")", R"("eA==")", R"("eA")"}) {
    EXPECT_THAT(FaultWith(MessageBundle(), signature, good), IsOk()) << good;
  }
  for (const char* bad : {R"("+_+_")", R"("eA=")", R"("eB==")", R"("eA==\n")", R"("e A=")",
                          R"("eA== ")", R"("eA==eA==")", R"("é")", R"("eA\u0000")"}) {
    EXPECT_THAT(FaultWith(MessageBundle(), signature, bad),
                StatusIs(kInvalid, StartsWith(signature + ": not base64: ")))
        << bad;
  }
}

TEST(Bundle, DuplicateMembersAreRefusedAtAnyDepth) {
  const std::string good = EnvelopeBundle().dump();
  for (const auto& [member, twice] : std::vector<std::pair<std::string, std::string>>{
           {R"("dsseEnvelope":)", R"("dsseEnvelope":null,"dsseEnvelope":)"},
           {R"("dsseEnvelope":)", R"("dsseEnvelope":{},"dsse\u0045nvelope":)"},
           {R"("mediaType":)", R"("mediaType":"","mediaType":)"},
           {R"("payload":)", R"("payload":null,"payload":)"},
           {R"("sig":)", R"("sig":"eA==","sig":)"},
           {R"("rawBytes":)", R"("rawBytes":"","rawBytes":)"},
           {R"("envelope":)", R"("envelope":null,"envelope":)"},
           {R"("keyId":)", R"("keyId":"eA==","keyId":)"},
       }) {
    const std::string bundle = absl::StrReplaceAll(good, {{member, twice}});
    ASSERT_NE(bundle, good);
    EXPECT_THAT(ParseBundle(bundle),
                StatusIs(kInvalid, HasSubstr("a second member of the same name")))
        << twice;
  }
}

TEST(Bundle, WhatIsNoSingleJsonTextIsRefused) {
  const std::string good = MessageBundle().dump();
  EXPECT_THAT(ParseBundle(good + " \n"), IsOk());
  for (const std::string& bundle :
       {std::string(), good + good, good + "x", good.substr(0, good.size() - 1),
        "\xef\xbb\xbf" + good, good + std::string(1, '\0'), "//\n" + good}) {
    EXPECT_THAT(ParseBundle(bundle), StatusIs(kInvalid));
  }
}

TEST(Bundle, NamesHaveNoOtherSpelling) {
  const std::string good = MessageBundle().dump();
  // Escapes are the same name.
  EXPECT_THAT(ParseBundle(absl::StrReplaceAll(good, {{"mediaType", "media\\u0054ype"}})), IsOk());
  for (const char* name : {"mediaType\\u0000", "\\u0000mediaType", "mediaType ", "mediatype"}) {
    EXPECT_THAT(ParseBundle(absl::StrReplaceAll(good, {{"mediaType", name}})),
                StatusIs(kInvalid, HasSubstr("is not known")))
        << name;
  }
  EXPECT_THAT(
      ParseBundle(absl::StrReplaceAll(good, {{"mediaType", absl::string_view("media\0Type", 10)}})),
      StatusIs(kInvalid, HasSubstr("zero byte")));
}

TEST(Bundle, LoneSurrogatesAreRefused) {
  const std::string good = MessageBundle().dump();
  for (const char* surrogate : {"\\ud800", "\\udc00", "\\udc00\\ud800", "\\ud800x"}) {
    EXPECT_THAT(
        ParseBundle(absl::StrReplaceAll(good, {{"a note", absl::StrCat("a note", surrogate)}})),
        StatusIs(kInvalid, HasSubstr("not JSON")))
        << surrogate;
    EXPECT_THAT(ParseBundle(absl::StrReplaceAll(good, {{"mediaType", surrogate}})),
                StatusIs(kInvalid, HasSubstr("not JSON")))
        << surrogate;
  }
}

TEST(Bundle, IntegersHaveOneSpelling) {
  const std::string good = MessageBundle().dump();
  const auto with_time = [&](const char* text) {
    return ParseBundle(absl::StrReplaceAll(good, {{R"("1710869186")", text}}));
  };
  const std::string time = absl::StrCat(kMaterial, "/tlogEntries/0/integratedTime");
  for (const char* bad : {"1e3", "1E3", R"("1e3")", "1.0", "10e-1", "9223372036854775808",
                          R"("9223372036854775808")", "18446744073709551616", R"("0x10")"}) {
    EXPECT_THAT(with_time(bad), IsFault(time + ": must be an integer within 64 bits")) << bad;
  }
  EXPECT_THAT(with_time("1e999"), StatusIs(kInvalid, HasSubstr("a number that is too large")));
  EXPECT_THAT(with_time("010"), StatusIs(kInvalid, HasSubstr("not JSON")));
  EXPECT_THAT(with_time("-1"), IsFault(time + ": must not be negative"));
  EXPECT_THAT(with_time("9223372036854775807"), IsOk());
  EXPECT_EQ(with_time("1710869187")->entries[0].integrated_time, 1710869187);
}

TEST(Bundle, AnEntryIsThereOnce) {
  const std::string second = absl::StrCat(kMaterial, "/tlogEntries/1");
  EXPECT_THAT(FaultWith(MessageBundle(), second, Entry(1).dump()),
              IsFault(second + ": has the log and the index of an entry before it"));
  // The same index of another log is another entry.
  Json other = Entry(1);
  other["logId"]["keyId"] = Base64("another log");
  EXPECT_THAT(FaultWith(MessageBundle(), second, other.dump()), IsOk());
}

TEST(Bundle, CountsAreBounded) {
  Json bundle = MessageBundle();
  Json& material = bundle["verificationMaterial"];
  material["tlogEntries"] = Json::array();
  for (size_t i = 0; i < kMaxLogEntries; ++i) {
    material["tlogEntries"].push_back(Entry(static_cast<int>(i)));
  }
  Json& timestamps = material["timestampVerificationData"]["rfc3161Timestamps"];
  timestamps = std::vector<Json>(kMaxTimestamps, Json{{"signedTimestamp", "eA=="}});
  EXPECT_THAT(Parse(bundle), IsOk());
  EXPECT_THAT(FaultWith(bundle, absl::StrCat(kMaterial, "/tlogEntries/-"), Entry(99).dump()),
              IsFault(absl::StrCat(kMaterial, "/tlogEntries: must hold at most 32")));
  const std::string place = absl::StrCat(kMaterial, "/timestampVerificationData/rfc3161Timestamps");
  EXPECT_THAT(FaultWith(bundle, place + "/-", R"({"signedTimestamp":"eA=="})"),
              IsFault(place + ": must hold at most 32"));
}

TEST(Bundle, ATimestampsSizeIsBounded) {
  const std::string place =
      absl::StrCat(kMaterial, "/timestampVerificationData/rfc3161Timestamps/0/signedTimestamp");
  const auto with = [&](size_t size) {
    return FaultWith(MessageBundle(), place,
                     absl::StrCat("\"", Base64(std::string(size, 't')), "\""));
  };
  EXPECT_THAT(with(crypto::kMaxTimestampBytes), IsOk());
  EXPECT_THAT(with(crypto::kMaxTimestampBytes + 1),
              IsFault(place + ": must have at most 65536 bytes"));
}

TEST(Bundle, SizeIsBounded) {
  const std::string good = MessageBundle().dump();
  EXPECT_THAT(ParseBundle(good + std::string(kMaxBundleBytes - good.size(), ' ')), IsOk());
  EXPECT_THAT(ParseBundle(good + std::string(kMaxBundleBytes - good.size() + 1, ' ')),
              IsFault("larger than 4194304 bytes"));
}

// It ends at the first bracket too many, however many follow.
TEST(Bundle, DepthIsBounded) {
  for (const char* opening : {"[", R"({"a":)", R"([{"a":)"}) {
    std::string bomb;
    while (bomb.size() < kMaxBundleBytes - 16) bomb += opening;
    EXPECT_THAT(ParseBundle(bomb), StatusIs(kInvalid, HasSubstr("nested more than 32 deep")))
        << opening;
  }
}

TEST(Bundle, ValuesAreBounded) {
  std::string many = "[";
  for (size_t i = 0; i <= kMaxBundleValues; ++i) many += "0,";
  EXPECT_THAT(ParseBundle(absl::StrCat(R"({"mediaType":)", many)),
              StatusIs(kInvalid, HasSubstr("more than 10000 values")));
}

}  // namespace
}  // namespace countersign::cosign
