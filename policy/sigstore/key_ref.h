#ifndef COUNTERSIGN_POLICY_SIGSTORE_KEY_REF_H_
#define COUNTERSIGN_POLICY_SIGSTORE_KEY_REF_H_

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/json_place.h"
#include "policy/problem.h"
#include "policy/sigstore/field_errors.h"

namespace countersign::policy {

// A Secret that a policy names; without a namespace, in that of the installation.
struct SecretRefSpec {
  std::string name;
  std::string name_space;  // "namespace"
  std::optional<Problem> broken;
};

// `key` of an authority, and `ca-cert` of a keyless one: where a public key is. "" and nullopt: absent.
struct KeyRef {
  std::optional<SecretRefSpec> secret;  // "secretRef"
  std::string data;                     // PEM
  std::string kms;
  // As it is written; "" is the default, SHA-256.
  std::string hash_algorithm;
  std::optional<Problem> broken;
};

KeyRef ReadKeyRef(const base::JsonPlace& place, std::vector<Problem>& problems);

// Adds what the Policy Controller has against it. Secrets may be named in `installation`, its namespace,
// alone. A key that Go reads and we cannot use, such as RSA below 2048 bits, is refused as one that is
// none. Pure.
void ValidateKeyRef(const KeyRef& key, std::string_view installation, std::string_view path,
                    FieldErrors& errors);

}  // namespace countersign::policy

#endif  // COUNTERSIGN_POLICY_SIGSTORE_KEY_REF_H_
