#include "cosign/who_signed.h"

#include <algorithm>
#include <cstddef>
#include <string>
#include <utility>
#include <variant>

#include "absl/algorithm/container.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "base/printable.h"
#include "cosign/identity.h"
#include "crypto/check_switch.h"
#include "crypto/hash_algorithm.h"

namespace countersign::cosign {
namespace {

using crypto::HashAlgorithm;

// So much of names is matched with an expression in the time of one unit, about.
constexpr size_t kBytesMatchedPerUnit = 2 << 10;

// Each rule may be tried with each name.
size_t CostToMatch(const CertificateIdentity& identity, const Identities& asked) {
  size_t bytes = 0;
  for (const std::string& subject : identity.subjects) {
    bytes += identity.issuer.size() + subject.size();
  }
  return bytes * asked.rules().size() / kBytesMatchedPerUnit;
}

// As many of a certificate's subjects are named in a sentence.
constexpr size_t kMaxSubjectsNamed = 3;

// ", with sourceRepositoryRef "refs/heads/x"", where all but that is as it was asked for.
std::string SayOtherExtension(const CertificateIdentity& identity, const Identities& asked) {
  const std::string* const name = asked.FindOtherExtension(identity);
  if (name == nullptr) return "";
  const auto extension = identity.extensions.find(*name);
  if (extension == identity.extensions.end()) return absl::StrCat(", without ", *name);
  return absl::StrCat(", with ", *name, " ", base::Quoted(extension->second));
}

Refusal WrongIdentity(const CertificateIdentity& identity, const Identities& asked) {
  std::string subjects;
  for (size_t i = 0; i < std::min(identity.subjects.size(), kMaxSubjectsNamed); ++i) {
    absl::StrAppend(&subjects, i == 0 ? "" : ", ", base::Quoted(identity.subjects[i]));
  }
  if (identity.subjects.size() > kMaxSubjectsNamed) {
    absl::StrAppend(&subjects, " and ", identity.subjects.size() - kMaxSubjectsNamed, " more");
  }
  return {Refused::kWrongIdentity,
          absl::StrCat("its certificate is of ", subjects.empty() ? "nobody" : subjects, ", ",
                       identity.issuer.empty()
                           ? "without an issuer"
                           : absl::StrCat("as ", base::Quoted(identity.issuer), " says"),
                       SayOtherExtension(identity, asked))};
}

// What of a message signatures by the key are verified over: "its SHA-384 or SHA-256".
std::string SayWhatIsSigned(const crypto::PublicKey& key) {
  const auto append = [](std::string* out, HashAlgorithm hash) {
    absl::StrAppend(out, crypto::NameForPeople(hash));
  };
  return absl::StrCat("its ", absl::StrJoin(key.hashes(), " or ", append));
}

// Why it holds by none of the key's schemes.
std::string WhyItDoesNotHold(const LoggedSignature& signature) {
  const std::string_view key =
      signature.certificate == nullptr ? "the key" : "the key of its certificate";
  if (signature.signed_bytes != nullptr) return absl::StrCat(key, " did not make it");
  const HashAlgorithm known = signature.digest_algorithm;
  if (known == HashAlgorithm::kSha256) {
    return absl::StrCat(key, " did not make it, or by more than the SHA-256 that is known");
  }
  if (!absl::c_linear_search(signature.key->hashes(), known)) {
    return absl::StrCat("of the file only the ", crypto::NameForPeople(known),
                        " is known, and signatures by ", key, " are verified over ",
                        SayWhatIsSigned(*signature.key));
  }
  return absl::StrCat(key, " did not make it, or by another hash than the ",
                      crypto::NameForPeople(known), " that is known");
}

}  // namespace

std::optional<Refusal> SetWhoSigned(const SigningCertificate* certificate, const Signer& signer,
                                    Pay pay, LoggedSignature& signature, Proof& proof) {
  if (const crypto::PublicKey* key = signer.key()) {
    if (certificate != nullptr) {
      return Refusal{Refused::kWrongMaterial, "a certificate signed it, and a key is asked for"};
    }
    signature.key = key;
    return std::nullopt;
  }
  if (certificate == nullptr) {
    return Refusal{Refused::kWrongMaterial,
                   "no certificate signed it, and an identity is asked for"};
  }
  if (certificate->key() == nullptr) {
    return Refusal{Refused::kWrongMaterial, "the key of its certificate is of no kind that signs"};
  }
  if (!certificate->identity().ok()) {
    return Refusal{Refused::kBadCertificate,
                   absl::StrCat("its certificate does not count: ",
                                certificate->identity().status().message())};
  }
  const auto& asked = std::get<Identities>(signer.who);
  const size_t units = CostToMatch(*certificate->identity(), asked);
  if (units > 0 && !pay(units)) return Refusal{Refused::kLimit, kNotPaidFor};
  const std::string* subject = asked.FindSubject(*certificate->identity());
  if (subject == nullptr && !crypto::IsOff(crypto::Check::kIdentityIsAskedFor)) {
    return WrongIdentity(*certificate->identity(), asked);
  }
  if (subject != nullptr) proof.subject = *subject;
  proof.identity = *certificate->identity();
  signature.certificate = &certificate->certificate();
  signature.key = certificate->key();
  return std::nullopt;
}

std::optional<Refusal> SetScheme(crypto::EcdsaEncoding encoding, Pay pay,
                                 LoggedSignature& signature) {
  const size_t signed_bytes =
      signature.signed_bytes == nullptr ? 0 : signature.signed_bytes->bytes().size();
  const size_t units = signature.key->Cost(signed_bytes, signature.signature.size());
  if (units > 0 && !pay(units)) return Refusal{Refused::kLimit, kNotPaidFor};
  const std::optional<crypto::SignatureScheme> scheme =
      signature.signed_bytes != nullptr
          ? signature.key->Verify(*signature.signed_bytes, signature.signature, encoding)
          : signature.key->VerifyDigest(signature.digest_algorithm, signature.digest,
                                        signature.signature, encoding);
  if (!scheme.has_value()) return Refusal{Refused::kBadSignature, WhyItDoesNotHold(signature)};
  signature.scheme = *scheme;
  return std::nullopt;
}

void AddWhoSigned(Proof who, std::variant<Refusal, Proof>& result) {
  auto* const proof = std::get_if<Proof>(&result);
  if (proof == nullptr) return;
  proof->identity = std::move(who.identity);
  proof->subject = std::move(who.subject);
}

}  // namespace countersign::cosign
