#ifndef COUNTERSIGN_POLICY_SIGSTORE_READ_LABEL_SELECTOR_H_
#define COUNTERSIGN_POLICY_SIGSTORE_READ_LABEL_SELECTOR_H_

#include <vector>

#include "base/json_place.h"
#include "policy/label_selector.h"
#include "policy/problem.h"

namespace countersign::policy {

// Of a LabelSelector of Kubernetes. Everything that cannot be read is appended to `problems`, and marked
// in what is returned: it compiles to none. Pure.
LabelSelectorSpec ReadLabelSelector(const base::JsonPlace& place, std::vector<Problem>& problems);

}  // namespace countersign::policy

#endif  // COUNTERSIGN_POLICY_SIGSTORE_READ_LABEL_SELECTOR_H_
