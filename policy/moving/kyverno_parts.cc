#include "policy/moving/kyverno_parts.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "base/printable.h"
#include "policy/moving/glob_algebra.h"
#include "policy/moving/kyverno_conditions.h"
#include "policy/moving/kyverno_globs.h"
#include "policy/moving/name_grammar.h"
#include "policy/moving/sigstore_objects.h"
#include "policy/problem.h"
#include "policy/sigstore/review_object.h"
#include "policy/sigstore/review_settings.h"

namespace countersign::policy {

using base::Json;
using base::JsonPlace;

namespace {

constexpr size_t kMaxReasonBytes = 300;

Json PolicyObject(const std::string& name, const KyvernoScope& scope, Json authorities) {
  return ClusterImagePolicyObject(name, scope.globs, std::move(authorities),
                                  scope.is_enforced ? "enforce" : "warn");
}

// Why it is refused when it is applied; "": it is not. What is elsewhere is taken to be there.
std::string Refusal(const Json& object) {
  const ReviewSettings settings = {.check = {.has_every_kms_key = true}};
  const std::vector<Problem> problems = ReviewSigstoreObject(object, settings).problems;
  if (problems.empty()) return "";
  return base::Printable(absl::StrCat(problems[0].pointer, ": ", problems[0].reason),
                         kMaxReasonBytes);
}

}  // namespace

void KyvernoObject::CannotSay(std::string_view pointer, std::string_view why, std::string witness) {
  run_.result.differences.push_back(
      {absl::StrCat(what_, " ", base::Printable(pointer), ": ", why), std::move(witness)});
}

bool KyvernoObject::CannotSayOthers(const JsonPlace& place,
                                    absl::Span<const std::string_view> known) {
  if (!place.json().is_object()) {
    CannotSay(place.pointer(), "is no object: left out");
    return false;
  }
  bool has_others = false;
  for (const auto& member : place.json().items()) {
    if (std::find(known.begin(), known.end(), member.key()) != known.end()) continue;
    CannotSay(base::JsonPointer(place.pointer(), member.key()),
              "has no place in a ClusterImagePolicy: left out");
    has_others = true;
  }
  return !has_others;
}

std::vector<std::string> KyvernoObject::Globs(const JsonPlace& pattern) {
  const absl::StatusOr<std::string> text = pattern.String();
  KyvernoGlobs made = GlobsOfKyverno(text.ok() ? *text : "", run_.target);
  if (!made.wider.empty()) {
    CannotSay(pattern.pointer(), absl::StrCat(base::Quoted(made.globs.front()), " ", made.wider));
  }
  return std::move(made.globs);
}

std::string KyvernoObject::WitnessOf(const std::vector<std::string>& globs) {
  const auto kind = run_.target == Target::kCountersign ? NameGrammar::Kind::kFull
                                                        : NameGrammar::Kind::kCanonical;
  const auto name = FindNameInBoth(kind, globs, globs, run_.steps);
  return name.ok() ? name->value_or("") : "";
}

void KyvernoObject::AddPolicy(const std::string& name, const KyvernoScope& scope, Json authorities,
                              Json options) {
  if (authorities.empty()) {
    return AddDenial(name, scope, "", "none of its attestors can be said");
  }
  if (run_.target == Target::kPolicyController && !options.empty()) {
    std::string words;
    for (const auto& member : options.items()) {
      absl::StrAppend(&words, words.empty() ? "" : ", ", member.key());
    }
    return AddDenial(name, scope, "", absl::StrCat("the Policy Controller has no ", words));
  }
  Add(name, scope, std::move(authorities), std::move(options));
}

void KyvernoObject::AddDenial(const std::string& name, const KyvernoScope& scope,
                              std::string_view pointer, std::string_view why) {
  Json authorities = Denial(scope, pointer, why);
  Add(name, scope, std::move(authorities), Json::object());
}

Json KyvernoObject::Denial(const KyvernoScope& scope, std::string_view pointer,
                           std::string_view why) {
  CannotSay(pointer,
            absl::StrCat(why, ": its images ", scope.is_enforced ? "are denied" : "are warned of"));
  const std::string message = base::Printable(
      absl::StrCat("not moved from Kyverno's ", what_, " ", pointer, ": ", why), kMaxReasonBytes);
  return std::vector<Json>{
      {{"name", "nobody"}, {"static", {{"action", "fail"}, {"message", message}}}}};
}

void KyvernoObject::Add(const std::string& name, const KyvernoScope& scope, Json authorities,
                        Json options) {
  if (scope.globs.empty()) {
    return CannotSay("", absl::StrCat(base::Quoted(name), " would be about no image: left out"));
  }
  const std::string unique = run_.names.Take(name);
  std::vector<Json> made = {PolicyObject(unique, scope, std::move(authorities))};
  if (!options.empty()) {
    made[0]["metadata"]["annotations"] = {{"policy.countersign.dev/options", "required"}};
    made.push_back(PolicyOptionsObject(unique, std::move(options)));
  }
  for (const Json& object : made) {
    const std::string refusal = Refusal(object);
    if (refusal.empty()) continue;
    const std::string why = absl::StrCat("a ", base::FindString(object, "kind"),
                                         " that says it is refused (", refusal, ")");
    made = {PolicyObject(unique, scope, Denial(scope, "", why))};
    break;
  }
  for (Json& object : made) run_.result.objects.push_back(std::move(object));
}

std::vector<JsonPlace> ObjectsIn(const JsonPlace& place, std::string_view name) {
  if (!place.json().is_object()) return {};
  return place.OptionalObjects(name).value_or(std::vector<JsonPlace>());
}

std::optional<JsonPlace> ObjectIn(const JsonPlace& place, std::string_view name) {
  if (!place.json().is_object()) return std::nullopt;
  return place.OptionalObject(name).value_or(std::nullopt);
}

bool HasAny(const JsonPlace& place, std::string_view name) {
  const Json* member = base::FindMember(place.json(), name);
  return member != nullptr && !member->is_null() && *member != "" &&
         (member->is_primitive() || !member->empty());
}

Json KeylessIdentity(const JsonPlace& identity) {
  Json result = Json::object();
  for (const std::string_view name : {"issuer", "subject"}) {
    const std::string with_expression = absl::StrCat(name, "RegExp");
    const std::string text = base::FindString(identity.json(), name);
    const std::string expression = base::FindString(identity.json(), with_expression);
    if (!expression.empty() && !text.empty()) return nullptr;
    if (!expression.empty()) {
      result[with_expression] = expression;
    } else if (text.find_first_of("*?") != std::string::npos) {
      result[with_expression] = WildcardExpression(text);
    } else if (!text.empty()) {
      result[std::string(name)] = text;
    } else {
      // Whoever is not named may be anybody.
      result[with_expression] = ".*";
    }
  }
  return result;
}

Json KeyReference(std::string_view text) {
  constexpr std::string_view kSecret = "k8s://";
  if (text.starts_with(kSecret)) {
    return {{"secretRef", {{"name", std::string(text.substr(text.rfind('/') + 1))}}}};
  }
  for (const std::string_view scheme : {"awskms://", "azurekms://", "hashivault://", "gcpkms://"}) {
    if (text.starts_with(scheme)) return {{"kms", std::string(text)}};
  }
  return nullptr;
}

}  // namespace countersign::policy
