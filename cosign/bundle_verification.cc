#include "cosign/bundle_verification.h"

#include <string>
#include <string_view>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "cosign/logged_signature.h"
#include "cosign/statement.h"
#include "cosign/statement_claim.h"
#include "cosign/who_signed.h"
#include "cosign/witnessed.h"
#include "crypto/check_switch.h"
#include "crypto/hash_algorithm.h"

namespace countersign::cosign {
namespace {

using crypto::HashAlgorithm;

// The signature of an envelope, as yet of nobody.
LoggedSignature OfEnvelope(const BundleEvidence& evidence) {
  return {.content = LoggedSignature::Content::kEnvelope,
          .signature = evidence.bundle().signature,
          .signed_bytes = evidence.signed_bytes(),
          .payload_type = evidence.payload_type(),
          .payload = evidence.payload()};
}

LoggedSignature OfMessage(const BundleEvidence& evidence, const File& file) {
  return {.content = LoggedSignature::Content::kMessage,
          .signature = evidence.bundle().signature,
          .signed_bytes = file.bytes.get(),
          .digest_algorithm = file.algorithm,
          .digest = file.digest};
}

// What costs least comes first: whose certificate it is shows without a public-key operation.
std::variant<Refusal, Proof> Judge(const BundleEvidence& evidence, const Signer& signer,
                                   LoggedSignature signature, Pay pay) {
  Proof who;
  if (auto refusal = SetWhoSigned(evidence.certificate(), signer, pay, signature, who)) {
    return *std::move(refusal);
  }
  if (auto refusal = SetScheme(crypto::EcdsaEncoding::kDer, pay, signature)) {
    return *std::move(refusal);
  }
  auto result = JudgeWitnesses(signature, evidence.bundle().entries, evidence.bundle().timestamps,
                               signer, pay);
  AddWhoSigned(std::move(who), result);
  if (auto* proof = std::get_if<Proof>(&result)) {
    if (evidence.statement().ok()) proof->predicate_type = evidence.statement()->predicate_type;
  }
  return result;
}

std::string HexOf(std::string_view bytes) { return absl::BytesToHexString(bytes); }

// The file's digest by that algorithm; "": it is not known.
std::string DigestOf(const File& file, HashAlgorithm algorithm) {
  if (file.bytes != nullptr) return crypto::DigestOf(*file.bytes, algorithm);
  return file.algorithm == algorithm ? file.digest : "";
}

bool IsAbout(const Statement& statement, const File& file) {
  for (const auto& [name, algorithm] : {std::pair{"sha256", HashAlgorithm::kSha256},
                                        {"sha384", HashAlgorithm::kSha384},
                                        {"sha512", HashAlgorithm::kSha512}}) {
    const std::string digest = DigestOf(file, algorithm);
    if (!digest.empty() && FindSubject(statement, name, HexOf(digest)) != nullptr) return true;
  }
  return false;
}

// Why no subject of a statement is the file.
std::string WhyNotAbout(const File& file) {
  constexpr std::string_view kIsNotAbout = "its statement is not about this file";
  const bool has_usual = file.bytes != nullptr || file.algorithm == HashAlgorithm::kSha256;
  if (has_usual) return std::string(kIsNotAbout);
  return absl::StrCat(kIsNotAbout, ", or does not name it by its ",
                      crypto::NameForPeople(file.algorithm));
}

// Why what the bundle says of a message that it has not got is another one.
std::optional<Refusal> FindWrongHint(const BundleEvidence& evidence, const File& file) {
  const auto* message = std::get_if<MessageSignature>(&evidence.bundle().content);
  if (message == nullptr || !message->digest.has_value()) return std::nullopt;
  const std::string digest = DigestOf(file, message->digest->algorithm);
  if (digest.empty() || digest == message->digest->bytes ||
      crypto::IsOff(crypto::Check::kMessageDigestIsArtifacts)) {
    return std::nullopt;
  }
  return Refusal{Refused::kWrongArtifact, "the digest that it names is of something else"};
}

}  // namespace

std::optional<Refusal> FindBundleRefusal(const BundleEvidence& evidence, const Claim& claim) {
  if (evidence.signed_bytes() == nullptr) {
    return Refusal{Refused::kWrongArtifact, std::string(evidence.statement().status().message())};
  }
  return FindStatementRefusal(evidence.statement(), claim);
}

std::variant<Refusal, Proof> VerifyBundle(const BundleEvidence& evidence, const Claim& claim,
                                          const Signer& signer, Pay pay) {
  if (auto refusal = FindBundleRefusal(evidence, claim)) return *std::move(refusal);
  return Judge(evidence, signer, OfEnvelope(evidence), pay);
}

std::variant<Refusal, Proof> VerifyBundle(const BundleEvidence& evidence, const File& file,
                                          const Signer& signer) {
  if (evidence.signed_bytes() == nullptr) {
    if (auto refusal = FindWrongHint(evidence, file)) return *std::move(refusal);
    return Judge(evidence, signer, OfMessage(evidence, file), PayWhatever);
  }
  if (!evidence.statement().ok()) {
    return Refusal{Refused::kWrongStatement, std::string(evidence.statement().status().message())};
  }
  if (!IsAbout(*evidence.statement(), file)) {
    return Refusal{Refused::kWrongArtifact, WhyNotAbout(file)};
  }
  return Judge(evidence, signer, OfEnvelope(evidence), PayWhatever);
}

}  // namespace countersign::cosign
