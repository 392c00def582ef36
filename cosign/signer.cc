#include "cosign/signer.h"

#include <string>
#include <string_view>
#include <utility>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "crypto/hash_algorithm.h"

namespace countersign::cosign {
namespace {

std::string Id(const crypto::Sha256Digest& digest) {
  return absl::BytesToHexString(
      std::string_view(reinterpret_cast<const char*>(digest.data()), digest.size()));
}

// So that no two lists of texts are written alike.
std::string WithLength(std::string_view text) { return absl::StrCat(text.size(), ":", text); }

std::string Write(const Witnesses& witnesses, const TrustedRoot* trust) {
  return absl::StrCat(" log entries ", witnesses.log_entries, " timestamps ", witnesses.timestamps,
                      " certificate timestamps ", witnesses.certificate_timestamps, " trust ",
                      trust == nullptr ? "none" : Id(trust->id));
}

// By which a signature holds decides, too.
std::string WriteHashes(const crypto::PublicKey& key) {
  std::string text;
  for (const crypto::HashAlgorithm hash : key.hashes()) {
    absl::StrAppend(&text, " ", crypto::NameForPeople(hash));
  }
  return text;
}

std::string Write(const Identities& identities) {
  std::string text;
  for (const IdentityRule& rule : identities.rules()) {
    absl::StrAppend(&text, WithLength(rule.issuer), WithLength(rule.issuer_regexp),
                    WithLength(rule.subject), WithLength(rule.subject_regexp),
                    rule.extensions.size(), ",");
    for (const auto& [name, value] : rule.extensions) {
      absl::StrAppend(&text, WithLength(name), WithLength(value));
    }
  }
  return text;
}

// A certificate's own key, the path to an authority, and what vouches for the time, about.
constexpr size_t kUnitsOfCertificate = 32;

}  // namespace

size_t Signer::Cost() const { return key() != nullptr ? key()->Cost() : kUnitsOfCertificate; }

SignerPtr KeySigner(const crypto::PublicKey& key) { return KeySigner(key, Witnesses{}, nullptr); }

SignerPtr KeySigner(const crypto::PublicKey& key, const Witnesses& witnesses,
                    std::shared_ptr<const TrustedRoot> trust) {
  const std::string text =
      absl::StrCat("key ", key.Fingerprint(), WriteHashes(key), Write(witnesses, trust.get()));
  return std::make_shared<const Signer>(Signer{
      .who = key, .witnesses = witnesses, .trust = std::move(trust), .id = crypto::Sha256(text)});
}

SignerPtr KeylessSigner(Identities identities, const Witnesses& witnesses,
                        std::shared_ptr<const TrustedRoot> trust) {
  const std::string text =
      absl::StrCat("identities ", Write(identities), Write(witnesses, trust.get()));
  return std::make_shared<const Signer>(Signer{.who = std::move(identities),
                                               .witnesses = witnesses,
                                               .trust = std::move(trust),
                                               .id = crypto::Sha256(text)});
}

}  // namespace countersign::cosign
