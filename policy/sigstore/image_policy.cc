#include "policy/sigstore/image_policy.h"

#include <cstddef>
#include <string_view>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/json_place.h"
#include "base/printable.h"
#include "policy/sigstore/part_reader.h"
#include "policy/sigstore/public_instance.h"

namespace countersign::policy {
namespace {

using base::JsonPlace;

constexpr std::string_view kGroup = "policy.sigstore.dev/";

GlobEntry ReadGlob(const JsonPlace& place, std::vector<Problem>& problems) {
  GlobEntry entry;
  PartReader reader(place, problems);
  reader.Read("glob", entry.glob);
  entry.broken = reader.Finish();
  return entry;
}

// `spec`, into the policy that it is of.
struct Spec {
  ImagePolicy policy;
  std::optional<Problem> broken;
};

// Adds the members and elements in `json` to `count`, until there are more than are read.
void CountValues(const base::Json& json, size_t& count) {
  if (!json.is_structured()) return;
  count += json.size();
  for (const base::Json& value : json) {
    if (count > kMaxPolicyValues) return;
    CountValues(value, count);
  }
}

Spec ReadSpec(const JsonPlace& place, std::vector<Problem>& problems) {
  Spec spec;
  size_t values = 0;
  CountValues(place.json(), values);
  if (values > kMaxPolicyValues) {
    spec.broken = {place.pointer(), absl::StrCat("has more than ", kMaxPolicyValues,
                                                 " members and elements: write several policies")};
    spec.policy.images.push_back({.broken = spec.broken});
    problems.push_back(*spec.broken);
    return spec;
  }
  PartReader reader(place, problems);
  reader.ReadApart("images", spec.policy.images, ReadGlob);
  reader.ReadApart("authorities", spec.policy.authorities, ReadAuthority, kMaxAuthorities);
  reader.ReadApart("policy", spec.policy.rule, ReadRule);
  reader.Read("mode", spec.policy.mode);
  reader.ReadApart("match", spec.policy.match, ReadMatchEntry);
  spec.broken = reader.Finish();
  // Nobody knows for which images it was meant.
  if (!place.json().is_object()) spec.policy.images.push_back({.broken = spec.broken});
  return spec;
}

// Whether the object is what it should be.
void ReadIdentity(const JsonPlace& object, PartReader& reader) {
  std::string version;
  reader.Read("apiVersion", version);
  std::string kind;
  reader.Read("kind", kind);
  if (!object.json().is_object()) return;
  if (version != absl::StrCat(kGroup, "v1beta1") && version != absl::StrCat(kGroup, "v1alpha1")) {
    reader.Add({"/apiVersion", absl::StrCat("must be ", kGroup, "v1beta1 or ", kGroup,
                                            "v1alpha1, is ", base::Quoted(version))});
  }
  if (kind != "ClusterImagePolicy") {
    reader.Add({"/kind", absl::StrCat("must be ClusterImagePolicy, is ", base::Quoted(kind))});
  }
}

void SetDefaults(ImagePolicy& policy) {
  if (policy.mode.empty()) {
    policy.mode = "enforce";
    policy.has_default_mode = true;
  }
  for (size_t i = 0; i < policy.authorities.size(); ++i) {
    AuthoritySpec& authority = policy.authorities[i];
    if (authority.name.empty()) {
      authority.name = absl::StrCat("authority-", i);
      authority.has_default_name = true;
    }
    if (authority.key.has_value() || authority.fixed.has_value()) continue;
    if (!authority.keyless.has_value()) continue;
    KeylessRef& keyless = *authority.keyless;
    if (keyless.ca_cert.has_value() || keyless.url.has_value()) continue;
    keyless.url = kPublicFulcio;
    keyless.has_default_url = true;
  }
}

}  // namespace

ImagePolicy DecodeImagePolicy(const base::Json& object) {
  const JsonPlace place(object);
  std::vector<Problem> problems;
  PartReader reader(place, problems);
  ReadIdentity(place, reader);
  // Whose other members are the API server's.
  reader.Skip("metadata");
  std::optional<Spec> spec;
  reader.Read("spec", spec, ReadSpec);
  reader.Skip("status");
  ImagePolicy policy;
  if (spec.has_value()) policy = std::move(spec->policy);
  policy.name = base::FindStringIn(object, "metadata", "name");
  policy.broken = reader.Finish();
  if (!object.is_object()) policy.images.push_back({.broken = policy.broken});
  policy.problems = std::move(problems);
  return policy;
}

ImagePolicy ReadImagePolicy(const base::Json& object) {
  ImagePolicy policy = DecodeImagePolicy(object);
  SetDefaults(policy);
  return policy;
}

std::string DecodingRefusal(const ImagePolicy& policy) {
  if (policy.problems.empty()) return "";
  const Problem& first = policy.problems.front();
  return absl::StrCat(
      "decoding request failed: cannot decode incoming new object: ", first.reason,
      first.pointer.empty() ? "" : absl::StrCat(" (", base::Printable(first.pointer), ")"));
}

}  // namespace countersign::policy
