#ifndef COUNTERSIGN_KUBE_MANIFESTS_OBJECT_LIST_H_
#define COUNTERSIGN_KUBE_MANIFESTS_OBJECT_LIST_H_

#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "kube/manifests/source_lines.h"

namespace countersign::kube {

// The objects in a document of `file`: if it is a list as kubectl takes it, what that holds, in its
// order, else the document alone. A list is a `List` of v1, whatever its items are, or an object whose
// kind ends with List and whose `items` are an array of objects (ClusterImagePolicyList). An item
// without a kind or an apiVersion has those of the list, as an API server leaves them out in lists of
// one kind.
//
// Errors are those of SourceError (source_fault.h): the items are no array, or one of them is no object,
// or a list, which no server takes. Pure.
absl::StatusOr<std::vector<Document>> OpenList(std::string_view file, Document document);

}  // namespace countersign::kube

#endif  // COUNTERSIGN_KUBE_MANIFESTS_OBJECT_LIST_H_
