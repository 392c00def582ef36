#ifndef COUNTERSIGN_VERIFIER_POLICIES_SIGSTORE_COMPILER_H_
#define COUNTERSIGN_VERIFIER_POLICIES_SIGSTORE_COMPILER_H_

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "cosign/trusted_root.h"
#include "policy/policies.h"
#include "policy/problem.h"
#include "policy/sigstore/compiled_sigstore.h"
#include "verifier/policies/kms_keys.h"
#include "verifier/policies/secret_keys.h"
#include "verifier/policies/sigstore_lists.h"

namespace countersign::verifier {

// A TrustRoot by its name.
struct NamedTrustRoot {
  // The last good one, or why there is none.
  absl::StatusOr<std::shared_ptr<const cosign::TrustedRoot>> root;
  // Why the object, as it is now, is none; OK: it is.
  absl::Status problem;
};

// What the objects name that is not in them.
struct SigstoreSurroundings {
  SecretKeys::Keys secret_keys;
  KmsKeys::ByUri kms_keys;
  std::map<std::string, NamedTrustRoot, std::less<>> trust_roots;
  std::shared_ptr<const cosign::TrustedRoot> default_root;  // null: nobody is trusted
  policy::NamespaceRule namespaces;
};

// What comes of all of that.
struct CompiledLists {
  policy::PoliciesPtr in_force;  // not null
  // In the orders of the lists. What they say is about the Secrets as they are, though a key that one
  // of them had before is still in force: so it is the same in every process.
  std::vector<policy::CompiledSigstoreObject> image_policies;
  std::vector<policy::CompiledSigstoreObject> options;
  std::vector<policy::Problem> settings_problems;
  // In which the ConfigMap is whose settings hold; null: there was none.
  ObjectList settings;
};

// Compiles what was read. Settings that are refused leave those in force that were good last. For one
// thread.
class SigstoreCompiler {
 public:
  using Compile = std::function<policy::CompiledSigstore(const policy::SigstoreInputs&)>;

  explicit SigstoreCompiler(Compile compile = &policy::CompileSigstore)
      : compile_(std::move(compile)) {}

  // None of the lists is null.
  CompiledLists Apply(const SigstoreObjects& objects, const SigstoreSurroundings& surroundings);

 private:
  const Compile compile_;
  ObjectList good_settings_;  // null: there were none
};

}  // namespace countersign::verifier

#endif  // COUNTERSIGN_VERIFIER_POLICIES_SIGSTORE_COMPILER_H_
