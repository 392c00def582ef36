#ifndef COUNTERSIGN_KUBE_CLIENT_OBJECT_STORE_H_
#define COUNTERSIGN_KUBE_CLIENT_OBJECT_STORE_H_

#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "base/json.h"

namespace countersign::kube {

// Where an object is in the Kubernetes API ("Kubernetes API Concepts", resource URIs).
struct ObjectPath {
  std::string group;             // "" for the core group
  std::string version;           // "v1"
  std::string object_namespace;  // "" for objects that belong to the cluster
  std::string resource;          // plural and lower case: "secrets"
  std::string name;
  std::string sub_resource = {};  // "status"

  // "/api/v1/namespaces/shop/secrets/regcred". Parts are percent-encoded.
  std::string Url() const;
  // The path that objects are created under: without name and subresource.
  std::string CollectionUrl() const;
  // For people, as kubectl writes it: "secrets shop/regcred".
  std::string Describe() const;
};

// Reads and writes single objects of a cluster, as JSON. Thread-safe. Errors of all calls, which
// never hold a part of an object:
//   NotFound            there is no such object (or no such resource)
//   AlreadyExists       Create: there is one
//   Aborted             Replace: the object was changed since it was read (its
//                       metadata.resourceVersion is not the object's any more); read it again
//   PermissionDenied,   the API server refuses this client
//   Unauthenticated
//   InvalidArgument     the API server refuses the object; the message is the server's own
//   Unavailable, DeadlineExceeded, ResourceExhausted: transient
class ObjectStore {
 public:
  virtual ~ObjectStore() = default;

  virtual absl::StatusOr<base::Json> Get(const ObjectPath& path, absl::Time deadline) = 0;

  // Both return the object as it is stored now. Replace needs `object` to have the
  // metadata.resourceVersion that it was read with.
  virtual absl::StatusOr<base::Json> Create(const ObjectPath& path, const base::Json& object,
                                            absl::Time deadline) = 0;
  virtual absl::StatusOr<base::Json> Replace(const ObjectPath& path, const base::Json& object,
                                             absl::Time deadline) = 0;
};

}  // namespace countersign::kube

#endif  // COUNTERSIGN_KUBE_CLIENT_OBJECT_STORE_H_
