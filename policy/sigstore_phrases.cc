#include "policy/sigstore_phrases.h"

#include <iterator>
#include <variant>

#include "absl/algorithm/container.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/strip.h"
#include "base/printable.h"
#include "cosign/signer.h"
#include "policy/asked.h"
#include "policy/go_quote.h"

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

// Of what the authority asks for, that of which there is nothing.
struct Lacking {
  const Asked* asked;
  const ToldApart* told;
};

std::vector<Lacking> LackingOf(const Requirement& requirement, const Authority& authority,
                               const std::map<size_t, ToldApart>& told_apart) {
  std::vector<Lacking> lacking;
  for (const auto& [i, told] : told_apart) {
    const Asked& asked = requirement.asked[i];
    if (asked.authority == &authority) lacking.push_back({&asked, &told});
  }
  return lacking;
}

std::string NoneOfTypePhrase(const Authority& authority, const Lacking& lacking) {
  return absl::StrCat("no matching attestations with type ",
                      NamePhrase(WrittenType(authority, *lacking.asked->predicate_type)));
}

// What the Policy Controller says of an authority that made attestations, and none of the type; empty:
// something else may be the reason.
std::string OtherTypesPhrase(const Authority& authority, const std::vector<Lacking>& lacking) {
  const bool are_others = !lacking.empty() && absl::c_all_of(lacking, [](const Lacking& one) {
    return one.asked->predicate_type.has_value() && !one.told->other_types.empty();
  });
  if (!are_others) return "";
  return absl::StrCat(NoneOfTypePhrase(authority, lacking.front()),
                      ", checked the following predicateTypes: ",
                      GoQuoted(absl::StrJoin(lacking.front().told->other_types, ",")));
}

}  // namespace

std::string NothingHoldsPhrase(const Requirement& requirement, const Authority& authority,
                               std::string_view image, const NothingHolds& found) {
  const std::vector<Lacking> lacking = LackingOf(requirement, authority, found.told_apart);
  const std::string failed = FailedPhrase(authority, image);
  const std::string theirs =
      found.transient.ok() ? OtherTypesPhrase(authority, lacking) : std::string();
  std::vector<std::string> phrases;
  for (const Lacking& one : lacking) {
    absl::c_copy(one.told->failures, std::back_inserter(phrases));
    if (theirs.empty() && one.asked->predicate_type.has_value())
      phrases.push_back(NoneOfTypePhrase(authority, one));
  }
  if (!theirs.empty()) {
    return absl::StrCat(theirs, " (", failed, absl::StrJoin(phrases, "; "),
                        "; by whom was not looked at)");
  }
  if (!found.transient.ok()) phrases.push_back(SaidPhrase(found.transient.message()));
  const bool is_attestation = AsksForAttestation(&authority);
  if (found.items == 0 && !is_attestation) return absl::StrCat(failed, "no signatures found");
  return absl::StrCat(failed,
                      is_attestation ? "no matching attestations: " : "no matching signatures: ",
                      absl::StrJoin(phrases, "\n "));
}

}  // namespace countersign::policy
