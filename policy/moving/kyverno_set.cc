#include "policy/moving/kyverno_set.h"

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string_view>

#include "absl/strings/str_cat.h"

namespace countersign::policy {
namespace {

using base::FindMember;
using base::Json;
using base::JsonPlace;

constexpr std::string_view kAttestation = "attestation";

// How many of the attestors must hold; 0: that cannot be read.
size_t RequiredOf(const JsonPlace& set, size_t attestors) {
  const Json* count = FindMember(set.json(), "count");
  if (count == nullptr || count->is_null()) return attestors;
  const int64_t wanted = set.OptionalInteger("count").value_or(-1);
  if (wanted == 0) return attestors;
  return wanted < 0 ? 0 : static_cast<size_t>(wanted);
}

}  // namespace

void KyvernoSets::Move(const JsonPlace& set, const std::string& name,
                       const KyvernoStatement* statement) {
  const bool is_known = moved_.CannotSayOthers(set, {"entries", "count"});
  KyvernoDefaults defaults = defaults_;
  defaults.takes_first_key = statement != nullptr;
  size_t attestors = 0;
  std::vector<KyvernoAttestor> said;
  for (const JsonPlace& entry : ObjectsIn(set, "entries")) {
    for (MaybeAttestor& attestor : AttestorsOf(entry, defaults, moved_)) {
      ++attestors;
      if (attestor.has_value()) said.push_back(*std::move(attestor));
    }
  }
  const size_t required = RequiredOf(set, attestors);
  if (!is_known || required == 0 || said.size() < required) {
    return moved_.AddDenial(
        name, scope_, set.pointer(),
        absl::StrCat(said.size(), " of its ", attestors, " attestors can be said, and ",
                     required == 0 ? "some" : absl::StrCat(required), " must hold"));
  }
  const bool are_alike = std::all_of(said.begin(), said.end(), [&said](const auto& attestor) {
    return attestor.annotations == said.front().annotations;
  });
  const bool has_thresholds = moved_.target() == Target::kCountersign;
  if (are_alike && (has_thresholds || required == 1)) {
    return Add(name, said, required, statement);
  }
  if (required < said.size()) {
    moved_.CannotSay(set.pointer(),
                     absl::StrCat("all of its ", said.size(),
                                  " entries must hold, of which Kyverno wants ", required));
  }
  for (size_t i = 0; i < said.size(); ++i) {
    Add(i == 0 ? name : absl::StrCat(name, "-entry-", i), {said[i]}, 1, statement);
  }
}

void KyvernoSets::Add(const std::string& name, const std::vector<KyvernoAttestor>& attestors,
                      size_t threshold, const KyvernoStatement* statement) {
  Json authorities = Json::array();
  Json options = Json::object();
  for (const KyvernoAttestor& attestor : attestors) {
    Json authority = attestor.authority;
    const std::string own = absl::StrCat("authority-", authorities.size());
    authority["name"] = own;
    if (statement != nullptr) {
      authority["attestations"] = std::vector<Json>{
          {{"name", std::string(kAttestation)}, {"predicateType", statement->type}}};
    }
    authorities.push_back(std::move(authority));
    if (attestor.extensions.empty()) continue;
    Json identity = attestor.extensions;
    identity["authority"] = own;
    options["identities"].push_back(std::move(identity));
  }
  if (threshold > 1) options["threshold"] = threshold;
  if (!attestors.empty() && !attestors.front().annotations.empty()) {
    options["annotations"] = attestors.front().annotations;
  }
  if (statement != nullptr) {
    for (Json condition : statement->conditions) {
      condition["attestation"] = std::string(kAttestation);
      options["conditions"].push_back(std::move(condition));
    }
  }
  moved_.AddPolicy(name, scope_, std::move(authorities), std::move(options));
}

}  // namespace countersign::policy
