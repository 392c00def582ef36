#ifndef COUNTERSIGN_CLI_LINT_FINDINGS_H_
#define COUNTERSIGN_CLI_LINT_FINDINGS_H_

#include <cstddef>
#include <functional>
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

// Reviews what is not the Sign policy's: policy::ReviewSigstoreObject, but in tests.
using ReviewFunction = std::function<policy::ReviewedObject(const base::Json& object)>;
// Makes it of all objects that are looked at, which outlive it.
using ReviewMaker = absl::FunctionRef<ReviewFunction(absl::Span<const base::Json* const> all)>;

// Looks at every object that the webhook judges before it is stored (proto/policy_kind.h), in YAML or
// JSON (kube/manifests/documents.h), those in lists included, for what it says there, and at all together
// for names that are there twice and what policies of policy.sigstore.dev say together
// (policy/sigstore/policy_overlap.h). What else the files hold is passed over, but for what nearly is such
// an object (kube/near_kind.h). `make_review` is called once. Pure.
LintResult LintManifests(const std::vector<ManifestText>& files, ReviewMaker make_review);

}  // namespace countersign::cli

#endif  // COUNTERSIGN_CLI_LINT_FINDINGS_H_
