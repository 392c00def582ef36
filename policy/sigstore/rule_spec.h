#ifndef COUNTERSIGN_POLICY_SIGSTORE_RULE_SPEC_H_
#define COUNTERSIGN_POLICY_SIGSTORE_RULE_SPEC_H_

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/json_place.h"
#include "policy/problem.h"
#include "policy/sigstore/field_errors.h"

namespace countersign::policy {

// Where a rule's program is to be fetched from, and the hex SHA-256 it must have.
struct RemoteRuleSpec {
  std::optional<std::string> url;
  std::string sha256sum;
  std::optional<Problem> broken;
};

struct ConfigMapRuleSpec {
  std::string name;
  std::string name_space;  // "namespace"
  std::string key;
  std::optional<Problem> broken;
};

// `policy` of an attestation, or of the spec: a program in a language, and what the document is to have
// that it is given. "" and nullopt: absent.
struct RuleSpec {
  std::string type;
  std::string data;
  std::optional<RemoteRuleSpec> remote;
  std::optional<ConfigMapRuleSpec> config_map;  // "configMapRef"
  std::optional<bool> fetches_config_file;      // "fetchConfigFile"
  std::optional<bool> includes_spec;            // "includeSpec"
  std::optional<bool> includes_object_meta;     // "includeObjectMeta"
  std::optional<bool> includes_type_meta;       // "includeTypeMeta"
  std::optional<Problem> broken;
};

RuleSpec ReadRule(const base::JsonPlace& place, std::vector<Problem>& problems);

enum class RuleSubject {
  kAttestation = 0,
  kWholeResult,  // spec.policy, which alone may have the four members above
};

// Adds what the Policy Controller has against it. It does not look into the program. Pure.
void ValidateRule(const RuleSpec& rule, RuleSubject subject, std::string_view path,
                  FieldErrors& errors);

}  // namespace countersign::policy

#endif  // COUNTERSIGN_POLICY_SIGSTORE_RULE_SPEC_H_
