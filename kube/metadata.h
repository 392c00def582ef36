#ifndef COUNTERSIGN_KUBE_METADATA_H_
#define COUNTERSIGN_KUBE_METADATA_H_

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "base/json.h"
#include "base/json_place.h"

namespace countersign::kube {

// The members of an object's `metadata` (meta/v1 ObjectMeta, and ListMeta for a list's version).

// Of whatever `object` is: "", 0 or null for what it does not have, or has of another type.
std::string NameOf(const base::Json& object);
std::string GenerateNameOf(const base::Json& object);
std::string UidOf(const base::Json& object);
std::string ResourceVersionOf(const base::Json& object);
int64_t GenerationOf(const base::Json& object);
const base::Json* FindAnnotations(const base::Json& object);
bool IsBeingDeleted(const base::Json& object);
// Whether somebody of that name wants to clean up before the object goes.
bool HasFinalizer(const base::Json& object, std::string_view name);
// Whether another object made it and looks after it (meta/v1 OwnerReference; of an object's owners
// one at the most is its controller).
bool HasController(const base::Json& object);

// The member `name` of its metadata, whatever it is; null if there is none.
const base::Json* FindInMetadata(const base::Json& object, std::string_view name);

// Of an object that must be as it should: InvalidArgument "/metadata/name: must be given", or what
// else is wrong. Only the namespace, the token by which a list goes on, and the labels may be missing,
// and are "", or none, then.
absl::StatusOr<std::string> ReadName(const base::Json& object);
absl::StatusOr<std::string> ReadNamespace(const base::Json& object);
absl::StatusOr<std::string> ReadResourceVersion(const base::Json& object);
absl::StatusOr<std::map<std::string, std::string>> ReadLabels(const base::Json& object);
absl::StatusOr<std::string> ReadContinue(const base::Json& list);

// What its metadata's map `name` (labels, annotations) holds, whatever the values are; none if there is
// none. They refer to the object, which must outlive them.
absl::StatusOr<std::vector<std::pair<std::string, base::JsonPlace>>> MembersOfMap(
    const base::Json& object, std::string_view name);

}  // namespace countersign::kube

#endif  // COUNTERSIGN_KUBE_METADATA_H_
