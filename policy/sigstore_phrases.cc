#include "policy/sigstore_phrases.h"

#include <variant>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/strip.h"
#include "base/printable.h"
#include "cosign/signer.h"
#include "policy/asked.h"

namespace countersign::policy {
namespace {

constexpr size_t kMaxNameBytes = 253;
constexpr size_t kMaxQuotedBytes = 1024;

}  // namespace

std::string NamePhrase(std::string_view name) { return base::Printable(name, kMaxNameBytes); }

std::string SaidPhrase(std::string_view sentence) {
  return base::Printable(absl::StripSuffix(sentence, "."), kMaxQuotedBytes);
}

bool IsKeyless(const Authority& authority) {
  const auto* const signer = std::get_if<cosign::SignerPtr>(&authority.asks);
  return authority.is_keyless || (signer != nullptr && (*signer)->key() == nullptr);
}

std::string FailedPhrase(const Authority& authority, std::string_view image) {
  return absl::StrCat(AsksForAttestation(&authority) ? "attestation " : "signature ",
                      IsKeyless(authority) ? "keyless" : "key", " validation failed for authority ",
                      NamePhrase(authority.name), " for ", image, ": ");
}

namespace {

// The type as the policy writes it.
std::string_view WrittenType(const Authority& authority, std::string_view type) {
  for (const WantedAttestation& wanted : authority.attestations) {
    if (wanted.predicate_type == type && !wanted.written_type.empty()) return wanted.written_type;
  }
  return type;
}

}  // namespace

std::string NothingHoldsPhrase(const Requirement& requirement, const Authority& authority,
                               size_t items,
                               const std::map<size_t, std::vector<std::string>>& told_apart,
                               const absl::Status& transient) {
  std::vector<std::string> phrases;
  const std::vector<Asked>& asked = requirement.asked;
  for (size_t i = 0; i < asked.size(); ++i) {
    if (asked[i].authority != &authority) continue;
    const auto found = told_apart.find(i);
    if (found == told_apart.end()) continue;
    if (asked[i].predicate_type.has_value()) {
      phrases.push_back(absl::StrCat("no matching attestations with type ",
                                     NamePhrase(WrittenType(authority, *asked[i].predicate_type))));
    }
    phrases.insert(phrases.end(), found->second.begin(), found->second.end());
  }
  if (!transient.ok()) phrases.push_back(SaidPhrase(transient.message()));
  const bool is_attestation = AsksForAttestation(&authority);
  if (items == 0 && !is_attestation) return "no signatures found";
  return absl::StrCat(is_attestation ? "no matching attestations: " : "no matching signatures: ",
                      absl::StrJoin(phrases, "\n "));
}

}  // namespace countersign::policy
