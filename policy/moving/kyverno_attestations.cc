#include "policy/moving/kyverno_attestations.h"

#include <string_view>

#include "absl/strings/str_cat.h"
#include "policy/moving/kyverno_conditions.h"

namespace countersign::policy {

using base::FindString;
using base::Json;
using base::JsonPlace;
using base::JsonPointer;

void KyvernoAttestations::Move(const JsonPlace& attestation,
                               absl::Span<const JsonPlace> attestors) {
  const bool is_known = sets_.moved().CannotSayOthers(
      attestation, {"name", "type", "predicateType", "attestors", "conditions"});
  KyvernoStatement statement = {.type = FindString(attestation.json(), "type")};
  if (statement.type.empty()) statement.type = FindString(attestation.json(), "predicateType");
  if (!is_known) return Deny(attestation.pointer(), "more is asked of it than can be said");
  if (statement.type.empty()) return Deny(attestation.pointer(), "has no type");
  if (attestors.empty()) {
    return Deny(attestation.pointer(), "names no attestors: nobody's word is taken");
  }
  if (const std::optional<std::string> unsaid = AddConditions(attestation, statement)) {
    return Deny(*unsaid, "no conditions of PolicyOptions say this");
  }
  if (!statement.conditions.empty() && sets_.moved().target() == Target::kCountersign) {
    sets_.moved().CannotSay(JsonPointer(attestation.pointer(), "conditions"),
                            "one attestation that satisfies them is enough, where Kyverno wants "
                            "each of that type by the attestor to",
                            sets_.moved().WitnessOf(sets_.scope().globs));
  }
  for (const JsonPlace& set : attestors) sets_.Move(set, NextName(), &statement);
}

void KyvernoAttestations::Deny(const std::string& pointer, std::string_view why) {
  sets_.moved().AddDenial(NextName(), sets_.scope(), pointer, why);
}

std::string KyvernoAttestations::NextName() { return absl::StrCat(name_, "-", count_++); }

std::optional<std::string> KyvernoAttestations::AddConditions(const JsonPlace& attestation,
                                                              KyvernoStatement& statement) {
  if (!HasAny(attestation, "conditions")) return std::nullopt;
  const std::vector<JsonPlace> blocks = ObjectsIn(attestation, "conditions");
  if (blocks.empty()) return JsonPointer(attestation.pointer(), "conditions");
  for (const JsonPlace& block : blocks) {
    if (block.json().empty()) return block.pointer();
    for (const auto& member : block.json().items()) {
      const std::string pointer = JsonPointer(block.pointer(), member.key());
      const bool is_any = member.key() == "any";
      if (!is_any && member.key() != "all") return pointer;
      // One of several cannot be asked for.
      if (!member.value().is_array() || (is_any && member.value().size() != 1)) return pointer;
      if (auto unsaid = AddAll(*block.Required(member.key()), statement)) return unsaid;
    }
  }
  return std::nullopt;
}

std::optional<std::string> KyvernoAttestations::AddAll(const JsonPlace& conditions,
                                                       KyvernoStatement& statement) {
  for (const JsonPlace& condition : conditions.Elements().value_or(std::vector<JsonPlace>())) {
    auto said = ConditionsOfKyverno(condition.json(), taken_);
    if (!said.has_value()) return condition.pointer();
    for (Json& one : *said) statement.conditions.push_back(std::move(one));
  }
  return std::nullopt;
}

}  // namespace countersign::policy
