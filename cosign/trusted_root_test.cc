#include "cosign/trusted_root.h"

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/time/time.h"
#include "base/json.h"
#include "base/status_matchers.h"
#include "crypto/sha256.h"
#include "crypto/test_certificate.h"
#include "crypto/test_key.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace countersign::cosign {
namespace {

using ::countersign::base::IsOk;
using ::countersign::base::Json;
using ::countersign::base::StatusIs;
using crypto::Certificate;
using crypto::TestKey;
using crypto::TestKeyType;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::StartsWith;

constexpr absl::StatusCode kInvalid = absl::StatusCode::kInvalidArgument;

auto IsFault(const std::string& message) { return StatusIs(kInvalid, message); }

std::string Base64(std::string_view bytes) {
  return absl::Base64Escape(absl::string_view(bytes.data(), bytes.size()));
}

std::string Sha256Of(std::string_view bytes) {
  const crypto::Sha256Digest digest = crypto::Sha256(bytes);
  return std::string(digest.begin(), digest.end());
}

// By which a signed note names an Ed25519 key (C2SP signed-note).
std::string NoteIdOf(std::string_view name, const TestKey& key) {
  const std::string der = key.PublicDer();
  return Sha256Of(absl::StrCat(name, "\n\x01", der.substr(der.size() - 32)));
}

struct Keys {
  TestKey p256 = TestKey::Generate();
  TestKey ed25519 = TestKey::Generate(TestKeyType::kEd25519);
  TestKey rsa = TestKey::Generate(TestKeyType::kRsa2048);
  Certificate root = crypto::MakeTestCertificate(
      {.subject = "root", .issuer = "root", .extensions = {crypto::TestBasicConstraints(true)}},
      p256);
  Certificate intermediate =
      crypto::MakeTestCertificate({.subject = "intermediate",
                                   .issuer = "root",
                                   .extensions = {crypto::TestBasicConstraints(true)}},
                                  p256);
  Certificate signer =
      crypto::MakeTestCertificate({.subject = "timestamps", .issuer = "intermediate"}, p256);
};

const Keys& Made() {
  static const Keys* const kMade = new Keys;
  return *kMade;
}

Json Log(std::string_view url, std::string_view id, std::string_view details,
         std::string_view key) {
  return {{"baseUrl", url},
          {"hashAlgorithm", "SHA2_256"},
          {"publicKey",
           {{"rawBytes", Base64(key)},
            {"keyDetails", details},
            {"validFor", {{"start", "2021-01-12T11:53:27Z"}}}}},
          {"logId", {{"keyId", Base64(id)}}}};
}

Json P256Log(std::string_view url = "https://rekor.example.org") {
  const std::string der = Made().p256.PublicDer();
  return Log(url, Sha256Of(der), "PKIX_ECDSA_P256_SHA_256", der);
}

Json Ed25519Log(std::string_view url, std::string_view name) {
  return Log(url, NoteIdOf(name, Made().ed25519), "PKIX_ED25519", Made().ed25519.PublicDer());
}

Json Authority(const std::vector<Certificate>& chain) {
  Json certificates = Json::array();
  for (const Certificate& certificate : chain) {
    certificates.push_back({{"rawBytes", Base64(certificate.der())}});
  }
  return {{"subject", {{"organization", "example.org"}, {"commonName", "example"}}},
          {"uri", "https://ca.example.org"},
          {"certChain", {{"certificates", std::move(certificates)}}},
          {"validFor", {{"start", "2022-04-13T20:06:15Z"}}}};
}

Json Root() {
  return {
      {"mediaType", "application/vnd.dev.sigstore.trustedroot+json;version=0.1"},
      {"tlogs", Json::array({P256Log(), Ed25519Log("https://log.example.org", "log.example.org")})},
      {"certificateAuthorities", Json::array({Authority({Made().intermediate, Made().root})})},
      {"ctlogs", Json::array({P256Log("https://ct.example.org/2022")})},
      {"timestampAuthorities",
       Json::array({Authority({Made().signer, Made().intermediate, Made().root})})}};
}

absl::StatusOr<TrustedRoot> Parse(const Json& root) { return ParseTrustedRoot(root.dump()); }

absl::Status FaultWith(std::string_view pointer, const std::string& value) {
  Json root = Root();
  root[Json::json_pointer(std::string(pointer))] = Json::parse(value);
  return Parse(root).status();
}

absl::Status FaultWithout(std::string_view pointer) {
  Json root = Root();
  const Json::json_pointer place{std::string(pointer)};
  root.at(place.parent_pointer()).erase(place.back());
  return Parse(root).status();
}

TrustedRoot With(const Json& root) {
  const absl::StatusOr<TrustedRoot> read = Parse(root);
  EXPECT_THAT(read, IsOk());
  return read.value_or(TrustedRoot());
}

absl::Time At(std::string_view text) {
  absl::Time time;
  std::string error;
  EXPECT_TRUE(absl::ParseTime(absl::RFC3339_full, text, &time, &error)) << error;
  return time;
}

TEST(TrustedRoot, IsReadAsSigstoreWritesIt) {
  const TrustedRoot root = With(Root());
  ASSERT_EQ(root.logs.size(), 2u);
  EXPECT_EQ(root.logs[0].id, Sha256Of(Made().p256.PublicDer()));
  EXPECT_EQ(root.logs[0].key.der(), Made().p256.PublicDer());
  EXPECT_EQ(root.logs[0].scheme, crypto::SignatureScheme::kEcdsaSha256);
  EXPECT_EQ(root.logs[0].base_url, "https://rekor.example.org");
  EXPECT_EQ(root.logs[0].valid_for.start, At("2021-01-12T11:53:27Z"));
  EXPECT_EQ(root.logs[0].valid_for.end, std::nullopt);
  EXPECT_EQ(root.logs[0].checkpoint_key_id, "");
  EXPECT_EQ(root.logs[0].operator_name, "");
  EXPECT_EQ(root.logs[1].key.der(), Made().ed25519.PublicDer());
  EXPECT_EQ(root.logs[1].scheme, crypto::SignatureScheme::kEd25519);
  ASSERT_EQ(root.certificate_logs.size(), 1u);
  EXPECT_EQ(root.certificate_logs[0].base_url, "https://ct.example.org/2022");
  ASSERT_EQ(root.certificate_authorities.size(), 1u);
  EXPECT_THAT(root.certificate_authorities[0].chain, ElementsAre(Made().intermediate, Made().root));
  EXPECT_EQ(root.certificate_authorities[0].uri, "https://ca.example.org");
  EXPECT_EQ(root.certificate_authorities[0].valid_for.start, At("2022-04-13T20:06:15Z"));
  ASSERT_EQ(root.timestamp_authorities.size(), 1u);
  EXPECT_THAT(root.timestamp_authorities[0].authority.chain,
              ElementsAre(Made().signer, Made().intermediate, Made().root));
  EXPECT_EQ(root.timestamp_authorities[0].authority.start, At("2022-04-13T20:06:15Z"));
  EXPECT_EQ(root.timestamp_authorities[0].authority.end, std::nullopt);
  EXPECT_EQ(root.timestamp_authorities[0].uri, "https://ca.example.org");
  EXPECT_THAT(root.warnings, IsEmpty());
}

// As exported files have them.
TEST(TrustedRoot, NullIsAbsent) {
  Json json = Root();
  for (const char* list : {"tlogs", "ctlogs"}) {
    json[list][0]["operator"] = nullptr;
    json[list][0]["checkpointKeyId"] = nullptr;
    json[list][0]["publicKey"]["validFor"]["end"] = nullptr;
  }
  json["certificateAuthorities"][0]["operator"] = nullptr;
  json["certificateAuthorities"][0]["validFor"]["end"] = nullptr;
  const TrustedRoot root = With(json);
  EXPECT_EQ(root.logs[0].valid_for.end, std::nullopt);
  EXPECT_THAT(root.warnings, IsEmpty());
}

TEST(TrustedRoot, MembersOfVersion02AreRead) {
  Json json = Root();
  json["mediaType"] = "application/vnd.dev.sigstore.trustedroot.v0.2+json";
  json["tlogs"][1]["checkpointKeyId"] = {{"keyId", Base64("\xcf\x11\x99\x15")}};
  json["tlogs"][1]["operator"] = "logs.example";
  json["timestampAuthorities"][0]["operator"] = "times.example";
  const TrustedRoot root = With(json);
  EXPECT_EQ(root.logs[1].checkpoint_key_id, "\xcf\x11\x99\x15");
  EXPECT_EQ(root.logs[1].operator_name, "logs.example");
  EXPECT_EQ(root.timestamp_authorities[0].operator_name, "times.example");
  EXPECT_THAT(root.warnings, IsEmpty());
}

TEST(TrustedRoot, IsOfAVersionThatIsKnown) {
  for (const char* type : {"application/vnd.dev.sigstore.trustedroot+json;version=0.1",
                           "application/vnd.dev.sigstore.trustedroot.v0.1+json",
                           "application/vnd.dev.sigstore.trustedroot.v0.2+json"}) {
    EXPECT_THAT(FaultWith("/mediaType", absl::StrCat("\"", type, "\"")), IsOk()) << type;
  }
  for (const char* type : {"application/vnd.dev.sigstore.trustedroot+json;version=0.2",
                           "application/vnd.dev.sigstore.trustedroot.v0.3+json",
                           "application/vnd.dev.sigstore.trustedroot+json; version=0.1",
                           "application/vnd.dev.sigstore.bundle.v0.1+json", "application/json"}) {
    EXPECT_THAT(FaultWith("/mediaType", absl::StrCat("\"", type, "\"")),
                IsFault("/mediaType: must be that of a trusted root of version 0.1 or 0.2"))
        << type;
  }
  EXPECT_THAT(FaultWithout("/mediaType"), IsFault("/mediaType: must be given"));
}

TEST(TrustedRoot, MayTrustNobody) {
  const TrustedRoot root =
      With({{"mediaType", "application/vnd.dev.sigstore.trustedroot+json;version=0.1"},
            {"tlogs", Json::array()},
            {"ctlogs", nullptr}});
  EXPECT_THAT(root.logs, IsEmpty());
  EXPECT_THAT(root.certificate_logs, IsEmpty());
  EXPECT_THAT(root.certificate_authorities, IsEmpty());
  EXPECT_EQ(FindLog(root.logs, ""), nullptr);
}

TEST(TrustedRoot, UnknownMembersAreWarnedOf) {
  for (const char* pointer :
       {"/more", "/media_type", "/tlogs/0/more", "/tlogs/0/publicKey/more", "/tlogs/0/logId/more",
        "/tlogs/0/publicKey/validFor/more", "/ctlogs/0/more", "/certificateAuthorities/0/more",
        "/certificateAuthorities/0/subject/more", "/certificateAuthorities/0/certChain/more",
        "/certificateAuthorities/0/certChain/certificates/1/more",
        "/certificateAuthorities/0/validFor/more", "/timestampAuthorities/0/more"}) {
    for (const char* value : {"null", "1", R"({"a":[1]})"}) {
      Json json = Root();
      json[Json::json_pointer(pointer)] = Json::parse(value);
      EXPECT_THAT(With(json).warnings, ElementsAre(absl::StrCat(pointer, ": is not known")));
    }
  }
}

TEST(TrustedRoot, WarningsArePrintableAndFew) {
  Json json = Root();
  json["\x1b[31m\n"] = 1;
  EXPECT_THAT(With(json).warnings, ElementsAre("/\\x1b[31m\\x0a: is not known"));
  for (int i = 0; i < 1000; ++i) json[absl::StrCat("more", i)] = 1;
  const std::vector<std::string> warnings = With(json).warnings;
  EXPECT_EQ(warnings.size(), 33u);
  EXPECT_EQ(warnings.back(), "there is more to warn of");
}

TEST(TrustedRoot, DuplicateMembersAreRefusedAtAnyDepth) {
  const std::string good = Root().dump();
  for (const char* member : {"mediaType", "tlogs", "start", "rawBytes", "keyId", "uri"}) {
    const std::string text =
        absl::StrReplaceAll(good, {{absl::StrCat("\"", member, "\":"),
                                    absl::StrCat("\"", member, "\":null,\"", member, "\":")}});
    ASSERT_NE(text, good);
    EXPECT_THAT(ParseTrustedRoot(text),
                StatusIs(kInvalid, HasSubstr("a second member of the same name")))
        << member;
  }
  // Unknown ones, too.
  EXPECT_THAT(ParseTrustedRoot(
                  absl::StrReplaceAll(good, {{R"("mediaType":)", R"("x":1,"x":1,"mediaType":)"}})),
              StatusIs(kInvalid, HasSubstr("a second member of the same name")));
}

TEST(TrustedRoot, WhatIsRequiredMustBeGiven) {
  for (const char* pointer :
       {"/tlogs/1/hashAlgorithm", "/tlogs/1/publicKey", "/tlogs/1/publicKey/rawBytes",
        "/tlogs/1/publicKey/keyDetails", "/tlogs/1/publicKey/validFor", "/tlogs/1/logId",
        "/tlogs/1/logId/keyId", "/ctlogs/0/logId", "/certificateAuthorities/0/certChain",
        "/certificateAuthorities/0/certChain/certificates/0/rawBytes"}) {
    EXPECT_THAT(FaultWithout(pointer), IsFault(absl::StrCat(pointer, ": must be given")));
    EXPECT_THAT(FaultWith(pointer, "null"), IsFault(absl::StrCat(pointer, ": must be given")));
  }
}

TEST(TrustedRoot, ALogNeedsAStart) {
  for (const char* list : {"/tlogs/0", "/tlogs/1", "/ctlogs/0"}) {
    const std::string start = absl::StrCat(list, "/publicKey/validFor/start");
    EXPECT_THAT(FaultWithout(start), IsFault(start + ": must be given"));
    EXPECT_THAT(FaultWith(start, "null"), IsFault(start + ": must be given"));
  }
}

// Also one that would be left out.
TEST(TrustedRoot, ALogOfAnUnknownKindNeedsAStart) {
  Json json = Root();
  json["tlogs"][1]["publicKey"]["keyDetails"] = "ML_DSA_65";
  json["tlogs"][1]["publicKey"]["validFor"].erase("start");
  EXPECT_THAT(Parse(json), IsFault("/tlogs/1/publicKey/validFor/start: must be given"));
}

TEST(TrustedRoot, AnAuthorityNeedsNoStart) {
  for (const char* list : {"certificateAuthorities", "timestampAuthorities"}) {
    Json json = Root();
    json[list][0].erase("validFor");
    EXPECT_THAT(Parse(json), IsOk());
    json[list][0]["validFor"] = Json::object();
    EXPECT_THAT(Parse(json), IsOk());
  }
  Json json = Root();
  json["certificateAuthorities"][0].erase("validFor");
  const TrustWindow window = With(json).certificate_authorities[0].valid_for;
  EXPECT_TRUE(window.Contains(absl::InfinitePast()));
  EXPECT_TRUE(window.Contains(absl::InfiniteFuture()));
}

TEST(TrustedRoot, BothEndsOfAWindowAreInIt) {
  Json json = Root();
  json["tlogs"][0]["publicKey"]["validFor"] = {{"start", "2022-01-01T01:00:00.000000001+01:00"},
                                               {"end", "2022-10-31T23:59:59.999000Z"}};
  const TrustWindow window = With(json).logs[0].valid_for;
  const absl::Time start = At("2022-01-01T00:00:00Z") + absl::Nanoseconds(1);
  const absl::Time end = At("2022-10-31T23:59:59.999Z");
  EXPECT_TRUE(window.Contains(start));
  EXPECT_TRUE(window.Contains(end));
  EXPECT_FALSE(window.Contains(start - absl::Nanoseconds(1)));
  EXPECT_FALSE(window.Contains(end + absl::Nanoseconds(1)));
}

TEST(TrustedRoot, AWindowsEndsAreTimes) {
  for (const char* pointer :
       {"/tlogs/0/publicKey/validFor/start", "/tlogs/0/publicKey/validFor/end",
        "/certificateAuthorities/0/validFor/start", "/timestampAuthorities/0/validFor/end"}) {
    for (const char* bad : {R"("")", R"("2022")", R"("2022-01-01T00:00:00")",
                            R"("2022-01-01T00:00:00.0000000001Z")", R"("infinite-past")"}) {
      EXPECT_THAT(FaultWith(pointer, bad),
                  IsFault(absl::StrCat(pointer, ": must be an RFC 3339 time")))
          << bad;
    }
    EXPECT_THAT(FaultWith(pointer, "1640995200"),
                IsFault(absl::StrCat(pointer, ": must be a string, is a number")));
  }
}

TEST(TrustedRoot, LogsHashWithSha256) {
  for (const char* hash : {"SHA2_512", "SHA256", "HASH_ALGORITHM_UNSPECIFIED"}) {
    EXPECT_THAT(FaultWith("/tlogs/0/hashAlgorithm", absl::StrCat("\"", hash, "\"")),
                IsFault("/tlogs/0/hashAlgorithm: must be SHA2_256"));
  }
}

TEST(TrustedRoot, AKeyIsOfTheKindThatItsDetailsSay) {
  const std::string details = "/tlogs/0/publicKey/keyDetails";
  EXPECT_THAT(FaultWith(details, R"("PKIX_ECDSA_P384_SHA_384")"),
              IsFault(details + ": is not of the key, ECDSA P-256"));
  EXPECT_THAT(FaultWith(details, R"("PKIX_ED25519")"),
              IsFault(details + ": is not of the key, ECDSA P-256"));
  EXPECT_THAT(FaultWith(details, R"("PKCS1_RSA_PKCS1V5")"),
              StatusIs(kInvalid, StartsWith("/tlogs/0/publicKey/rawBytes: ")));
  EXPECT_THAT(FaultWith("/tlogs/0/publicKey/rawBytes", R"("eA==")"),
              StatusIs(kInvalid, StartsWith("/tlogs/0/publicKey/rawBytes: ")));
}

TEST(TrustedRoot, KeysOfEachKindAreRead) {
  const std::pair<TestKeyType, const char*> kKinds[] = {
      {TestKeyType::kEcdsaP256, "PKIX_ECDSA_P256_SHA_256"},
      {TestKeyType::kEcdsaP384, "PKIX_ECDSA_P384_SHA_384"},
      {TestKeyType::kEcdsaP521, "PKIX_ECDSA_P521_SHA_512"},
      {TestKeyType::kRsa2048, "PKIX_RSA_PKCS1V15_2048_SHA256"},
      {TestKeyType::kRsa3072, "PKIX_RSA_PKCS1V15_3072_SHA256"},
      {TestKeyType::kRsa4096, "PKIX_RSA_PKCS1V15_4096_SHA256"},
      {TestKeyType::kEd25519, "PKIX_ED25519"},
      {TestKeyType::kEd25519, "PKIX_ED25519_PH"},
  };
  for (const auto& [type, details] : kKinds) {
    const std::string der = TestKey::Generate(type).PublicDer();
    Json json = Root();
    json["tlogs"] = Json::array({Log("https://log.example.org", Sha256Of(der), details, der)});
    const TrustedRoot root = With(json);
    ASSERT_EQ(root.logs.size(), 1u) << details;
    EXPECT_EQ(root.logs[0].key.der(), der) << details;
    EXPECT_THAT(root.warnings, IsEmpty()) << details;
  }
}

TEST(TrustedRoot, AnRsaKeyMayBeInTheFormOfPkcs1) {
  const std::string der = Made().rsa.PublicDer();
  // Of 2048 bits: what is before the RSAPublicKey has 24 bytes.
  const std::string pkcs1 = der.substr(24);
  Json json = Root();
  json["ctlogs"] =
      Json::array({Log("https://ct.example.org", Sha256Of(der), "PKCS1_RSA_PKCS1V5", pkcs1)});
  const TrustedRoot root = With(json);
  ASSERT_EQ(root.certificate_logs.size(), 1u);
  EXPECT_EQ(root.certificate_logs[0].key.der(), der);
  EXPECT_EQ(root.certificate_logs[0].scheme, crypto::SignatureScheme::kRsaPkcs1Sha256);
  EXPECT_THAT(root.warnings, IsEmpty());
}

TEST(TrustedRoot, ALogWhoseKeyIsOfAnUnknownKindIsLeftOut) {
  Json json = Root();
  json["tlogs"][0]["publicKey"]["keyDetails"] = "ML_DSA_65";
  json["tlogs"][0]["publicKey"]["rawBytes"] = "eA==";
  const TrustedRoot root = With(json);
  ASSERT_EQ(root.logs.size(), 1u);
  EXPECT_EQ(root.logs[0].base_url, "https://log.example.org");
  EXPECT_THAT(root.warnings, ElementsAre("/tlogs/0/publicKey/keyDetails: is not known, and the log "
                                         "is left out"));
}

TEST(TrustedRoot, TheOnlyLogIsNotLeftOut) {
  Json json = Root();
  json["ctlogs"][0]["publicKey"]["keyDetails"] = "ML_DSA_65";
  EXPECT_THAT(Parse(json),
              IsFault("/ctlogs: must hold a log whose key is of a kind that is known"));
}

TEST(TrustedRoot, AnIdIsOfEitherForm) {
  const std::string der = Made().ed25519.PublicDer();
  const struct {
    const char* url;
    std::string id;
  } kGood[] = {
      {"https://log.example.org", Sha256Of(der)},
      {"", Sha256Of(der)},
      {"https://log.example.org", NoteIdOf("log.example.org", Made().ed25519)},
      {"https://log.example.org/", NoteIdOf("log.example.org", Made().ed25519)},
      {"https://log.example.org:8080/a", NoteIdOf("log.example.org:8080/a", Made().ed25519)},
      {"https://log.example.org:8080/a", NoteIdOf("log.example.org", Made().ed25519)},
  };
  for (const auto& [url, id] : kGood) {
    Json json = Root();
    json["tlogs"] = Json::array({Log(url, id, "PKIX_ED25519", der)});
    const TrustedRoot root = With(json);
    EXPECT_EQ(root.logs.at(0).id, id) << url;
    EXPECT_THAT(root.warnings, IsEmpty()) << url;
  }
}

// What evidence says is what counts.
TEST(TrustedRoot, AnIdOfNoFormIsWarnedOfAndTakenAsItIs) {
  const std::string der = Made().ed25519.PublicDer();
  for (const std::string& id :
       {NoteIdOf("other.example.org", Made().ed25519), Sha256Of("x"), Sha256Of(der).substr(0, 31),
        Sha256Of(der) + "x", std::string("id")}) {
    Json json = Root();
    json["tlogs"] = Json::array({Log("https://log.example.org", id, "PKIX_ED25519", der)});
    const TrustedRoot root = With(json);
    EXPECT_NE(FindLog(root.logs, id), nullptr);
    EXPECT_THAT(root.warnings, ElementsAre("/tlogs/0/logId/keyId: is not that of the key"));
  }
}

TEST(TrustedRoot, TwoLogsHaveTwoIds) {
  Json json = Root();
  json["tlogs"].push_back(json["tlogs"][0]);
  EXPECT_THAT(Parse(json), IsFault("/tlogs/2: has the id of a log before it"));
  json = Root();
  json["ctlogs"].push_back(json["ctlogs"][0]);
  EXPECT_THAT(Parse(json), IsFault("/ctlogs/1: has the id of a log before it"));
}

TEST(TrustedRoot, OriginsAreTheUrlOrItsHost) {
  const std::pair<const char*, std::vector<std::string>> kUrls[] = {
      {"https://log.example.org", {"log.example.org"}},
      {"https://log.example.org/", {"log.example.org"}},
      {"http://rekor-local", {"rekor-local"}},
      {"log.example.org", {"log.example.org"}},
      {"https://log.example.org:8080", {"log.example.org:8080", "log.example.org"}},
      {"https://log.example.org/a/b/", {"log.example.org/a/b", "log.example.org"}},
      {"https://log.example.org:80/a:b", {"log.example.org:80/a:b", "log.example.org"}},
      {"https://[::1]:80/a", {"[::1]:80/a", "[::1]"}},
      {"https://[::1]", {"[::1]"}},
      {"https://", {}},
      {"", {}},
  };
  for (const auto& [url, origins] : kUrls) {
    Json json = Root();
    json["tlogs"][0]["baseUrl"] = url;
    EXPECT_EQ(With(json).logs[0].origins, origins) << url;
  }
}

TEST(TrustedRoot, FindsLogsByTheirId) {
  const TrustedRoot root = With(Root());
  EXPECT_EQ(FindLog(root.logs, root.logs[1].id), &root.logs[1]);
  EXPECT_EQ(FindLog(root.logs, root.logs[1].id.substr(1)), nullptr);
  EXPECT_EQ(FindLog(root.certificate_logs, root.logs[1].id), nullptr);
  EXPECT_EQ(FindLog(root.logs, ""), nullptr);
}

TEST(TrustedRoot, OneBadCertificateSpoilsIt) {
  for (const char* pointer : {"/certificateAuthorities/0/certChain/certificates/1/rawBytes",
                              "/timestampAuthorities/0/certChain/certificates/0/rawBytes"}) {
    for (const std::string& bytes : {std::string("x"), Made().p256.PublicDer()}) {
      EXPECT_THAT(FaultWith(pointer, absl::StrCat("\"", Base64(bytes), "\"")),
                  StatusIs(kInvalid, StartsWith(absl::StrCat(pointer, ": "))));
    }
  }
  EXPECT_THAT(FaultWith("/certificateAuthorities/0/certChain/certificates", "[]"),
              IsFault("/certificateAuthorities/0/certChain/certificates: must hold at least one"));
}

TEST(TrustedRoot, OnlyTheFirstOfATimestampAuthoritysChainIsNone) {
  const std::string fault =
      "/timestampAuthorities/0/certChain: must hold authorities alone after its first certificate";
  const auto with = [](const std::vector<Certificate>& chain) {
    Json json = Root();
    json["timestampAuthorities"][0] = Authority(chain);
    return Parse(json).status();
  };
  EXPECT_THAT(with({Made().signer, Made().root}), IsOk());
  EXPECT_THAT(with({Made().intermediate, Made().root}), IsOk());
  EXPECT_THAT(with({Made().root}), IsOk());
  EXPECT_THAT(with({Made().signer, Made().signer, Made().root}), IsFault(fault));
  EXPECT_THAT(with({Made().root, Made().signer}), IsFault(fault));
}

// They are all used, in whatever order, of whatever time.
TEST(TrustedRoot, AuthoritiesMayOverlapAndLieInTheFuture) {
  Json json = Root();
  json["certificateAuthorities"].push_back(Authority({Made().root}));
  json["certificateAuthorities"].push_back(Authority({Made().root}));
  json["certificateAuthorities"][1]["validFor"]["start"] = "2999-01-01T00:00:00Z";
  EXPECT_EQ(With(json).certificate_authorities.size(), 3u);
}

TEST(TrustedRoot, WrongTypesAreRefused) {
  EXPECT_THAT(ParseTrustedRoot("[]"), IsFault("must be an object, is an array"));
  EXPECT_THAT(FaultWith("/tlogs", "{}"), IsFault("/tlogs: must be an array, is an object"));
  EXPECT_THAT(FaultWith("/tlogs/0", "null"), IsFault("/tlogs/0: must be an object"));
  EXPECT_THAT(FaultWith("/tlogs/0/baseUrl", "7"),
              IsFault("/tlogs/0/baseUrl: must be a string, is a number"));
  EXPECT_THAT(FaultWith("/tlogs/0/operator", "7"),
              IsFault("/tlogs/0/operator: must be a string, is a number"));
  EXPECT_THAT(FaultWith("/tlogs/0/checkpointKeyId", "7"),
              IsFault("/tlogs/0/checkpointKeyId: must be an object, is a number"));
  EXPECT_THAT(FaultWith("/tlogs/0/publicKey/keyDetails", "5"),
              IsFault("/tlogs/0/publicKey/keyDetails: must be a string, is a number"));
  EXPECT_THAT(
      FaultWith("/certificateAuthorities/0/subject/commonName", "7"),
      IsFault("/certificateAuthorities/0/subject/commonName: must be a string, is a number"));
  EXPECT_THAT(FaultWith("/certificateAuthorities/0/uri", "7"),
              IsFault("/certificateAuthorities/0/uri: must be a string, is a number"));
}

TEST(TrustedRoot, IsBounded) {
  const std::string good = Root().dump();
  EXPECT_THAT(ParseTrustedRoot(good + std::string(kMaxTrustedRootBytes - good.size(), ' ')),
              IsOk());
  EXPECT_THAT(ParseTrustedRoot(good + std::string(kMaxTrustedRootBytes - good.size() + 1, ' ')),
              IsFault("larger than 4194304 bytes"));
  EXPECT_THAT(FaultWith("/more", std::string(kMaxTrustedRootDepth - 1, '[') +
                                     std::string(kMaxTrustedRootDepth - 1, ']')),
              IsOk());
  EXPECT_THAT(FaultWith("/more", std::string(kMaxTrustedRootDepth, '[') +
                                     std::string(kMaxTrustedRootDepth, ']')),
              StatusIs(kInvalid, HasSubstr("nested more than 32 deep")));
  std::string many = "[0";
  for (size_t i = 0; i < kMaxTrustedRootValues; ++i) many += ",0";
  EXPECT_THAT(FaultWith("/more", many + "]"),
              StatusIs(kInvalid, HasSubstr("more than 10000 values")));
}

}  // namespace
}  // namespace countersign::cosign
