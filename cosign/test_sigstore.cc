#include "cosign/test_sigstore.h"

#include <cstdint>
#include <variant>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "cosign/form.h"
#include "cosign/logged_signature.h"
#include "cosign/material.h"
#include "crypto/der.h"
#include "crypto/hash_algorithm.h"
#include "crypto/message.h"
#include "crypto/sha256.h"
#include "crypto/signature_scheme.h"
#include "crypto/test_der.h"
#include "crypto/test_sct.h"

namespace countersign::cosign {
namespace {

using crypto::Certificate;
using crypto::EcdsaEncoding;
using crypto::TestCertificate;
using crypto::TestExtension;
using crypto::TestKey;

constexpr absl::Time kStart = absl::FromUnixSeconds(1'800'000'000);
constexpr absl::Time kEnd = absl::FromUnixSeconds(1'800'003'600);
constexpr std::string_view kCodeSigning = "1.3.6.1.5.5.7.3.3";

std::string Sha256Of(std::string_view bytes) {
  const crypto::Sha256Digest digest = crypto::Sha256(bytes);
  return std::string(digest.begin(), digest.end());
}

Certificate MakeRoot(const TestKey& key) {
  return crypto::MakeTestCertificate(
      {.subject = "root",
       .issuer = "root",
       .key = key,
       .not_before = kStart,
       .not_after = kEnd,
       .extensions = {crypto::TestBasicConstraints(true), crypto::TestKeyUsage(0x04)}},
      key);
}

Certificate MakeIntermediate(const TestKey& key, const TestKey& root) {
  return crypto::MakeTestCertificate(
      {.subject = "intermediate",
       .issuer = "root",
       .key = key,
       .not_before = kStart,
       .not_after = kEnd,
       .extensions = {crypto::TestBasicConstraints(true, 0), crypto::TestKeyUsage(0x04),
                      crypto::TestExtendedKeyUsage({kCodeSigning})}},
      root);
}

}  // namespace

const oci::Digest& TestImage() {
  static const oci::Digest* const kImage = new oci::Digest(oci::Digest::Of("image"));
  return *kImage;
}

std::string WriteTestStatement(const oci::Digest& image, std::string_view predicate_type) {
  return WriteTestStatement(absl::StrCat(R"({"digest":{"sha256":")", image.hex(), R"("}})"),
                            predicate_type);
}

std::string WriteTestStatement(std::string_view subjects, std::string_view predicate_type) {
  return absl::StrCat(R"({"_type":"https://in-toto.io/Statement/v1","subject":[)", subjects,
                      R"(],"predicateType":")", predicate_type, R"(","predicate":{}})");
}

TestExtension TestFulcioExtension(int number, std::string_view text) {
  // The first ones are older than the rule.
  const bool is_text = number < 7;
  return {
      .oid = absl::StrCat("1.3.6.1.4.1.57264.1.", number),
      .value = is_text ? std::string(text) : crypto::WriteDer(crypto::DerTag::kUtf8String, {text})};
}

std::string TestSigning::SignedBytes() const {
  return message.has_value() ? *message
                             : PreAuthenticationEncoding(envelope.payload_type, envelope.payload);
}

LogEntry LogTestSignature(TestLog& log, LogGeneration generation, const TestSigning& signing,
                          std::string_view signature) {
  const crypto::Message message(signing.SignedBytes());
  const crypto::PublicKey key = signing.key.Public();
  // Of what the signer makes, whatever is logged.
  const auto scheme =
      key.Verify(message, signing.key.Sign(message.bytes(), signing.scheme), EcdsaEncoding::kDer);
  const std::string text_sha256 =
      signing.envelope_text.empty() ? "" : crypto::Sha256Hex(signing.envelope_text);
  const LoggedSignature logged = {
      .content = signing.message.has_value() ? LoggedSignature::Content::kMessage
                                             : LoggedSignature::Content::kEnvelope,
      .signature = signature,
      .scheme = scheme.value_or(crypto::SignatureScheme::kUnspecified),
      .signed_bytes = &message,
      .payload_type = signing.envelope.payload_type,
      .payload = signing.envelope.payload,
      .text_sha256 = text_sha256,
      .certificate = signing.certificate.has_value() ? &*signing.certificate : nullptr,
      .key = &key};
  const bool is_rekor1 = generation == LogGeneration::kRekor1;
  const bool is_of_envelope = is_rekor1 && !signing.message.has_value();
  const std::string kind = is_of_envelope ? signing.envelope_kind : "hashedrekord";
  const std::string version = is_of_envelope ? signing.envelope_version
                              : is_rekor1    ? "0.0.1"
                                             : "0.0.2";
  return log.Log(kind, version, TestLogBody(kind, version, logged), signing.time);
}

TestSigstore::TestSigstore()
    : root_key(TestKey::Generate()),
      issuer_key(TestKey::Generate()),
      root(MakeRoot(root_key)),
      intermediate(MakeIntermediate(issuer_key, root_key)),
      certificate_log(TestKey::Generate()),
      rekor1(LogGeneration::kRekor1),
      rekor2(LogGeneration::kRekor2, crypto::TestKeyType::kEd25519) {}

TestCertificate TestSigstore::Request(const TestKey& key) const {
  return {.issuer = "intermediate",
          .key = key,
          .not_before = kTestSigningTime - absl::Minutes(5),
          .not_after = kTestSigningTime + absl::Minutes(5),
          .extensions = {crypto::TestKeyUsage(0x80), crypto::TestExtendedKeyUsage({kCodeSigning}),
                         crypto::TestUri(kTestSubject), TestFulcioExtension(1, kTestIssuer),
                         TestFulcioExtension(8, kTestIssuer)},
          .serial = 7};
}

Certificate TestSigstore::Issue(TestCertificate parts) const {
  const crypto::TestSct seen = crypto::SignTestSct({}, parts, issuer_key, certificate_log);
  parts.extensions.push_back(crypto::TestSctList({seen.Write()}));
  return crypto::MakeTestCertificate(parts, issuer_key);
}

TestSigning TestSigstore::Keyless(crypto::TestKeyType type) const {
  const TestKey key = TestKey::Generate(type);
  return {.key = key, .certificate = Issue(Request(key))};
}

Bundle TestSigstore::Sign(const TestSigning& signing) {
  const std::string signed_bytes = signing.SignedBytes();
  Bundle bundle = {.form = Form::kBundleV03,
                   .content = signing.envelope,
                   .signature = signing.key.Sign(signed_bytes, signing.scheme),
                   .material = KeyHint{absl::Base64Escape(Sha256Of(signing.key.PublicDer()))}};
  if (signing.message.has_value()) {
    bundle.content = MessageSignature{
        MessageSignature::Digest{crypto::HashAlgorithm::kSha256, Sha256Of(signed_bytes)}};
  }
  if (signing.certificate.has_value()) bundle.material = *signing.certificate;
  for (const TestWitness witness : signing.witnesses) {
    switch (witness) {
      case TestWitness::kRekor1:
        bundle.entries.push_back(
            LogTestSignature(rekor1, LogGeneration::kRekor1, signing, bundle.signature));
        break;
      case TestWitness::kRekor2:
        bundle.entries.push_back(
            LogTestSignature(rekor2, LogGeneration::kRekor2, signing, bundle.signature));
        break;
      case TestWitness::kTimestamp:
        bundle.timestamps.push_back(Stamp(bundle.signature, signing.time));
        break;
    }
  }
  return bundle;
}

std::string TestSigstore::Stamp(std::string_view signature, absl::Time time) const {
  return crypto::TestTimestamp(signature, time, timestamps.key, timestamps.certificate).Write();
}

TrustedRoot TestSigstore::trusted() const {
  const TrustedLog ct = {.id = Sha256Of(certificate_log.PublicDer()),
                         .key = certificate_log.Public(),
                         .scheme = crypto::SignatureScheme::kEcdsaSha256,
                         .valid_for = {.start = kStart},
                         .base_url = "https://ct.example.org",
                         .origins = {"ct.example.org"}};
  return {.logs = {rekor1.trusted(), rekor2.trusted()},
          .certificate_logs = {ct},
          .certificate_authorities = {{.chain = {intermediate, root},
                                       .valid_for = {.start = kStart},
                                       .uri = "https://fulcio.example.org"}},
          .timestamp_authorities = {
              {.authority = timestamps.Listed(), .uri = "https://timestamp.example.org"}}};
}

}  // namespace countersign::cosign
