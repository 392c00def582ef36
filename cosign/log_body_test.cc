#include "cosign/log_body.h"

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/strings/escaping.h"
#include "base/json.h"
#include "base/pem_block.h"
#include "cosign/json_fixture.h"
#include "cosign/log_body_fixture.h"
#include "cosign/test_log.h"
#include "crypto/certificate.h"
#include "crypto/hash_algorithm.h"
#include "crypto/message.h"
#include "crypto/signature_scheme.h"
#include "crypto/test_key.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace countersign::cosign {
namespace {

using base::Json;
using crypto::HashAlgorithm;
using crypto::TestKey;
using crypto::TestKeyType;
using crypto::TestScheme;
using ::testing::HasSubstr;
using ::testing::Optional;
using Content = LoggedSignature::Content;

TEST(LogBody, OfEachKindIsOfItsSignatureByKeyOrCertificate) {
  for (const Kind& kind : kKinds) {
    TestLoggedSignature signature(kind.content);
    EXPECT_EQ(Why(kind, signature), std::nullopt) << kind.name << " " << kind.version;
    signature.Certify();
    EXPECT_EQ(Why(kind, signature), std::nullopt) << kind.name << " " << kind.version;
  }
}

struct Scheme {
  TestKeyType type;
  TestScheme scheme = TestScheme::kDefault;
};

const Scheme kHashedSchemes[] = {
    {TestKeyType::kEcdsaP256},
    {TestKeyType::kEcdsaP384},
    {TestKeyType::kEcdsaP384, TestScheme::kSha256},
    {TestKeyType::kEcdsaP521},
    {TestKeyType::kEcdsaP521, TestScheme::kSha256},
    {TestKeyType::kRsa2048},
    {TestKeyType::kRsa3072},
    {TestKeyType::kRsa4096},
    {TestKeyType::kEd25519},
};

TEST(LogBody, OfEachKindIsOfSignaturesByEachScheme) {
  for (const Kind& kind : kKinds) {
    for (const Scheme& tried : kHashedSchemes) {
      TestLoggedSignature signature(kind.content, TestKey::Generate(tried.type), tried.scheme);
      EXPECT_EQ(Why(kind, signature), std::nullopt)
          << kind.name << " " << kind.version << ", " << signature.key.Description();
    }
  }
}

// Of a key for another hash than its usual ones. Rekor 2 has no name for how it signs.
TEST(LogBody, OfASignatureByAnyHashHasThatHash) {
  for (const auto& [type, scheme] :
       {std::pair{TestKeyType::kRsa2048, crypto::SignatureScheme::kRsaPkcs1Sha512},
        {TestKeyType::kEcdsaP256, crypto::SignatureScheme::kEcdsaSha512}}) {
    TestLoggedSignature signature(Content::kMessage, TestKey::Generate(type));
    signature.signature =
        signature.test_key.Sign(signature.signed_bytes.bytes(), TestScheme::kSha512);
    Json body = Json::parse(Body(kHashedRekord1, signature.View()));
    const std::string of_2 = Body(kHashedRekord2, signature.View());
    signature.scheme = scheme;
    EXPECT_THAT(WhyLoggedOtherwise(Entry(kHashedRekord1, body.dump()), signature.View()),
                Optional(HasSubstr("another kind of hash")));
    body["spec"]["data"]["hash"] = {
        {"algorithm", "sha512"},
        {"value",
         absl::BytesToHexString(crypto::DigestOf(signature.signed_bytes, HashAlgorithm::kSha512))}};
    EXPECT_EQ(WhyLoggedOtherwise(Entry(kHashedRekord1, body.dump()), signature.View()),
              std::nullopt);
    EXPECT_THAT(WhyLoggedOtherwise(Entry(kHashedRekord2, of_2), signature.View()),
                Optional(HasSubstr("signs otherwise")));
  }
}

TEST(LogBody, OfASignatureByPureEd25519HasNoHashOfWhatWasSigned) {
  for (const Kind& kind : kKinds) {
    const TestLoggedSignature signature(kind.content, TestKey::Generate(TestKeyType::kEd25519),
                                        TestScheme::kPureEd25519);
    const bool hashes_by_scheme = kind.name == "hashedrekord";
    if (hashes_by_scheme) {
      EXPECT_THAT(Why(kind, signature), Optional(HasSubstr("another kind of hash")))
          << kind.version;
    } else {
      EXPECT_EQ(Why(kind, signature), std::nullopt) << kind.name;
    }
  }
}

// The same, of an artifact of which only this digest is known.
LoggedSignature WithDigest(LoggedSignature signature, HashAlgorithm algorithm,
                           const std::string& digest) {
  signature.signed_bytes = nullptr;
  signature.digest_algorithm = algorithm;
  signature.digest = digest;
  return signature;
}

TEST(LogBody, OfAnArtifactWhoseSha256AloneIsKnown) {
  for (const Kind& kind : {kHashedRekord1, kRekord, kHashedRekord2}) {
    const TestLoggedSignature signature(Content::kMessage);
    const std::string digest = crypto::DigestOf(signature.signed_bytes, HashAlgorithm::kSha256);
    EXPECT_EQ(
        Why(kind, signature.View(), WithDigest(signature.View(), HashAlgorithm::kSha256, digest)),
        std::nullopt)
        << kind.name;
  }
  for (const Kind& kind : {kHashedRekord1, kHashedRekord2}) {
    const TestLoggedSignature signature(Content::kMessage,
                                        TestKey::Generate(TestKeyType::kEcdsaP384));
    const std::string digest = crypto::DigestOf(signature.signed_bytes, HashAlgorithm::kSha256);
    EXPECT_THAT(
        Why(kind, signature.View(), WithDigest(signature.View(), HashAlgorithm::kSha256, digest)),
        Optional(HasSubstr("another artifact")))
        << kind.version;
  }
}

TEST(LogBody, OfAnArtifactWhoseDigestBySchemeAloneIsKnown) {
  for (const Kind& kind : {kHashedRekord1, kHashedRekord2}) {
    const TestLoggedSignature signature(Content::kMessage,
                                        TestKey::Generate(TestKeyType::kEcdsaP521));
    std::string digest = crypto::DigestOf(signature.signed_bytes, HashAlgorithm::kSha512);
    EXPECT_EQ(
        Why(kind, signature.View(), WithDigest(signature.View(), HashAlgorithm::kSha512, digest)),
        std::nullopt)
        << kind.version;
    digest[0] ^= 1;
    EXPECT_THAT(
        Why(kind, signature.View(), WithDigest(signature.View(), HashAlgorithm::kSha512, digest)),
        Optional(HasSubstr("another artifact")))
        << kind.version;
  }
}

// Whoever signed by SHA-512.
TEST(LogBody, BySha256IsOfAnotherArtifactThanOneWhoseSha512AloneIsKnown) {
  const TestLoggedSignature signature(Content::kMessage,
                                      TestKey::Generate(TestKeyType::kEcdsaP521));
  const std::string digest = crypto::DigestOf(signature.signed_bytes, HashAlgorithm::kSha512);
  EXPECT_EQ(Why(kRekord, signature), std::nullopt);
  EXPECT_THAT(
      Why(kRekord, signature.View(), WithDigest(signature.View(), HashAlgorithm::kSha512, digest)),
      Optional(HasSubstr("another artifact")));
}

TEST(LogBody, OfAnotherKindOrVersionIsNotKnown) {
  const TestLoggedSignature signature(Content::kEnvelope);
  for (const Kind& kind : std::vector<Kind>{{"dsse", "0.0.2"},
                                            {"intoto", "0.0.1"},
                                            {"hashedrekord", "0.0.3"},
                                            {"hashedrekord", "0.0.10"},
                                            {"rekord", "0.0.2"},
                                            {"HashedRekord", "0.0.1"},
                                            {"tuf", "0.0.1"},
                                            {"", ""}}) {
    EXPECT_THAT(WhyLoggedOtherwise(Entry(kind, Body(kDsse, signature.View())), signature.View()),
                Optional(HasSubstr("not known")))
        << kind.name << " " << kind.version;
  }
}

TEST(LogBody, OfAMessageIsNoneForEnvelopesAndTheReverse) {
  for (const Kind& kind : kKinds) {
    if (kind.name == kHashedRekord2.name && kind.version == kHashedRekord2.version) continue;
    const bool is_of_message = kind.content == Content::kMessage;
    const TestLoggedSignature other(is_of_message ? Content::kEnvelope : Content::kMessage);
    EXPECT_THAT(Why(kind, other), Optional(HasSubstr("no such signature is logged")))
        << kind.name << " " << kind.version;
  }
  for (const Kind& kind : kKinds) {
    const TestLoggedSignature signature(kind.content);
    LoggedSignature given = signature.View();
    given.content = Content::kUnspecified;
    EXPECT_THAT(Why(kind, given, given), Optional(HasSubstr("no such signature is logged")))
        << kind.name << " " << kind.version;
  }
}

// Sigstore's Go code compares the entry's with itself, so that a lie passes.
TEST(LogBody, IsOfTheEntrysKindAndVersion) {
  for (const Kind& kind : kKinds) {
    const TestLoggedSignature signature(kind.content);
    for (const Json& other : {Json("rekor"), Json(""), Json(nullptr), Json(1)}) {
      EXPECT_THAT(WhyWith(kind, signature, "/kind", other), IsMalformed("/kind: ")) << kind.name;
    }
    for (const Json& other : {Json("0.0.3"), Json("0.0.01"), Json(nullptr), Json(0.1)}) {
      EXPECT_THAT(WhyWith(kind, signature, "/apiVersion", other), IsMalformed("/apiVersion: "))
          << kind.name;
    }
  }
}

TEST(LogBody, OfAnotherSignatureIsRefused) {
  for (const Kind& kind : kKinds) {
    const TestLoggedSignature signature(kind.content);
    LoggedSignature logged = signature.View();
    // By the same key, of the same bytes.
    const std::string again = signature.test_key.Sign(signature.signed_bytes.bytes());
    ASSERT_NE(again, signature.signature);
    logged.signature = again;
    EXPECT_THAT(Why(kind, logged, signature.View()), Optional(HasSubstr("another signature")))
        << kind.name << " " << kind.version;
  }
}

TEST(LogBody, OfAnotherKeyIsRefused) {
  for (const Kind& kind : kKinds) {
    const TestLoggedSignature signature(kind.content);
    const TestLoggedSignature other(kind.content);
    LoggedSignature logged = signature.View();
    logged.key = &other.key;
    EXPECT_THAT(Why(kind, logged, signature.View()), Optional(HasSubstr("another signer")))
        << kind.name << " " << kind.version;
  }
}

TEST(LogBody, OfAnotherCertificateOfTheSameKeyIsRefused) {
  for (const Kind& kind : kKinds) {
    TestLoggedSignature signature(kind.content);
    signature.Certify();
    const crypto::Certificate first = *signature.certificate;
    LoggedSignature logged = signature.View();
    logged.certificate = &first;
    ASSERT_EQ(Why(kind, logged, signature.View()), std::nullopt);
    signature.Certify();
    EXPECT_THAT(Why(kind, logged, signature.View()), Optional(HasSubstr("another signer")))
        << kind.name << " " << kind.version;
  }
}

TEST(LogBody, OfACertificateIsNotOfItsKeyAndTheReverse) {
  for (const Kind& kind : kKinds) {
    TestLoggedSignature signature(kind.content);
    signature.Certify();
    LoggedSignature by_key = signature.View();
    by_key.certificate = nullptr;
    EXPECT_THAT(Why(kind, by_key, signature.View()), Optional(HasSubstr("another signer")))
        << kind.name << " " << kind.version;
    EXPECT_THAT(Why(kind, signature.View(), by_key), Optional(HasSubstr("another signer")))
        << kind.name << " " << kind.version;
  }
}

// What it is called says what the bytes are, not the bytes.
TEST(LogBody, OfACertificateThatIsCalledAKeyIsRefusedAndTheReverse) {
  constexpr std::string_view kPem = "/spec/signature/publicKey/content";
  constexpr std::string_view kVerifier = "/spec/hashedRekordV002/signature/verifier";
  TestLoggedSignature signature(Content::kMessage);
  const auto verifier = [](std::string_view name, std::string_view der) {
    Json object = {{"keyDetails", "PKIX_ECDSA_P256_SHA_256"}};
    object[std::string(name)]["rawBytes"] = Base64(der);
    return object;
  };
  const std::string& key = signature.key.der();
  EXPECT_THAT(
      WhyWith(kHashedRekord1, signature, kPem, Base64(base::WritePemBlock("CERTIFICATE", key))),
      Optional(HasSubstr("another signer")));
  EXPECT_THAT(WhyWith(kHashedRekord2, signature, kVerifier, verifier("x509Certificate", key)),
              Optional(HasSubstr("another signer")));
  EXPECT_EQ(WhyWith(kHashedRekord2, signature, kVerifier, verifier("publicKey", key)),
            std::nullopt);
  signature.Certify();
  const std::string& certificate = signature.certificate->der();
  EXPECT_THAT(WhyWith(kHashedRekord1, signature, kPem,
                      Base64(base::WritePemBlock("PUBLIC KEY", certificate))),
              Optional(HasSubstr("another signer")));
  EXPECT_THAT(WhyWith(kHashedRekord2, signature, kVerifier, verifier("publicKey", certificate)),
              Optional(HasSubstr("another signer")));
}

TEST(LogBody, OfAnotherArtifactIsRefused) {
  for (const Kind& kind : {kHashedRekord1, kRekord, kHashedRekord2, kHashedRekord2OfEnvelope}) {
    const TestLoggedSignature signature(kind.content);
    const crypto::Message another("another");
    LoggedSignature logged = signature.View();
    logged.signed_bytes = &another;
    EXPECT_THAT(Why(kind, logged, signature.View()), Optional(HasSubstr("another artifact")))
        << kind.name << " " << kind.version;
  }
}

TEST(LogBody, OfAnotherArtifactByALongerHashIsRefused) {
  for (const TestKeyType type :
       {TestKeyType::kEcdsaP384, TestKeyType::kEcdsaP521, TestKeyType::kEd25519}) {
    for (const Kind& kind : {kHashedRekord1, kHashedRekord2, kHashedRekord2OfEnvelope}) {
      const TestLoggedSignature signature(kind.content, TestKey::Generate(type));
      const crypto::Message another("another");
      LoggedSignature logged = signature.View();
      logged.signed_bytes = &another;
      EXPECT_THAT(Why(kind, logged, signature.View()), Optional(HasSubstr("another artifact")))
          << kind.version << ", " << signature.key.Description();
    }
  }
}

TEST(LogBody, OfAnotherPayloadIsRefused) {
  for (const Kind& kind : {kDsse, kInToto}) {
    const TestLoggedSignature signature(kind.content);
    LoggedSignature logged = signature.View();
    logged.payload = "another";
    EXPECT_THAT(Why(kind, logged, signature.View()), Optional(HasSubstr("another payload")))
        << kind.name;
  }
}

TEST(LogBody, OfAnotherTypeOfPayloadIsRefused) {
  const TestLoggedSignature signature(Content::kEnvelope);
  LoggedSignature logged = signature.View();
  logged.payload_type = "text/plain";
  EXPECT_THAT(Why(kInToto, logged, signature.View()), Optional(HasSubstr("another type")));
}

// The digest is right for the hash that it names; the signature was not made by that.
TEST(LogBody, HasTheHashThatWasSigned) {
  const TestLoggedSignature signature(Content::kMessage,
                                      TestKey::Generate(TestKeyType::kEcdsaP384));
  const std::string raw = crypto::DigestOf(signature.signed_bytes, HashAlgorithm::kSha256);
  EXPECT_THAT(WhyWith(kHashedRekord1, signature, "/spec/data/hash",
                      {{"algorithm", "sha256"}, {"value", absl::BytesToHexString(raw)}}),
              Optional(HasSubstr("another kind of hash")));
  EXPECT_THAT(WhyWith(kHashedRekord2, signature, "/spec/hashedRekordV002/data",
                      {{"algorithm", "SHA2_256"}, {"digest", Base64(raw)}}),
              Optional(HasSubstr("another kind of hash")));
}

}  // namespace
}  // namespace countersign::cosign
