#ifndef COUNTERSIGN_KUBE_METADATA_REVIEW_H_
#define COUNTERSIGN_KUBE_METADATA_REVIEW_H_

#include <vector>

#include "base/json.h"
#include "base/json_place.h"

namespace countersign::kube {

// What is wrong with the `metadata` of an object that somebody wrote (meta/v1 ObjectMeta), in its order.
struct MetadataReview {
  // For which the API server takes no such object: it has no metadata, neither a name nor a
  // generateName (of which the server makes a name) or one that is no DNS-1123 subdomain, a namespace
  // that is no string, or labels or annotations that are no maps of strings. null is for what is not
  // there.
  std::vector<base::JsonFault> refused;
  // Members that ObjectMeta does not have: kubectl refuses them unless it is told to only warn, and
  // nothing stores them.
  std::vector<base::JsonFault> unknown;
};

// Pointers are into the object, and the reasons printable. Pure.
MetadataReview ReviewMetadata(const base::Json& object);

}  // namespace countersign::kube

#endif  // COUNTERSIGN_KUBE_METADATA_REVIEW_H_
