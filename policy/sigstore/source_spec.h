#ifndef COUNTERSIGN_POLICY_SIGSTORE_SOURCE_SPEC_H_
#define COUNTERSIGN_POLICY_SIGSTORE_SOURCE_SPEC_H_

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/json_place.h"
#include "policy/problem.h"
#include "policy/sigstore/field_errors.h"

namespace countersign::policy {

// One of `signaturePullSecrets`, in the workload's namespace.
struct PullSecretSpec {
  std::string name;
  std::optional<Problem> broken;
};

// One of `source` of an authority: where its signatures lie. "" and nullopt: absent.
struct SourceSpec {
  std::string oci;
  std::vector<PullSecretSpec> pull_secrets;  // "signaturePullSecrets"
  std::optional<std::string> tag_prefix;
  std::optional<Problem> broken;
};

SourceSpec ReadSource(const base::JsonPlace& place, std::vector<Problem>& problems);

// Adds what the Policy Controller has against it. Pure.
void ValidateSource(const SourceSpec& source, std::string_view path, FieldErrors& errors);

}  // namespace countersign::policy

#endif  // COUNTERSIGN_POLICY_SIGSTORE_SOURCE_SPEC_H_
