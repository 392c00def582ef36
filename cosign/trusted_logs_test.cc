// The logs of a trusted root: their keys, ids, origins, and since when they are trusted.

#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "base/json.h"
#include "base/status_matchers.h"
#include "cosign/json_fixture.h"
#include "cosign/trusted_root.h"
#include "cosign/trusted_root_fixture.h"
#include "crypto/signature_scheme.h"
#include "crypto/test_key.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace countersign::cosign {
namespace {

using ::countersign::base::Json;
using ::countersign::base::StatusIs;
using crypto::TestKey;
using crypto::TestKeyType;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::StartsWith;

constexpr absl::StatusCode kInvalid = absl::StatusCode::kInvalidArgument;

TEST(TrustedRoot, ALogNeedsAStart) {
  for (const char* list : {"/tlogs/0", "/tlogs/1", "/ctlogs/0"}) {
    const std::string start = absl::StrCat(list, "/publicKey/validFor/start");
    EXPECT_THAT(FaultWithout(start), IsFault(start + ": must be given"));
    EXPECT_THAT(FaultWith(start, "null"), IsFault(start + ": must be given"));
  }
}

// Also one that would be left out.
TEST(TrustedRoot, ALogOfAnUnknownKindNeedsAStart) {
  Json json = RootJson();
  json["tlogs"][1]["publicKey"]["keyDetails"] = "ML_DSA_65";
  json["tlogs"][1]["publicKey"]["validFor"].erase("start");
  EXPECT_THAT(Parse(json), IsFault("/tlogs/1/publicKey/validFor/start: must be given"));
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
    Json json = RootJson();
    json["tlogs"] = Json::array({LogJson("https://log.example.org", Sha256Of(der), details, der)});
    const TrustedRoot root = With(json);
    ASSERT_EQ(root.logs.size(), 1u) << details;
    EXPECT_EQ(root.logs[0].key.der(), der) << details;
    EXPECT_THAT(root.warnings, IsEmpty()) << details;
  }
}

TEST(TrustedRoot, AnRsaKeyMayBeInTheFormOfPkcs1) {
  const std::string der = TestKeys().rsa.PublicDer();
  // Of 2048 bits: what is before the RSAPublicKey has 24 bytes.
  const std::string pkcs1 = der.substr(24);
  Json json = RootJson();
  json["ctlogs"] =
      Json::array({LogJson("https://ct.example.org", Sha256Of(der), "PKCS1_RSA_PKCS1V5", pkcs1)});
  const TrustedRoot root = With(json);
  ASSERT_EQ(root.certificate_logs.size(), 1u);
  EXPECT_EQ(root.certificate_logs[0].key.der(), der);
  EXPECT_EQ(root.certificate_logs[0].scheme, crypto::SignatureScheme::kRsaPkcs1Sha256);
  EXPECT_THAT(root.warnings, IsEmpty());
}

TEST(TrustedRoot, ALogWhoseKeyIsOfAnUnknownKindIsLeftOut) {
  Json json = RootJson();
  json["tlogs"][0]["publicKey"]["keyDetails"] = "ML_DSA_65";
  json["tlogs"][0]["publicKey"]["rawBytes"] = "eA==";
  const TrustedRoot root = With(json);
  ASSERT_EQ(root.logs.size(), 1u);
  EXPECT_EQ(root.logs[0].base_url, "https://log.example.org");
  EXPECT_THAT(root.warnings, ElementsAre("/tlogs/0/publicKey/keyDetails: is not known, and the log "
                                         "is left out"));
}

TEST(TrustedRoot, TheOnlyLogIsNotLeftOut) {
  Json json = RootJson();
  json["ctlogs"][0]["publicKey"]["keyDetails"] = "ML_DSA_65";
  EXPECT_THAT(Parse(json),
              IsFault("/ctlogs: must hold a log whose key is of a kind that is known"));
}

TEST(TrustedRoot, AnIdIsOfEitherForm) {
  const std::string der = TestKeys().ed25519.PublicDer();
  const struct {
    const char* url;
    std::string id;
  } kGood[] = {
      {"https://log.example.org", Sha256Of(der)},
      {"", Sha256Of(der)},
      {"https://log.example.org", NoteIdOf("log.example.org", TestKeys().ed25519)},
      {"https://log.example.org/", NoteIdOf("log.example.org", TestKeys().ed25519)},
      {"https://log.example.org:8080/a", NoteIdOf("log.example.org:8080/a", TestKeys().ed25519)},
      {"https://log.example.org:8080/a", NoteIdOf("log.example.org", TestKeys().ed25519)},
  };
  for (const auto& [url, id] : kGood) {
    Json json = RootJson();
    json["tlogs"] = Json::array({LogJson(url, id, "PKIX_ED25519", der)});
    const TrustedRoot root = With(json);
    EXPECT_EQ(root.logs.at(0).id, id) << url;
    EXPECT_THAT(root.warnings, IsEmpty()) << url;
  }
}

// What evidence says is what counts.
TEST(TrustedRoot, AnIdOfNoFormIsWarnedOfAndTakenAsItIs) {
  const std::string der = TestKeys().ed25519.PublicDer();
  for (const std::string& id :
       {NoteIdOf("other.example.org", TestKeys().ed25519), Sha256Of("x"),
        Sha256Of(der).substr(0, 31), Sha256Of(der) + "x", std::string("id")}) {
    Json json = RootJson();
    json["tlogs"] = Json::array({LogJson("https://log.example.org", id, "PKIX_ED25519", der)});
    const TrustedRoot root = With(json);
    EXPECT_NE(FindLog(root.logs, id), nullptr);
    EXPECT_THAT(root.warnings, ElementsAre("/tlogs/0/logId/keyId: is not that of the key"));
  }
}

TEST(TrustedRoot, TwoLogsHaveTwoIds) {
  Json json = RootJson();
  json["tlogs"].push_back(json["tlogs"][0]);
  EXPECT_THAT(Parse(json), IsFault("/tlogs/2: has the id of a log before it"));
  json = RootJson();
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
    Json json = RootJson();
    json["tlogs"][0]["baseUrl"] = url;
    EXPECT_EQ(With(json).logs[0].origins, origins) << url;
  }
}

TEST(TrustedRoot, FindsLogsByTheirId) {
  const TrustedRoot root = With(RootJson());
  EXPECT_EQ(FindLog(root.logs, root.logs[1].id), &root.logs[1]);
  EXPECT_EQ(FindLog(root.logs, root.logs[1].id.substr(1)), nullptr);
  EXPECT_EQ(FindLog(root.certificate_logs, root.logs[1].id), nullptr);
  EXPECT_EQ(FindLog(root.logs, ""), nullptr);
}

}  // namespace
}  // namespace countersign::cosign
