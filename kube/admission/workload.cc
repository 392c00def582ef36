#include "kube/admission/workload.h"

#include <algorithm>
#include <functional>
#include <optional>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "base/json_place.h"
#include "base/json_pointer.h"
#include "base/printable.h"
#include "base/status_macros.h"
#include "kube/core_objects.h"

namespace countersign::kube {
namespace {

using base::Json;
using base::JsonPlace;

// Kubernetes API: core/v1 PodTemplateSpec and the `template` of each kind; batch/v1
// CronJobSpec.jobTemplate.
constexpr std::string_view kTemplate = "/spec/template";
constexpr std::pair<std::string_view, std::string_view> kBuiltInKinds[] = {
    {"v1 Pod", ""},
    {"v1 ReplicationController", kTemplate},
    {"apps/v1 ReplicaSet", kTemplate},
    {"apps/v1 Deployment", kTemplate},
    {"apps/v1 StatefulSet", kTemplate},
    {"apps/v1 DaemonSet", kTemplate},
    {"batch/v1 Job", kTemplate},
    {"batch/v1 CronJob", "/spec/jobTemplate/spec/template"},
    {"batch/v1beta1 CronJob", "/spec/jobTemplate/spec/template"},
};

// How a kind that the operator added is found, in whatever version. No ToString() of a
// GroupVersionKind looks like it: that has a space.
std::string AnyVersionKey(std::string_view kind, std::string_view group) {
  return absl::StrCat(kind, ".", group);
}

absl::Status CheckPointer(std::string_view pointer) {
  if (!absl::StartsWith(pointer, "/")) {
    return absl::InvalidArgumentError("the path must start with /");
  }
  // RFC 6901 section 3: "~" only as "~0" or "~1".
  const std::string rest = absl::StrReplaceAll(pointer, {{"~0", ""}, {"~1", ""}});
  if (absl::StrContains(rest, "~")) {
    return absl::InvalidArgumentError("in the path, ~ must be written ~0 and / in a name ~1");
  }
  return absl::OkStatus();
}

// The object at `pointer`, or nullopt if it or something on the way is absent.
absl::StatusOr<std::optional<JsonPlace>> FindObject(const Json& root, std::string_view pointer) {
  std::optional object = JsonPlace(root);
  for (const std::string& name : base::TokensOf(pointer)) {
    CS_ASSIGN_OR_RETURN(object, object->OptionalObject(name));
    if (!object) break;
  }
  return object;
}

// Says of an image as it is written whether there is none.
using IsNone = std::function<bool(std::string_view)>;

// Appends the use of the image that the string member `member` of `holder` names, if it names one.
absl::Status AppendImage(const JsonPlace& holder, std::string_view member, std::string_view list,
                         std::string container, const IsNone& is_none,
                         std::vector<ImageUse>& images) {
  CS_ASSIGN_OR_RETURN(std::string reference, holder.OptionalString(member));
  if (is_none(reference)) return absl::OkStatus();
  images.push_back({.list = list,
                    .container = std::move(container),
                    .reference = std::move(reference),
                    .pointer = base::JsonPointer(holder.pointer(), member)});
  return absl::OkStatus();
}

absl::Status AppendImages(const JsonPlace& spec, const IsNone& is_none,
                          std::vector<ImageUse>& images) {
  for (const std::string_view list : {kInitContainers, kContainers, kEphemeralContainers}) {
    CS_ASSIGN_OR_RETURN(const std::vector<JsonPlace> containers, spec.OptionalObjects(list));
    for (const JsonPlace& container : containers) {
      CS_ASSIGN_OR_RETURN(std::string name, container.OptionalString("name"));
      CS_RETURN_IF_ERROR(AppendImage(container, "image", list, std::move(name), is_none, images));
    }
  }
  CS_ASSIGN_OR_RETURN(const std::vector<JsonPlace> volumes, spec.OptionalObjects(kVolumes));
  for (const JsonPlace& volume : volumes) {
    CS_ASSIGN_OR_RETURN(std::string name, volume.OptionalString("name"));
    CS_ASSIGN_OR_RETURN(const auto image, volume.OptionalObject("image"));
    if (!image) continue;
    CS_RETURN_IF_ERROR(
        AppendImage(*image, "reference", kVolumes, std::move(name), is_none, images));
  }
  return absl::OkStatus();
}

absl::StatusOr<std::string> ReadServiceAccountName(const JsonPlace& spec) {
  CS_ASSIGN_OR_RETURN(std::string name, spec.OptionalString("serviceAccountName"));
  if (!name.empty()) return name;
  // The name it had before; the API server still reads it (core/v1 PodSpec, deprecated).
  return spec.OptionalString("serviceAccount");
}

}  // namespace

WorkloadKinds::WorkloadKinds() {
  for (const auto& [kind, path] : kBuiltInKinds) paths_.emplace(kind, path);
}

absl::Status WorkloadKinds::Add(std::string_view kind_and_path) {
  const auto refuse = [&](std::string_view why) {
    return absl::InvalidArgumentError(absl::StrCat(
        "\"", base::Printable(kind_and_path), "\" is not KIND.GROUP=/path/to/template: ", why));
  };
  const size_t equals = kind_and_path.find('=');
  if (equals == std::string_view::npos) return refuse("there is no =");
  const std::string_view kind_and_group = kind_and_path.substr(0, equals);
  const std::string_view path = kind_and_path.substr(equals + 1);
  // A kind has no dot, a group may have some.
  const size_t dot = kind_and_group.find('.');
  const std::string_view kind = kind_and_group.substr(0, dot);
  const std::string_view group =
      dot == std::string_view::npos ? "" : kind_and_group.substr(dot + 1);
  if (kind.empty()) return refuse("there is no kind");
  if (dot != std::string_view::npos && group.empty()) return refuse("there is no group");
  if (const absl::Status pointer = CheckPointer(path); !pointer.ok()) {
    return refuse(pointer.message());
  }
  if (!paths_.emplace(AnyVersionKey(kind, group), path).second) {
    return refuse("that kind was named before");
  }
  return absl::OkStatus();
}

const std::string* WorkloadKinds::FindTemplatePath(const GroupVersionKind& kind) const {
  auto found = paths_.find(kind.ToString());
  if (found == paths_.end()) found = paths_.find(AnyVersionKey(kind.kind, kind.group));
  return found == paths_.end() ? nullptr : &found->second;
}

base::JsonParts WorkloadKinds::Parts() const {
  base::JsonParts parts;
  for (const auto& [kind, path] : paths_) {
    base::JsonParts& spec = parts.At(path).At("/spec");
    for (const char* list : {"/initContainers", "/containers", "/ephemeralContainers"}) {
      spec.At(list).Elements().At("/name");
      spec.At(list).Elements().At("/image");
    }
    spec.At("/volumes").Elements().At("/name");
    spec.At("/volumes").Elements().At("/image/reference");
    spec.At("/imagePullSecrets").Elements().At("/name");
    spec.At("/serviceAccountName");
    spec.At("/serviceAccount");
  }
  return parts;
}

absl::StatusOr<Workload> ReadWorkload(const Json& object, std::string_view template_path,
                                      const std::vector<std::string>& placeholders) {
  Workload workload;
  CS_ASSIGN_OR_RETURN(const auto pod, FindObject(object, template_path));
  if (!pod) return workload;
  CS_ASSIGN_OR_RETURN(const auto spec, pod->OptionalObject("spec"));
  if (!spec) return workload;

  const bool is_template = !template_path.empty();
  const auto is_none = [&](std::string_view image) {
    if (!is_template) return image.empty();
    return absl::StripAsciiWhitespace(image).empty() ||
           std::find(placeholders.begin(), placeholders.end(), image) != placeholders.end();
  };
  CS_RETURN_IF_ERROR(AppendImages(*spec, is_none, workload.images));
  CS_ASSIGN_OR_RETURN(workload.image_pull_secrets, ReadPullSecretNames(*spec));
  CS_ASSIGN_OR_RETURN(workload.service_account, ReadServiceAccountName(*spec));
  return workload;
}

}  // namespace countersign::kube
