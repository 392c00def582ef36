#include "kube/admission/workload.h"

#include <algorithm>
#include <functional>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "base/printable.h"
#include "base/status_macros.h"

namespace countersign::kube {
namespace {

using base::Json;

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

// The object at `pointer`, or null if it or something on the way is absent.
absl::StatusOr<const Json*> FindObject(const Json& root, std::string_view pointer) {
  const Json* object = &root;
  std::string path;
  if (pointer.empty()) return object;
  for (const std::string_view token : absl::StrSplit(pointer.substr(1), '/')) {
    const std::string name = absl::StrReplaceAll(token, {{"~1", "/"}, {"~0", "~"}});
    CS_ASSIGN_OR_RETURN(object, base::ObjectMember(*object, name, path));
    if (object == nullptr) return object;
    path = base::JsonPointer(path, name);
  }
  return object;
}

// Calls `visit(element, path)` for each element of the array `name`, all of which must be objects.
template <typename Visit>
absl::Status ForEachObject(const Json& parent, std::string_view name, std::string_view path,
                           Visit visit) {
  CS_ASSIGN_OR_RETURN(const Json* array, base::ArrayMember(parent, name, path));
  if (array == nullptr) return absl::OkStatus();
  const std::string array_path = base::JsonPointer(path, name);
  for (size_t i = 0; i < array->size(); ++i) {
    const std::string element_path = base::JsonPointer(array_path, i);
    const Json& element = (*array)[i];
    if (!element.is_object()) {
      return absl::InvalidArgumentError(absl::StrCat(element_path, ": must be an object"));
    }
    CS_RETURN_IF_ERROR(visit(element, element_path));
  }
  return absl::OkStatus();
}

// Says of an image as it is written whether there is none.
using IsNone = std::function<bool(std::string_view)>;

// Appends the use of the image that the string member `member` of `holder` names, if it names one.
absl::Status AppendImage(const Json& holder, std::string_view member, std::string_view path,
                         std::string_view list, std::string container, const IsNone& is_none,
                         std::vector<ImageUse>& images) {
  CS_ASSIGN_OR_RETURN(std::string reference, base::StringMember(holder, member, path));
  if (is_none(reference)) return absl::OkStatus();
  images.push_back({.list = list,
                    .container = std::move(container),
                    .reference = std::move(reference),
                    .pointer = base::JsonPointer(path, member)});
  return absl::OkStatus();
}

absl::Status AppendImages(const Json& spec, std::string_view path, const IsNone& is_none,
                          std::vector<ImageUse>& images) {
  for (const std::string_view list : {kInitContainers, kContainers, kEphemeralContainers}) {
    CS_RETURN_IF_ERROR(ForEachObject(
        spec, list, path, [&](const Json& container, const std::string& at) -> absl::Status {
          CS_ASSIGN_OR_RETURN(std::string name, base::StringMember(container, "name", at));
          return AppendImage(container, "image", at, list, std::move(name), is_none, images);
        }));
  }
  return ForEachObject(
      spec, kVolumes, path, [&](const Json& volume, const std::string& at) -> absl::Status {
        CS_ASSIGN_OR_RETURN(std::string name, base::StringMember(volume, "name", at));
        CS_ASSIGN_OR_RETURN(const Json* image, base::ObjectMember(volume, "image", at));
        if (image == nullptr) return absl::OkStatus();
        return AppendImage(*image, "reference", base::JsonPointer(at, "image"), kVolumes,
                           std::move(name), is_none, images);
      });
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

absl::StatusOr<Workload> FindImages(const Json& object, std::string_view template_path,
                                    const std::vector<std::string>& placeholders) {
  Workload workload;
  CS_ASSIGN_OR_RETURN(const Json* pod, FindObject(object, template_path));
  if (pod == nullptr) return workload;
  CS_ASSIGN_OR_RETURN(const Json* spec, base::ObjectMember(*pod, "spec", template_path));
  if (spec == nullptr) return workload;

  const std::string path = base::JsonPointer(template_path, "spec");
  const bool is_template = !template_path.empty();
  const auto is_none = [&](std::string_view image) {
    if (!is_template) return image.empty();
    return absl::StripAsciiWhitespace(image).empty() ||
           std::find(placeholders.begin(), placeholders.end(), image) != placeholders.end();
  };
  CS_RETURN_IF_ERROR(AppendImages(*spec, path, is_none, workload.images));
  CS_RETURN_IF_ERROR(ForEachObject(*spec, "imagePullSecrets", path,
                                   [&](const Json& secret, const std::string& at) -> absl::Status {
                                     CS_ASSIGN_OR_RETURN(std::string name,
                                                         base::StringMember(secret, "name", at));
                                     if (!name.empty())
                                       workload.image_pull_secrets.push_back(std::move(name));
                                     return absl::OkStatus();
                                   }));
  CS_ASSIGN_OR_RETURN(workload.service_account,
                      base::StringMember(*spec, "serviceAccountName", path));
  if (workload.service_account.empty()) {
    // The name it had before; the API server still reads it (core/v1 PodSpec, deprecated).
    CS_ASSIGN_OR_RETURN(workload.service_account,
                        base::StringMember(*spec, "serviceAccount", path));
  }
  return workload;
}

}  // namespace countersign::kube
