#ifndef COUNTERSIGN_KUBE_NEAR_KIND_H_
#define COUNTERSIGN_KUBE_NEAR_KIND_H_

#include <optional>
#include <string>
#include <vector>

#include "base/json.h"
#include "base/json_place.h"

namespace countersign::kube {

// A kind of objects that somebody reads.
struct KnownKind {
  std::string group;    // "": the core group
  std::string version;  // that may be written
  std::string kind;
  // What the group was called before; "": nothing else.
  std::string former_group = {};
  // Members of `spec` that tell what an object is which has neither kind nor group.
  std::vector<std::string> spec_members = {};
};

// Says of an object that is none of `known` but was most likely meant to be one, and is passed over by
// whoever reads those, what to write: the kind in another case, in the plural or with a slip of up to
// three letters; the group likewise, another one of `known`, the former one, or left out; either left out.
// Of an object that has neither, a member of its spec says it. Of the core group's kinds only the case is
// looked at. Other groups have kinds of the same name (OpenShift has a ClusterImagePolicy), which are not
// meant.
//
// The pointer is /kind or /apiVersion; the reason is printable. Pure.
std::optional<base::JsonFault> FindNearKind(const base::Json& object,
                                            const std::vector<KnownKind>& known);

}  // namespace countersign::kube

#endif  // COUNTERSIGN_KUBE_NEAR_KIND_H_
