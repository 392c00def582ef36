#include "cosign/test_log.h"

#include <cstdlib>
#include <iostream>
#include <utility>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "base/json.h"
#include "base/pem_block.h"
#include "cosign/dsse.h"
#include "cosign/inclusion_proof.h"
#include "cosign/key_details.h"
#include "cosign/test_merkle_tree.h"
#include "crypto/hash_algorithm.h"
#include "crypto/signature_scheme.h"
#include "crypto/test_certificate.h"

namespace countersign::cosign {
namespace {

using base::Json;
using crypto::HashAlgorithm;
using crypto::Sha256Digest;
using crypto::TestKey;
using crypto::TestKeyType;
using crypto::TestScheme;
using LoggedContent = LoggedSignature::Content;

constexpr std::string_view kName = "log.example.org";
constexpr std::string_view kRekor1Origin = "log.example.org - 1234567890";
constexpr uint64_t kEntriesOfEarlierTrees = 1'000'000;
constexpr size_t kEntriesAlreadyThere = 5;
// When all checkpoints of Rekor 1 were signed, by what they say.
constexpr std::string_view kCheckpointTime = "Timestamp: 1800000000000000000\n";

// A log that cannot write what it was asked for is a mistake in the test.
[[noreturn]] void Fail(std::string_view what) {
  std::cerr << "TestLog: " << what << "\n";
  std::abort();
}

std::string BytesOf(const Sha256Digest& digest) {
  return std::string(digest.begin(), digest.end());
}

std::string Base64(std::string_view bytes) { return absl::Base64Escape(bytes); }

// What a signature scheme is called, and what it hashes by.
struct Named {
  std::string_view details;  // a name of KeyDetailsNamed
  HashAlgorithm hash;
  std::string_view rekor1_hash;
  std::string_view rekor2_hash;
};

constexpr Named kNamed[] = {
    {"PKIX_ECDSA_P256_SHA_256", HashAlgorithm::kSha256, "sha256", "SHA2_256"},
    {"PKIX_ECDSA_P384_SHA_384", HashAlgorithm::kSha384, "sha384", "SHA2_384"},
    {"PKIX_ECDSA_P384_SHA_256", HashAlgorithm::kSha256, "sha256", "SHA2_256"},
    {"PKIX_ECDSA_P521_SHA_512", HashAlgorithm::kSha512, "sha512", "SHA2_512"},
    {"PKIX_ECDSA_P521_SHA_256", HashAlgorithm::kSha256, "sha256", "SHA2_256"},
    {"PKIX_RSA_PKCS1V15_2048_SHA256", HashAlgorithm::kSha256, "sha256", "SHA2_256"},
    {"PKIX_RSA_PKCS1V15_3072_SHA256", HashAlgorithm::kSha256, "sha256", "SHA2_256"},
    {"PKIX_RSA_PKCS1V15_4096_SHA256", HashAlgorithm::kSha256, "sha256", "SHA2_256"},
    {"PKIX_ED25519_PH", HashAlgorithm::kSha512, "sha512", "SHA2_512"},
    // No log takes such a signature by a hash; what a forged one might say.
    {"PKIX_ED25519", HashAlgorithm::kSha512, "sha512", "SHA2_512"},
};

const Named& NamedFor(const LoggedSignature& signature) {
  for (const Named& named : kNamed) {
    const KeyDetails details = KeyDetailsNamed(named.details).value();
    if (IsKeyOf(details, *signature.key) && details.scheme == signature.scheme) return named;
  }
  Fail("no name is known for how the key signs");
}

std::string DigestOf(const LoggedSignature& signature, HashAlgorithm algorithm) {
  if (signature.signed_bytes == nullptr) Fail("what is signed is not known");
  return crypto::DigestOf(*signature.signed_bytes, algorithm);
}

Json Rekor1Hash(std::string_view algorithm, const std::string& digest) {
  return {{"algorithm", algorithm}, {"value", absl::BytesToHexString(digest)}};
}

std::string Rekor1Key(const LoggedSignature& signature) {
  return Base64(signature.certificate != nullptr
                    ? signature.certificate->Pem()
                    : base::WritePemBlock("PUBLIC KEY", signature.key->der()));
}

Json HashedRekord1(const LoggedSignature& signature) {
  const Named& named = NamedFor(signature);
  return {{"data", {{"hash", Rekor1Hash(named.rekor1_hash, DigestOf(signature, named.hash))}}},
          {"signature",
           {{"content", Base64(signature.signature)},
            {"publicKey", {{"content", Rekor1Key(signature)}}}}}};
}

Json Rekord(const LoggedSignature& signature) {
  return {{"data", {{"hash", Rekor1Hash("sha256", DigestOf(signature, HashAlgorithm::kSha256))}}},
          {"signature",
           {{"content", Base64(signature.signature)},
            {"format", "x509"},
            {"publicKey", {{"content", Rekor1Key(signature)}}}}}};
}

Json HashedRekord2(const LoggedSignature& signature) {
  const Named& named = NamedFor(signature);
  Json verifier = {{"keyDetails", named.details}};
  if (signature.certificate != nullptr) {
    verifier["x509Certificate"]["rawBytes"] = Base64(signature.certificate->der());
  } else {
    verifier["publicKey"]["rawBytes"] = Base64(signature.key->der());
  }
  return {
      {"hashedRekordV002",
       {{"data",
         {{"algorithm", named.rekor2_hash}, {"digest", Base64(DigestOf(signature, named.hash))}}},
        {"signature",
         {{"content", Base64(signature.signature)}, {"verifier", std::move(verifier)}}}}}};
}

Json PayloadHash(const LoggedSignature& signature) {
  return Rekor1Hash("sha256", BytesOf(crypto::Sha256(signature.payload)));
}

// What the hash of an envelope's text is has no meaning without the text.
Json EnvelopeHash(const LoggedSignature& signature) {
  if (signature.text_sha256.empty()) {
    return Rekor1Hash("sha256", BytesOf(crypto::Sha256("an envelope")));
  }
  return {{"algorithm", "sha256"}, {"value", signature.text_sha256}};
}

Json Dsse(const LoggedSignature& signature) {
  return {{"envelopeHash", EnvelopeHash(signature)},
          {"payloadHash", PayloadHash(signature)},
          {"signatures", Json::array({{{"signature", Base64(signature.signature)},
                                       {"verifier", Rekor1Key(signature)}}})}};
}

Json InToto(const LoggedSignature& signature) {
  return {{"content",
           {{"envelope",
             {{"payloadType", signature.payload_type},
              {"signatures", Json::array({{{"publicKey", Rekor1Key(signature)},
                                           {"sig", Base64(Base64(signature.signature))}}})}}},
            {"hash", EnvelopeHash(signature)},
            {"payloadHash", PayloadHash(signature)}}}};
}

Json InToto1(const LoggedSignature& signature) {
  return {{"content", {{"hash", EnvelopeHash(signature)}, {"payloadHash", PayloadHash(signature)}}},
          {"publicKey", Rekor1Key(signature)}};
}

Json Spec(std::string_view kind, std::string_view version, const LoggedSignature& signature) {
  if (kind == "hashedrekord" && version == "0.0.1") return HashedRekord1(signature);
  if (kind == "hashedrekord" && version == "0.0.2") return HashedRekord2(signature);
  if (kind == "dsse" && version == "0.0.1") return Dsse(signature);
  if (kind == "intoto" && version == "0.0.1") return InToto1(signature);
  if (kind == "intoto" && version == "0.0.2") return InToto(signature);
  if (kind == "rekord" && version == "0.0.1") return Rekord(signature);
  Fail("no such kind of body is known");
}

std::string SignedBytes(LoggedContent content, const std::string& payload_type,
                        const std::string& payload) {
  return content == LoggedContent::kEnvelope ? PreAuthenticationEncoding(payload_type, payload)
                                             : payload;
}

TestScheme PureFor(TestKeyType type) {
  return type == TestKeyType::kEd25519 ? TestScheme::kPureEd25519 : TestScheme::kDefault;
}

}  // namespace

TestLoggedSignature::TestLoggedSignature(LoggedContent content, const TestKey& signer,
                                         TestScheme scheme)
    : content(content),
      test_key(signer),
      key(signer.Public()),
      payload_type(kInTotoPayloadType),
      signed_bytes(SignedBytes(content, payload_type, payload)),
      signature(signer.Sign(signed_bytes.bytes(), scheme)),
      scheme(key.Verify(signed_bytes, signature, crypto::EcdsaEncoding::kDer).value()) {}

void TestLoggedSignature::Certify() {
  certificate =
      crypto::MakeTestCertificate({.issuer = "authority", .key = test_key}, TestKey::Generate());
}

LoggedSignature TestLoggedSignature::View() const {
  return {.content = content,
          .signature = signature,
          .scheme = scheme,
          .signed_bytes = &signed_bytes,
          .payload_type = payload_type,
          .payload = payload,
          .certificate = certificate ? &*certificate : nullptr,
          .key = &key};
}

std::string TestLogBody(std::string_view kind, std::string_view version,
                        const LoggedSignature& signature) {
  return Json({{"apiVersion", version}, {"kind", kind}, {"spec", Spec(kind, version, signature)}})
      .dump();
}

TestLog::TestLog(LogGeneration generation, TestKeyType type)
    : generation_(generation), key_(TestKey::Generate(type)) {
  for (size_t i = 0; i < kEntriesAlreadyThere; ++i) {
    leaves_.push_back(LeafHash(absl::StrCat("entry ", i)));
  }
}

LogEntry TestLog::Log(std::string kind, std::string version, std::string body, absl::Time time) {
  const uint64_t leaf = leaves_.size();
  leaves_.push_back(LeafHash(body));
  const Sha256Digest root = TestTreeRoot(leaves_);
  LogEntry entry{.index = leaf,
                 .log_id = trusted().id,
                 .kind = std::move(kind),
                 .version = std::move(version),
                 .body = std::move(body)};
  entry.proof =
      InclusionProof{.index = leaf,
                     .tree_size = leaves_.size(),
                     .root = root,
                     .hashes = TestTreePath(leaf, leaves_),
                     .checkpoint = SignedCheckpoint(CheckpointText(leaves_.size(), root))};
  if (generation_ == LogGeneration::kRekor1) {
    entry.index += kEntriesOfEarlierTrees;
    entry.integrated_time = absl::ToUnixSeconds(time);
    entry.promise = Promise(entry);
  }
  return entry;
}

TrustedLog TestLog::trusted() const {
  const crypto::PublicKey key = key_.Public();
  // Any text will do to find out how the key signs by default.
  const crypto::Message text("text");
  const auto scheme =
      key.Verify(text, key_.Sign(text.bytes(), PureFor(key_.type())), crypto::EcdsaEncoding::kDer);
  return {.id = BytesOf(LogKeyId(key, generation_, kName)),
          .key = key,
          .scheme = scheme.value(),
          .valid_for = {.start = absl::UnixEpoch()},
          .base_url = absl::StrCat("https://", kName),
          .origins = {std::string(kName)}};
}

std::string TestLog::Promise(const LogEntry& entry) const {
  const std::string text = Json({{"body", Base64(entry.body)},
                                 {"integratedTime", entry.integrated_time},
                                 {"logID", absl::BytesToHexString(entry.log_id)},
                                 {"logIndex", entry.index}})
                               .dump();
  return key_.Sign(text, TestScheme::kSha256);
}

std::string TestLog::CheckpointText(uint64_t tree_size, const Sha256Digest& root) const {
  const bool is_rekor1 = generation_ == LogGeneration::kRekor1;
  return absl::StrCat(is_rekor1 ? kRekor1Origin : kName, "\n", tree_size, "\n",
                      Base64(BytesOf(root)), "\n", is_rekor1 ? kCheckpointTime : "");
}

std::string TestLog::SignedCheckpoint(std::string_view text) const {
  const std::string key_id = BytesOf(LogKeyId(key_.Public(), generation_, kName)).substr(0, 4);
  return absl::StrCat(text, "\n— ", kName, " ",
                      Base64(absl::StrCat(key_id, key_.Sign(text, CheckpointScheme()))), "\n");
}

TestScheme TestLog::CheckpointScheme() const {
  return generation_ == LogGeneration::kRekor1 ? TestScheme::kSha256 : PureFor(key_.type());
}

}  // namespace countersign::cosign
