#ifndef COUNTERSIGN_KUBE_ADMISSION_WORKLOAD_H_
#define COUNTERSIGN_KUBE_ADMISSION_WORKLOAD_H_

#include <string>
#include <string_view>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/status/statusor.h"
#include "base/json.h"
#include "base/json_parts.h"
#include "kube/admission/admission_review.h"

namespace countersign::kube {

inline constexpr std::string_view kInitContainers = "initContainers";
inline constexpr std::string_view kContainers = "containers";
inline constexpr std::string_view kEphemeralContainers = "ephemeralContainers";
inline constexpr std::string_view kVolumes = "volumes";

// One place in an object that names an image to run or mount.
struct ImageUse {
  // The member of the pod spec that it is in, one of those above.
  std::string_view list;
  // The container's or volume's name; "" if the object has none.
  std::string container;
  // Exactly as written.
  std::string reference;
  // JSON pointer to the string, such as "/spec/template/spec/containers/0/image".
  std::string pointer;
};

// What an object that creates Pods would run, and with whose credentials it would be pulled.
struct Workload {
  // Init containers, containers, ephemeral containers, image volumes; in this order.
  std::vector<ImageUse> images;
  std::vector<std::string> image_pull_secrets;
  std::string service_account;  // "" means "default"
};

// Where the pod specs are in objects of each kind, and what the operator adds:
//
//   v1                         Pod, ReplicationController
//   apps/v1                    ReplicaSet, Deployment, StatefulSet, DaemonSet
//   batch/v1                   Job
//   batch/v1, batch/v1beta1    CronJob
//
// Immutable after setting up.
class WorkloadKinds {
 public:
  WorkloadKinds();

  // Adds a kind by "KIND.GROUP=/path/to/template" (for example
  // "Rollout.argoproj.io=/spec/template"), in every version; the path is a JSON pointer to an
  // object that holds `spec` (a pod template). InvalidArgument says what is wrong.
  absl::Status Add(std::string_view kind_and_path);

  // The JSON pointer to the object that holds `spec`, the pod spec ("" for a Pod); null if the kind
  // is unknown.
  const std::string* FindTemplatePath(const GroupVersionKind& kind) const;

  // What ReadWorkload looks at, of objects of all of these kinds.
  base::JsonParts Parts() const;

 private:
  absl::flat_hash_map<std::string, std::string> paths_;
};

// What an object would run whose pod template is at `template_path`. InvalidArgument, with the JSON
// pointer, if anything on the way to an image or to a name is of the wrong type (a container that is
// no object, an image that is no string): what cannot be read cannot be allowed. A missing template
// or spec yields no images.
//
// A container without an image has none to verify. In a Pod the API server itself refuses it. In a
// template it is legal for some kinds, and filled in before there is a Pod; so are an image of
// nothing but white space and one of the `placeholders`, such as the "auto" of a sidecar that is
// injected later, which count as none there, and in a Pod never.
absl::StatusOr<Workload> ReadWorkload(const base::Json& object, std::string_view template_path,
                                      const std::vector<std::string>& placeholders = {});

}  // namespace countersign::kube

#endif  // COUNTERSIGN_KUBE_ADMISSION_WORKLOAD_H_
