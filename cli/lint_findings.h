#ifndef COUNTERSIGN_CLI_LINT_FINDINGS_H_
#define COUNTERSIGN_CLI_LINT_FINDINGS_H_

#include <cstddef>
#include <string>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/types/span.h"
#include "base/json.h"
#include "policy/sigstore/review_object.h"

namespace countersign::cli {

// A file of Kubernetes objects.
struct ManifestText {
  std::string name;  // as it is told
  std::string text;
};

// Something about a policy, or about a file that cannot be read.
struct LintFinding {
  std::string file;
  int line = 0;         // 0: it is in `reason`, or not known
  std::string object;   // "ClusterImagePolicy shop"; printable; "": none
  std::string pointer;  // into the object; "": all of it
  // Whether the object would be refused, rather than only warned about.
  bool refuses = true;
  std::string reason;  // with the remedy; printable
};

struct LintResult {
  size_t objects = 0;  // that were looked at
  size_t refused = 0;  // of them, would be; a finding that refuses may be of none of them
  // In the order of the files, and in each of the lines.
  std::vector<LintFinding> findings;
};

// Who reviews what is not the Sign policy's: policy::ReviewSigstoreObject, but in tests. `all` is every
// object that is looked at.
using ReviewFunction = absl::FunctionRef<policy::ReviewedObject(
    const base::Json& object, absl::Span<const base::Json* const> all)>;

// Looks at every object that the webhook judges before it is stored (proto/policy_kind.h), in YAML or JSON
// (kube/manifests/documents.h), those in lists included, for what it says there, and at all together for names that are
// there twice and what policies of policy.sigstore.dev say together (policy/sigstore/policy_overlap.h). What else
// the files hold is passed over, but for what nearly is such an object (kube/near_kind.h). Pure.
LintResult LintManifests(const std::vector<ManifestText>& files, ReviewFunction review);

}  // namespace countersign::cli

#endif  // COUNTERSIGN_CLI_LINT_FINDINGS_H_
