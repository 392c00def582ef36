#include "policy/sigstore/sigstore_keys.h"

#include <memory>
#include <string>
#include <vector>

#include "base/json.h"
#include "cosign/checkpoint.h"
#include "cosign/trusted_root.h"
#include "crypto/sha256.h"
#include "crypto/signature_scheme.h"
#include "crypto/test_certificate.h"
#include "crypto/test_key.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "policy/sigstore/trust_root_fixture.h"

namespace countersign::policy {
namespace {

using base::Json;
using cosign::LogGeneration;
using crypto::TestKey;
using crypto::TestKeyType;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using ::testing::StartsWith;

std::string IdOf(const TestKey& key, LogGeneration generation, std::string_view name) {
  const crypto::Sha256Digest id = cosign::LogKeyId(key.Public(), generation, name);
  return std::string(id.begin(), id.end());
}

std::vector<std::string> ErrorsWith(std::string_view list, const Json& entries) {
  Json keys = ValidKeys();
  keys[std::string(list)] = entries;
  return ErrorsOf(KeysSpec(keys));
}

TEST(SigstoreKeys, MakeATrustedRoot) {
  const auto root = RootOf(ValidKeys());
  ASSERT_NE(root, nullptr);
  EXPECT_THAT(root->warnings, IsEmpty());
  ASSERT_THAT(root->certificate_authorities, SizeIs(1));
  EXPECT_THAT(root->certificate_authorities[0].chain,
              ElementsAre(Chain().intermediate, Chain().root));
  EXPECT_EQ(root->certificate_authorities[0].uri, "https://fulcio.example.com");
  ASSERT_THAT(root->timestamp_authorities, SizeIs(1));
  EXPECT_THAT(root->timestamp_authorities[0].authority.chain,
              ElementsAre(Chain().signer, Chain().intermediate, Chain().root));
  ASSERT_THAT(root->logs, SizeIs(1));
  EXPECT_EQ(root->logs[0].base_url, "https://rekor.example.com");
  EXPECT_THAT(root->logs[0].origins, ElementsAre("rekor.example.com"));
  ASSERT_THAT(root->certificate_logs, SizeIs(1));
  EXPECT_EQ(root->certificate_logs[0].base_url, "https://ctfe.example.com");
}

// As theirs, which begins all windows in 1970 and ends none.
TEST(SigstoreKeys, AreTrustedForAllTimes) {
  const auto root = RootOf(ValidKeys());
  ASSERT_NE(root, nullptr);
  EXPECT_TRUE(root->certificate_authorities[0].valid_for.Contains(absl::InfinitePast()));
  EXPECT_TRUE(root->certificate_authorities[0].valid_for.Contains(absl::InfiniteFuture()));
  EXPECT_FALSE(root->timestamp_authorities[0].authority.start.has_value());
  EXPECT_FALSE(root->timestamp_authorities[0].authority.end.has_value());
  for (const auto* const logs : {&root->logs, &root->certificate_logs}) {
    EXPECT_TRUE((*logs)[0].valid_for.Contains(absl::UnixEpoch()));
    EXPECT_TRUE((*logs)[0].valid_for.Contains(absl::InfiniteFuture()));
  }
}

TEST(SigstoreKeys, TheIdOfTheRootIsOfAllThatDecides) {
  const auto id_of = [](const Json& keys) {
    const auto root = RootOf(keys);
    return root == nullptr ? crypto::Sha256Digest{} : root->id;
  };
  const Json keys = ValidKeys();
  EXPECT_NE(id_of(keys), crypto::Sha256Digest{});
  EXPECT_EQ(id_of(keys), id_of(keys));
  std::vector<Json> others;
  others.assign(5, keys);
  others[0]["tLogs"][0]["publicKey"] = Base64(TestKey::Generate().PublicPem());
  others[1]["tLogs"][0]["baseURL"] = "https://other.example.com";
  others[2].erase("ctLogs");
  others[3]["certificateAuthorities"][0]["certChain"] = Base64(Chain().root.Pem());
  others[4]["timestampAuthorities"][0]["uri"] = "https://other.example.com";
  for (const Json& other : others) {
    EXPECT_NE(id_of(other), id_of(keys)) << other.dump(1);
    EXPECT_NE(id_of(other), crypto::Sha256Digest{});
  }
}

// D9: theirs marks such a root as good and then refuses it as a whole.
TEST(SigstoreKeys, Ed25519KeysOfLogsAreTaken) {
  const TestKey key = TestKey::Generate(TestKeyType::kEd25519);
  Json keys = ValidKeys();
  keys["tLogs"].push_back(LogObject(key, "https://log2025-1.example.com/shard"));
  const auto root = RootOf(keys);
  ASSERT_NE(root, nullptr);
  EXPECT_THAT(root->warnings, IsEmpty());
  // Whichever Rekor it is, and by whichever of the two names it signs.
  for (const std::string& id : {IdOf(key, LogGeneration::kRekor1, ""),
                                IdOf(key, LogGeneration::kRekor2, "log2025-1.example.com/shard"),
                                IdOf(key, LogGeneration::kRekor2, "log2025-1.example.com")}) {
    const cosign::TrustedLog* const log = cosign::FindLog(root->logs, id);
    ASSERT_NE(log, nullptr);
    EXPECT_EQ(log->key.der(), key.PublicDer());
    EXPECT_EQ(log->scheme, crypto::SignatureScheme::kEd25519);
    // One witness, whatever it is called.
    EXPECT_EQ(log->operator_name, "https://log2025-1.example.com/shard");
  }
  EXPECT_THAT(root->logs, SizeIs(1 + 3));
}

TEST(SigstoreKeys, KeysOfAllKindsOfLogsAreTaken) {
  for (const TestKeyType type : {TestKeyType::kEcdsaP256, TestKeyType::kEcdsaP384,
                                 TestKeyType::kEcdsaP521, TestKeyType::kRsa2048}) {
    const TestKey key = TestKey::Generate(type);
    Json keys = ValidKeys();
    keys["tLogs"] = keys["ctLogs"] = Json::array({LogObject(key)});
    const auto root = RootOf(keys);
    ASSERT_NE(root, nullptr);
    const std::string id = IdOf(key, LogGeneration::kRekor1, "");
    EXPECT_NE(cosign::FindLog(root->logs, id), nullptr);
    ASSERT_THAT(root->certificate_logs, SizeIs(1));
    EXPECT_EQ(root->certificate_logs[0].id, id);
  }
}

TEST(SigstoreKeys, AKeyThatIsListedTwiceIsOneLog) {
  Json keys = ValidKeys();
  keys["tLogs"].push_back(keys["tLogs"][0]);
  const auto root = RootOf(keys);
  ASSERT_NE(root, nullptr);
  EXPECT_THAT(root->logs, SizeIs(1));
}

// Theirs sorts certificates by what they are.
TEST(SigstoreKeys, ChainsMayBeInAnyOrder) {
  Json keys = ValidKeys();
  keys["timestampAuthorities"][0]["certChain"] =
      Base64(crypto::WriteChain({Chain().root, Chain().intermediate, Chain().signer}));
  const auto root = RootOf(keys);
  ASSERT_NE(root, nullptr);
  EXPECT_THAT(root->timestamp_authorities[0].authority.chain,
              ElementsAre(Chain().signer, Chain().intermediate, Chain().root));
}

TEST(SigstoreKeys, EachRootOfAChainIsAnAnchor) {
  const TestKey key = TestKey::Generate();
  const crypto::Certificate second =
      crypto::MakeTestCertificate({.subject = "2",
                                   .issuer = "2",
                                   .key = key,
                                   .extensions = {crypto::TestBasicConstraints(true)}},
                                  key);
  Json keys = ValidKeys();
  keys["certificateAuthorities"][0] = AuthorityObject({Chain().root, Chain().intermediate, second});
  const auto root = RootOf(keys);
  ASSERT_NE(root, nullptr);
  ASSERT_THAT(root->certificate_authorities, SizeIs(2));
  EXPECT_THAT(root->certificate_authorities[0].chain,
              ElementsAre(Chain().intermediate, Chain().root));
  EXPECT_THAT(root->certificate_authorities[1].chain, ElementsAre(Chain().intermediate, second));
  // Without one the last is, as in a trusted_root.json.
  keys["certificateAuthorities"][0] = AuthorityObject({Chain().intermediate});
  EXPECT_THAT(RootOf(keys)->certificate_authorities[0].chain, ElementsAre(Chain().intermediate));
}

// [seen] in the Policy Controller at f925c0c: each entry's result takes the place of the one before,
// over the lists in the order of authorities, timestamp authorities, ctLogs, tLogs.
struct Overwritten {
  const char* what;
  Json keys;
  const char* theirs;             // what it answered
  std::vector<std::string> ours;  // D8
};

TEST(SigstoreKeys, OfSeveralEntriesEachFaultIsReported) {
  Json broken_authority = ValidKeys();
  broken_authority["certificateAuthorities"][0] = {{"uri", ""}};
  Json only_logs = ValidKeys();
  only_logs.erase("certificateAuthorities");
  only_logs.erase("timestampAuthorities");
  Json broken_logs = ValidKeys();
  broken_logs["ctLogs"][0].erase("publicKey");
  broken_logs["tLogs"].push_back({{"baseURL", "https://other.example.com"}});
  const Overwritten cases[] = {
      {"a broken authority before a good log",
       broken_authority,
       "accepted",
       {"missing field(s): spec.sigstoreKeys.certificateAuthorities[0].subject.organization",
        "missing field(s): spec.sigstoreKeys.certificateAuthorities[0].subject.commonName",
        "missing field(s): spec.sigstoreKeys.certificateAuthorities[0].uri",
        "missing field(s): spec.sigstoreKeys.certificateAuthorities[0].certChain"}},
      {"logs alone",
       only_logs,
       "accepted",
       {"expected exactly one, got neither: spec.sigstoreKeys.certificateAuthorities, "
        "spec.sigstoreKeys.timestampAuthorities"}},
      {"two broken logs",
       broken_logs,
       "missing field(s): spec.sigstoreKeys.tLogs[1].hashAlgorithm, "
       "spec.sigstoreKeys.tLogs[1].publicKey",
       {"missing field(s): spec.sigstoreKeys.ctLogs[0].publicKey",
        "missing field(s): spec.sigstoreKeys.tLogs[1].hashAlgorithm",
        "missing field(s): spec.sigstoreKeys.tLogs[1].publicKey"}},
  };
  for (const Overwritten& each : cases) {
    EXPECT_EQ(ErrorsOf(KeysSpec(each.keys)), each.ours) << each.what << "; theirs: " << each.theirs;
    EXPECT_EQ(RootOf(each.keys), nullptr) << each.what;
  }
}

TEST(SigstoreKeys, ChainsMustBeReadable) {
  const auto errors_with = [](const Json& chain) {
    Json authority = AuthorityObject({});
    authority["certChain"] = chain;
    return ErrorsWith("certificateAuthorities", Json::array({authority}));
  };
  const char* const kAt =
      "invalid value: error splitting the certificates: "
      "spec.sigstoreKeys.certificateAuthorities[0].certChain\n";
  EXPECT_THAT(errors_with(Base64("INVALID")), ElementsAre(StartsWith(kAt)));
  EXPECT_THAT(errors_with(Base64(Chain().key.PublicPem())), ElementsAre(StartsWith(kAt)));
  std::string many;
  for (int i = 0; i < 11; ++i) many += Chain().root.Pem();
  EXPECT_THAT(errors_with(Base64(many)), ElementsAre(StartsWith(kAt)));
  EXPECT_THAT(errors_with(""),
              ElementsAre("missing field(s): "
                          "spec.sigstoreKeys.certificateAuthorities[0].certChain"));
  EXPECT_THAT(errors_with(Base64(Chain().signer.Pem())),
              ElementsAre(StartsWith("invalid value: certificate chain must contain a certificate "
                                     "authority: ")));
}

TEST(SigstoreKeys, HashesThatNoLogHasAreRefused) {
  const auto errors_with = [](const char* hash) {
    Json log = LogObject(Chain().key);
    log["hashAlgorithm"] = hash;
    return ErrorsWith("tLogs", Json::array({log}));
  };
  EXPECT_THAT(errors_with("sha256"), IsEmpty());
  for (const char* const other : {"sha-512", "sha384", "md5", "SHA2_256"}) {
    EXPECT_THAT(errors_with(other),
                ElementsAre(StartsWith(absl::StrCat(
                    "invalid value: ", other, ": spec.sigstoreKeys.tLogs[0].hashAlgorithm\n"))));
  }
}

TEST(SigstoreKeys, KeysMustBeReadable) {
  const auto errors_with = [](const std::string& key) {
    Json log = LogObject(Chain().key);
    log["publicKey"] = Base64(key);
    return ErrorsWith("ctLogs", Json::array({log}));
  };
  const char* const kAt =
      "invalid value: must be a public key: spec.sigstoreKeys.ctLogs[0].publicKey\n";
  EXPECT_THAT(errors_with("INVALID"), ElementsAre(StartsWith(kAt)));
  EXPECT_THAT(errors_with(Chain().root.Pem()), ElementsAre(StartsWith(kAt)));
  const std::string pem = Chain().key.PublicPem();
  EXPECT_THAT(errors_with(pem + pem), ElementsAre(StartsWith(kAt)));
}

TEST(SigstoreKeys, OtherTypesOfValuesAreErrorsAtTheirPlace) {
  EXPECT_THAT(ErrorsWith("tLogs", Json::object()),
              ElementsAre(StartsWith("invalid value: must be a list: spec.sigstoreKeys.tLogs\n")));
  EXPECT_THAT(
      ErrorsWith("tLogs", Json::array({7})),
      ElementsAre(StartsWith("invalid value: must be an object: spec.sigstoreKeys.tLogs[0]\n")));
}

}  // namespace
}  // namespace countersign::policy
