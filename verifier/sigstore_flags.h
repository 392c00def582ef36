#ifndef COUNTERSIGN_VERIFIER_SIGSTORE_FLAGS_H_
#define COUNTERSIGN_VERIFIER_SIGSTORE_FLAGS_H_

#include <string>
#include <vector>

#include "CLI/CLI.hpp"
#include "policy/sigstore/compiled_sigstore.h"

namespace countersign::verifier {

// What the operator decides about policies of policy.sigstore.dev.
struct SigstoreOptions {
  bool is_on = false;
  // Where it is not: in a directory of objects it is as soon as there is any such object.
  bool is_on_if_any = true;
  // Of the ConfigMap `config-policy-controller`, and of Secrets with keys.
  std::string config_namespace = "cosign-system";
  bool is_opt_out = false;
  // Of namespaces that are in, or out; "": what the Policy Controller has.
  std::string namespace_label;
  std::string namespace_value = "true";
  // "URI=FILE" each: public keys of keys in a key management service.
  std::vector<std::string> kms_keys;

  policy::NamespaceRule Namespaces() const;
};

// Adds the flags that fill `options` to `app`, in that group of its help. `options` must outlive the
// parsing.
void AddSigstoreFlags(CLI::App* app, SigstoreOptions* options, const std::string& group);

}  // namespace countersign::verifier

#endif  // COUNTERSIGN_VERIFIER_SIGSTORE_FLAGS_H_
