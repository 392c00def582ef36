#ifndef COUNTERSIGN_VERIFIER_POLICIES_POLICY_LIST_H_
#define COUNTERSIGN_VERIFIER_POLICIES_POLICY_LIST_H_

#include <memory>
#include <vector>

#include "kube/object_feed.h"
#include "policy/compiled.h"

namespace countersign::verifier {

// All policy objects of a cluster at one moment, and what was read of them: once, for all who have
// something to do with it.
struct PolicyList {
  std::vector<kube::Object> objects;
  // Of `objects`, in their order; not null.
  std::shared_ptr<const policy::Compiled> compiled;
};

// Reads them.
PolicyList CompileList(std::vector<kube::Object> objects);

}  // namespace countersign::verifier

#endif  // COUNTERSIGN_VERIFIER_POLICIES_POLICY_LIST_H_
