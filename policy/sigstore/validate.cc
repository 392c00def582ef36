#include "policy/sigstore/validate.h"

#include <cstddef>
#include <string_view>

#include "absl/status/status.h"
#include "policy/image_glob.h"
#include "policy/sigstore/authority_spec.h"
#include "policy/sigstore/match_entry.h"
#include "policy/sigstore/program_shares.h"
#include "policy/sigstore/regexp_wording.h"
#include "policy/sigstore/rule_spec.h"

namespace countersign::policy {
namespace {

constexpr std::string_view kSpec = "spec";

void ValidateGlob(const GlobEntry& image, std::string_view path, FieldErrors& errors) {
  if (image.glob.empty()) return errors.AddMissing(path, {"glob"});
  const absl::Status parsed = ImageGlob::Parse(image.glob).status();
  if (parsed.ok()) return;
  errors.AddInvalid(image.glob, FieldPath(path, "glob"), std::string(parsed.message()));
}

}  // namespace

FieldErrors Validate(const ImagePolicy& policy, const ValidationSettings& settings) {
  FieldErrors errors;
  if (policy.images.empty()) errors.AddMissing(kSpec, {"images"});
  for (size_t i = 0; i < policy.images.size(); ++i) {
    ValidateGlob(policy.images[i], FieldPath(kSpec, "images", i), errors);
  }
  if (policy.authorities.empty() && settings.fails_on_empty_authorities) {
    errors.AddMissing(kSpec, {"authorities"});
  }
  RegexpFaults regexps(ProgramShares::kAll);
  for (size_t i = 0; i < policy.authorities.size(); ++i) {
    ValidateAuthority(policy.authorities[i], settings.installation,
                      FieldPath(kSpec, "authorities", i), regexps, errors);
  }
  if (regexps.is_full()) {
    errors.Add({.message = std::string(kNoRoomForExpressions),
                .paths = {FieldPath(kSpec, "authorities")}});
  }
  if (!policy.mode.empty() && policy.mode != "enforce" && policy.mode != "warn") {
    errors.AddInvalid(policy.mode, FieldPath(kSpec, "mode"), "unsupported mode");
  }
  for (size_t i = 0; i < policy.match.size(); ++i) {
    ValidateMatchEntry(policy.match[i], settings.resources, FieldPath(kSpec, "match", i), errors);
  }
  if (policy.rule.has_value()) {
    ValidateRule(*policy.rule, RuleSubject::kWholeResult, FieldPath(kSpec, "policy"), errors);
  }
  return errors;
}

}  // namespace countersign::policy
