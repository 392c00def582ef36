#include "policy/moving/kyverno_parts.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "base/printable.h"
#include "policy/image_glob.h"

namespace countersign::policy {

using base::Json;
using base::JsonPlace;

void KyvernoObject::CannotSay(std::string_view pointer, std::string_view why) {
  result_.differences.push_back({absl::StrCat(what_, " ", base::Printable(pointer), ": ", why)});
}

void KyvernoObject::CannotSayOthers(const JsonPlace& place,
                                    std::initializer_list<std::string_view> known) {
  if (!place.json().is_object()) return CannotSay(place.pointer(), "is no object: left out");
  for (const auto& member : place.json().items()) {
    if (std::find(known.begin(), known.end(), member.key()) != known.end()) continue;
    CannotSay(base::JsonPointer(place.pointer(), member.key()),
              "has no place in a ClusterImagePolicy: left out");
  }
}

std::optional<std::string> KyvernoObject::Glob(const JsonPlace& pattern) {
  const absl::StatusOr<std::string> read = pattern.String();
  const std::string_view text = read.ok() ? std::string_view(*read) : std::string_view();
  // In the host part a star is not let across the slash, so that the host is what its author meant.
  const size_t slash = std::min(text.find('/'), text.size());
  const std::string_view host = text.substr(0, slash);
  const bool is_any_host = slash == text.size() || host == "*";
  std::string glob = is_any_host ? absl::StrReplaceAll(host, {{"*", "**"}}) : std::string(host);
  absl::StrAppend(&glob, absl::StrReplaceAll(text.substr(slash), {{"*", "**"}}));
  if (!is_any_host && host.find('*') != std::string::npos) {
    CannotSay(pattern.pointer(), "its star in the host no longer stands for a \"/\"");
  }
  if (!text.empty() && ImageGlob::Parse(glob).ok()) return glob;
  CannotSay(pattern.pointer(), "no glob says this pattern: left out");
  return std::nullopt;
}

void KyvernoObject::AddPolicy(const std::string& name, const std::vector<std::string>& globs,
                              Json authorities, bool is_enforced, Json options) {
  if (globs.empty())
    return CannotSay("", absl::StrCat(base::Quoted(name), " would be about no image: left out"));
  if (authorities.empty()) {
    authorities.push_back(
        {{"name", "nobody"},
         {"static", {{"action", "fail"}, {"message", "none of its attestors could be moved"}}}});
  }
  Json images = Json::array();
  for (const std::string& glob : globs) images.push_back({{"glob", glob}});
  Json policy = {{"apiVersion", "policy.sigstore.dev/v1beta1"},
                 {"kind", "ClusterImagePolicy"},
                 {"metadata", {{"name", name}}},
                 {"spec",
                  {{"images", std::move(images)},
                   {"authorities", std::move(authorities)},
                   {"mode", is_enforced ? "enforce" : "warn"}}}};
  const bool has_options = !options.empty();
  if (has_options) {
    policy["metadata"]["annotations"] = {{"policy.countersign.dev/options", "required"}};
  }
  result_.objects.push_back(std::move(policy));
  if (!has_options) return;
  result_.objects.push_back({{"apiVersion", "policy.countersign.dev/v1alpha1"},
                             {"kind", "PolicyOptions"},
                             {"metadata", {{"name", name}}},
                             {"spec", std::move(options)}});
}

std::vector<JsonPlace> ObjectsIn(const JsonPlace& place, std::string_view name) {
  if (!place.json().is_object()) return {};
  return place.OptionalObjects(name).value_or(std::vector<JsonPlace>());
}

std::optional<JsonPlace> ObjectIn(const JsonPlace& place, std::string_view name) {
  if (!place.json().is_object()) return std::nullopt;
  return place.OptionalObject(name).value_or(std::nullopt);
}

namespace {

// An expression for a text with wildcards: the whole of it.
std::string ExpressionOf(std::string_view wildcards) {
  static constexpr std::string_view kMeta = R"(\.+()|[]{}^$)";
  std::string expression = "^";
  for (const char c : wildcards) {
    if (c == '*') {
      expression += ".*";
    } else if (c == '?') {
      expression += '.';
    } else {
      if (kMeta.find(c) != std::string_view::npos) expression += '\\';
      expression += c;
    }
  }
  return expression + "$";
}

}  // namespace

Json KeylessIdentity(const JsonPlace& identity) {
  Json result = Json::object();
  for (const std::string_view name : {"issuer", "subject"}) {
    const std::string with_expression = absl::StrCat(name, "RegExp");
    const std::string text = base::FindString(identity.json(), name);
    const std::string expression = base::FindString(identity.json(), with_expression);
    if (!expression.empty()) {
      result[with_expression] = expression;
    } else if (text.find_first_of("*?") != std::string::npos) {
      result[with_expression] = ExpressionOf(text);
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
