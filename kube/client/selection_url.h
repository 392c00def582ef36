#ifndef COUNTERSIGN_KUBE_CLIENT_SELECTION_URL_H_
#define COUNTERSIGN_KUBE_CLIENT_SELECTION_URL_H_

#include <cstdint>
#include <string>
#include <string_view>

#include "kube/object_selection.h"

namespace countersign::kube {

// What the API server is asked for to list and to watch a selection that CheckSelection accepts:
// path and query ("Kubernetes API Concepts", resource URIs). One object of a name is selected as a
// field, which is what RBAC's resourceNames hold for.

// A response with `limit` objects of the list, or fewer: the first ones or, if `next` is not "",
// those after it.
std::string ListUrl(const ObjectSelection& selection, int limit, std::string_view next);

// The events after `resource_version`, bookmarks among them, for that many seconds.
std::string WatchUrl(const ObjectSelection& selection, std::string_view resource_version,
                     int64_t timeout_seconds);

}  // namespace countersign::kube

#endif  // COUNTERSIGN_KUBE_CLIENT_SELECTION_URL_H_
