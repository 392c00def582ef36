#ifndef COUNTERSIGN_KUBE_MANIFESTS_OBJECT_LIST_H_
#define COUNTERSIGN_KUBE_MANIFESTS_OBJECT_LIST_H_

#include <vector>

#include "absl/status/statusor.h"
#include "base/json.h"
#include "kube/manifests/source_lines.h"

namespace countersign::kube {

// Whether it is a list of objects as kubectl takes it: a `List` of v1, whatever its items are, or an object
// whose kind ends with List and whose `items` are an array of objects (ClusterImagePolicyList).
bool IsObjectList(const base::Json& json);

// The objects that a list holds, in their order, or what else the document is, alone. An item without a kind or an
// apiVersion has those of the list, as an API server leaves them out in lists of one kind. Lists in a list
// stay what they are: no server takes them. An error of JsonPlace if the items are no array. Pure.
absl::StatusOr<std::vector<Document>> OpenList(Document document);

}  // namespace countersign::kube

#endif  // COUNTERSIGN_KUBE_MANIFESTS_OBJECT_LIST_H_
