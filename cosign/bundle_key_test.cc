// By which schemes the keys of bundles may sign.

#include <string>
#include <string_view>
#include <utility>
#include <variant>

#include "absl/algorithm/container.h"
#include "absl/strings/str_cat.h"
#include "cosign/bundle.h"
#include "cosign/proof.h"
#include "cosign/refusal.h"
#include "cosign/test_judge.h"
#include "cosign/test_sigstore.h"
#include "crypto/der.h"
#include "crypto/hash_algorithm.h"
#include "crypto/message.h"
#include "crypto/signature_scheme.h"
#include "crypto/test_key.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace countersign::cosign {
namespace {

using crypto::HashAlgorithm;
using crypto::SignatureScheme;
using crypto::TestKey;
using crypto::TestKeyType;
using crypto::TestScheme;

constexpr char kFile[] = "a file";

// An envelope about the image, or a message that is kFile.
enum class What { kEnvelope, kMessage };

// What comes of it by the key alone.
BundleVerdict JudgeByKey(const TestKey& key, TestScheme scheme, What what) {
  TestSigstore sigstore;
  TestSigning signing = {.key = key, .scheme = scheme, .witnesses = {}};
  if (what == What::kMessage) signing.message = kFile;
  TestJudge judge(sigstore);
  judge.key = key.Public();
  judge.witnesses = {};
  const Bundle bundle = sigstore.Sign(signing);
  return what == What::kMessage ? judge.JudgeFile(bundle, TestFile(kFile)) : judge.Judge(bundle);
}

// And by a certificate for the key, with a log.
BundleVerdict JudgeByIdentity(const TestKey& key, TestScheme scheme, What what, TestWitness log) {
  TestSigstore sigstore;
  TestSigning signing = {.key = key,
                         .scheme = scheme,
                         .certificate = sigstore.Issue(sigstore.Request(key)),
                         .witnesses = {log, TestWitness::kTimestamp}};
  if (what == What::kMessage) signing.message = kFile;
  const TestJudge judge(sigstore);
  const Bundle bundle = sigstore.Sign(signing);
  return what == What::kMessage ? judge.JudgeFile(bundle, TestFile(kFile)) : judge.Judge(bundle);
}

BundleVerdict JudgeByDigest(const TestKey& key, TestScheme scheme,
                            HashAlgorithm known = HashAlgorithm::kSha256) {
  TestSigstore sigstore;
  TestJudge judge(sigstore);
  judge.key = key.Public();
  judge.witnesses = {};
  return judge.JudgeFile(
      sigstore.Sign({.key = key, .scheme = scheme, .message = kFile, .witnesses = {}}),
      TestFileDigest(kFile, known));
}

std::string SentenceOf(const BundleVerdict& verdict) {
  const auto* const refusal = std::get_if<Refusal>(&verdict);
  return refusal == nullptr ? "" : refusal->sentence;
}

SignatureScheme SchemeOf(const BundleVerdict& verdict) {
  const auto* const proof = std::get_if<Proof>(&verdict);
  return proof == nullptr ? SignatureScheme::kUnspecified : proof->scheme;
}

struct Case {
  TestKeyType type;
  TestScheme scheme;
  SignatureScheme found;
};

constexpr Case kGood[] = {
    {TestKeyType::kEcdsaP256, TestScheme::kSha256, SignatureScheme::kEcdsaSha256},
    {TestKeyType::kEcdsaP384, TestScheme::kSha384, SignatureScheme::kEcdsaSha384},
    {TestKeyType::kEcdsaP384, TestScheme::kSha256, SignatureScheme::kEcdsaSha256},
    {TestKeyType::kEcdsaP521, TestScheme::kSha512, SignatureScheme::kEcdsaSha512},
    {TestKeyType::kEcdsaP521, TestScheme::kSha256, SignatureScheme::kEcdsaSha256},
    {TestKeyType::kRsa2048, TestScheme::kSha256, SignatureScheme::kRsaPkcs1Sha256},
    {TestKeyType::kRsa3072, TestScheme::kSha256, SignatureScheme::kRsaPkcs1Sha256},
    {TestKeyType::kRsa4096, TestScheme::kSha256, SignatureScheme::kRsaPkcs1Sha256},
    {TestKeyType::kEd25519, TestScheme::kDefault, SignatureScheme::kEd25519ph},
    {TestKeyType::kEd25519, TestScheme::kPureEd25519, SignatureScheme::kEd25519},
};

std::string NameOf(const Case& tried) {
  return absl::StrCat("key ", static_cast<int>(tried.type), ", scheme ",
                      static_cast<int>(tried.scheme));
}

TEST(BundleKey, EachSchemeOfEachKeyHoldsByTheKey) {
  for (const Case& tried : kGood) {
    const TestKey key = TestKey::Generate(tried.type);
    for (const What what : {What::kEnvelope, What::kMessage}) {
      EXPECT_EQ(SchemeOf(JudgeByKey(key, tried.scheme, what)), tried.found) << NameOf(tried);
    }
  }
}

// But for pure Ed25519, which no log takes by a hash.
bool IsLoggedByHash(const Case& tried) { return tried.found != SignatureScheme::kEd25519; }

TEST(BundleKey, EachSchemeOfEachKeyHoldsByIdentityAndLog) {
  for (const Case& tried : kGood) {
    const TestKey key = TestKey::Generate(tried.type);
    for (const TestWitness log : {TestWitness::kRekor1, TestWitness::kRekor2}) {
      for (const What what : {What::kEnvelope, What::kMessage}) {
        const bool is_by_payload = log == TestWitness::kRekor1 && what == What::kEnvelope;
        if (!is_by_payload && !IsLoggedByHash(tried)) continue;
        EXPECT_EQ(SchemeOf(JudgeByIdentity(key, tried.scheme, what, log)), tried.found)
            << NameOf(tried) << ", log " << static_cast<int>(log);
      }
    }
  }
}

TEST(BundleKey, PureEd25519IsNotLoggedByAHash) {
  const TestKey key = TestKey::Generate(TestKeyType::kEd25519);
  const auto judge = [&](What what, TestWitness log) {
    return JudgeByIdentity(key, TestScheme::kPureEd25519, what, log);
  };
  EXPECT_THAT(judge(What::kMessage, TestWitness::kRekor1), IsRefusedAs(Refused::kBadLogEntry));
  EXPECT_THAT(judge(What::kMessage, TestWitness::kRekor2), IsRefusedAs(Refused::kBadLogEntry));
  EXPECT_THAT(judge(What::kEnvelope, TestWitness::kRekor2), IsRefusedAs(Refused::kBadLogEntry));
}

TEST(BundleKey, AHashThatDoesNotFitTheKeyIsBad) {
  const std::pair<TestKeyType, TestScheme> kBad[] = {
      {TestKeyType::kEcdsaP256, TestScheme::kSha384},
      {TestKeyType::kEcdsaP256, TestScheme::kSha512},
      {TestKeyType::kEcdsaP384, TestScheme::kSha512},
      {TestKeyType::kEcdsaP521, TestScheme::kSha384},
      {TestKeyType::kRsa2048, TestScheme::kSha384},
      {TestKeyType::kRsa2048, TestScheme::kSha512},
  };
  for (const auto& [type, scheme] : kBad) {
    const TestKey key = TestKey::Generate(type);
    for (const What what : {What::kEnvelope, What::kMessage}) {
      EXPECT_THAT(JudgeByKey(key, scheme, what), IsRefusedAs(Refused::kBadSignature))
          << static_cast<int>(type) << " " << static_cast<int>(scheme);
    }
  }
}

// By another hash than the digest that is known, and by the message itself.
TEST(BundleKey, BySha256AloneOtherHashesDoNotHold) {
  for (const Case& tried : kGood) {
    const bool is_sha256 = tried.found == SignatureScheme::kEcdsaSha256 ||
                           tried.found == SignatureScheme::kRsaPkcs1Sha256;
    const BundleVerdict verdict = JudgeByDigest(TestKey::Generate(tried.type), tried.scheme);
    if (is_sha256) {
      EXPECT_THAT(verdict, Holds()) << NameOf(tried);
    } else {
      EXPECT_THAT(verdict, IsRefusedAs(Refused::kBadSignature)) << NameOf(tried);
    }
  }
}

// No less than by the file, and no more.
TEST(BundleKey, ByADigestTheHashMustBeTheOneThatIsKnown) {
  const std::pair<SignatureScheme, HashAlgorithm> kHashes[] = {
      {SignatureScheme::kEcdsaSha256, HashAlgorithm::kSha256},
      {SignatureScheme::kEcdsaSha384, HashAlgorithm::kSha384},
      {SignatureScheme::kEcdsaSha512, HashAlgorithm::kSha512},
      {SignatureScheme::kRsaPkcs1Sha256, HashAlgorithm::kSha256},
      {SignatureScheme::kEd25519ph, HashAlgorithm::kSha512}};
  for (const Case& tried : kGood) {
    const TestKey key = TestKey::Generate(tried.type);
    for (const HashAlgorithm known :
         {HashAlgorithm::kSha256, HashAlgorithm::kSha384, HashAlgorithm::kSha512}) {
      const bool is_known = absl::c_linear_search(kHashes, std::pair(tried.found, known));
      const BundleVerdict verdict = JudgeByDigest(key, tried.scheme, known);
      if (is_known) {
        EXPECT_EQ(SchemeOf(verdict), tried.found) << NameOf(tried);
      } else {
        EXPECT_THAT(verdict, IsRefusedAs(Refused::kBadSignature))
            << NameOf(tried) << " " << crypto::NameForPeople(known);
      }
    }
  }
}

TEST(BundleKey, OfADigestThatIsNotTheKeysItSaysWhichAre) {
  const auto sentence = [](TestKeyType type, TestScheme scheme, HashAlgorithm known) {
    return SentenceOf(JudgeByDigest(TestKey::Generate(type), scheme, known));
  };
  EXPECT_EQ(
      sentence(TestKeyType::kEcdsaP256, TestScheme::kDefault, HashAlgorithm::kSha512),
      "of the file only the SHA-512 is known, and signatures by the key are verified over its "
      "SHA-256");
  EXPECT_EQ(
      sentence(TestKeyType::kEcdsaP384, TestScheme::kDefault, HashAlgorithm::kSha512),
      "of the file only the SHA-512 is known, and signatures by the key are verified over its "
      "SHA-384 or SHA-256");
  EXPECT_EQ(
      sentence(TestKeyType::kEd25519, TestScheme::kDefault, HashAlgorithm::kSha384),
      "of the file only the SHA-384 is known, and signatures by the key are verified over its "
      "SHA-512");
  // It may have been by that one.
  EXPECT_EQ(sentence(TestKeyType::kEcdsaP521, TestScheme::kSha256, HashAlgorithm::kSha512),
            "the key did not make it, or by another hash than the SHA-512 that is known");
  EXPECT_EQ(sentence(TestKeyType::kEd25519, TestScheme::kPureEd25519, HashAlgorithm::kSha512),
            "the key did not make it, or by another hash than the SHA-512 that is known");
  EXPECT_EQ(sentence(TestKeyType::kEcdsaP384, TestScheme::kDefault, HashAlgorithm::kSha256),
            "the key did not make it, or by more than the SHA-256 that is known");
}

TEST(BundleKey, ForAHashHoldsByThatAndTheOneOfItsCurveAndByNoOther) {
  const struct {
    TestKeyType type;
    TestScheme scheme;
    SignatureScheme found;
  } kCases[] = {
      {TestKeyType::kRsa2048, TestScheme::kSha512, SignatureScheme::kRsaPkcs1Sha512},
      {TestKeyType::kRsa2048, TestScheme::kSha256, SignatureScheme::kUnspecified},
      {TestKeyType::kRsa2048, TestScheme::kSha384, SignatureScheme::kUnspecified},
      {TestKeyType::kEcdsaP256, TestScheme::kSha512, SignatureScheme::kEcdsaSha512},
      {TestKeyType::kEcdsaP256, TestScheme::kSha256, SignatureScheme::kEcdsaSha256},
      {TestKeyType::kEcdsaP384, TestScheme::kSha384, SignatureScheme::kEcdsaSha384},
      {TestKeyType::kEcdsaP384, TestScheme::kSha256, SignatureScheme::kUnspecified},
  };
  for (const auto& [type, scheme, found] : kCases) {
    TestSigstore sigstore;
    const TestKey key = TestKey::Generate(type);
    TestSigning signing = {.key = key, .scheme = scheme, .witnesses = {}};
    TestJudge judge(sigstore);
    judge.key = key.Public().For(HashAlgorithm::kSha512);
    judge.witnesses = {};
    EXPECT_EQ(SchemeOf(judge.Judge(sigstore.Sign(signing))), found)
        << key.Public().Description() << ", scheme " << static_cast<int>(scheme);
    signing.message = kFile;
    const Bundle bundle = sigstore.Sign(signing);
    EXPECT_EQ(SchemeOf(judge.JudgeFile(bundle, TestFile(kFile))), found);
    const BundleVerdict by_digest =
        judge.JudgeFile(bundle, TestFileDigest(kFile, HashAlgorithm::kSha512));
    EXPECT_EQ(SchemeOf(by_digest),
              scheme == TestScheme::kSha512 ? found : SignatureScheme::kUnspecified);
  }
}

// As its log has it.
TEST(BundleKey, ByALongerDigestAnIdentityHoldsWithItsLog) {
  TestSigstore sigstore;
  const TestKey key = TestKey::Generate(TestKeyType::kEcdsaP521);
  for (const TestWitness log : {TestWitness::kRekor1, TestWitness::kRekor2}) {
    const TestSigning signing = {.key = key,
                                 .certificate = sigstore.Issue(sigstore.Request(key)),
                                 .message = kFile,
                                 .witnesses = {log, TestWitness::kTimestamp}};
    const TestJudge judge(sigstore);
    const Bundle bundle = sigstore.Sign(signing);
    EXPECT_THAT(judge.JudgeFile(bundle, TestFileDigest(kFile, HashAlgorithm::kSha512)), Holds());
    EXPECT_THAT(judge.JudgeFile(bundle, TestFileDigest("another", HashAlgorithm::kSha512)),
                IsRefusedAs(Refused::kBadSignature));
  }
}

// A file may be said to be what the hash that signed it says.
TEST(BundleKey, ADigestThatIsNamedMayBeBySha512) {
  TestSigstore sigstore;
  TestSigning signing = {.key = TestKey::Generate(TestKeyType::kEcdsaP521), .message = kFile};
  TestJudge judge(sigstore);
  judge.key = signing.key.Public();
  judge.witnesses = {.log_entries = 1};
  Bundle bundle = sigstore.Sign(signing);
  const auto name = [&](std::string_view file) {
    bundle.content = MessageSignature{MessageSignature::Digest{
        crypto::HashAlgorithm::kSha512,
        crypto::DigestOf(crypto::Message(std::string(file)), crypto::HashAlgorithm::kSha512)}};
  };
  name(kFile);
  EXPECT_THAT(judge.JudgeFile(bundle, TestFile(kFile)), Holds());
  name("another file");
  EXPECT_THAT(judge.JudgeFile(bundle, TestFile(kFile)), IsRefusedAs(Refused::kWrongArtifact));
}

// A DER signature of P-256 as IEEE P1363 has it.
std::string ToP1363(std::string_view der) {
  std::string_view numbers;
  EXPECT_TRUE(crypto::DerReader(der).Read(crypto::DerTag::kSequence, numbers));
  crypto::DerReader reader(numbers);
  std::string p1363;
  for (int i = 0; i < 2; ++i) {
    std::string_view number;
    EXPECT_TRUE(reader.ReadInteger(number));
    if (number.size() > 32) number.remove_prefix(number.size() - 32);
    p1363 += std::string(32 - number.size(), '\0') + std::string(number);
  }
  return p1363;
}

// That is for signature layers alone.
TEST(BundleKey, AnEcdsaSignatureThatIsNoDerIsBad) {
  TestSigstore sigstore;
  const TestSigning signing = {.witnesses = {}};
  TestJudge judge(sigstore);
  judge.key = signing.key.Public();
  judge.witnesses = {};
  Bundle bundle = sigstore.Sign(signing);
  EXPECT_THAT(judge.Judge(bundle), Holds());
  bundle.signature = ToP1363(bundle.signature);
  EXPECT_TRUE(crypto::Verifies(signing.key.Public(), signing.SignedBytes(), bundle.signature));
  EXPECT_THAT(judge.Judge(bundle), IsRefusedAs(Refused::kBadSignature));
}

}  // namespace
}  // namespace countersign::cosign
