#include "kube/manifests/cluster_objects.h"

#include <memory>
#include <string_view>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/printable.h"
#include "base/status_macros.h"
#include "kube/core_objects.h"

namespace countersign::kube {
namespace {

using base::Json;

constexpr std::string_view kPolicyGroup = "signing.apps.tanzu.vmware.com/";

std::string Locate(const std::string& file, const SourceLines& lines, std::string_view pointer) {
  return absl::StrCat(file, ":", FindLines(lines, pointer).line);
}

// "namespace/name", or only the name of what no namespace holds.
absl::StatusOr<std::string> ReadName(const Json& object, bool namespaced) {
  CS_ASSIGN_OR_RETURN(const Json* metadata, base::ObjectMember(object, "metadata", ""));
  if (metadata == nullptr) return absl::InvalidArgumentError("/metadata: must be given");
  CS_ASSIGN_OR_RETURN(const std::string name, base::StringMember(*metadata, "name", "/metadata"));
  if (name.empty()) return absl::InvalidArgumentError("/metadata/name: must be given");
  if (!namespaced) return name;
  CS_ASSIGN_OR_RETURN(const std::string name_space,
                      base::StringMember(*metadata, "namespace", "/metadata"));
  return absl::StrCat(name_space.empty() ? "default" : name_space, "/", name);
}

absl::Status Define(const std::string& what, const std::string& where, ClusterObjects& objects) {
  const auto [defined, first] = objects.definitions.emplace(what, where);
  if (first) return absl::OkStatus();
  return absl::InvalidArgumentError(
      absl::StrCat(base::Printable(what), " is defined already, in ", defined->second));
}

// Adds what `read` makes of the object to `kind_objects`, whatever that is.
template <typename T>
absl::Status AddNamespaced(std::string_view kind, const Json& object, const std::string& where,
                           absl::StatusOr<T> (*read)(const Json&),
                           std::map<std::string, absl::StatusOr<T>, std::less<>>& kind_objects,
                           ClusterObjects& objects) {
  CS_ASSIGN_OR_RETURN(const std::string name, ReadName(object, /*namespaced=*/true));
  const std::string what = absl::StrCat(kind, " ", name);
  CS_RETURN_IF_ERROR(Define(what, where, objects));
  absl::StatusOr<T> value = read(object);
  if (!value.ok()) {
    value = base::Annotate(absl::StrCat(where, ": ", base::Printable(what)), value.status());
  }
  kind_objects.emplace(name, std::move(value));
  return absl::OkStatus();
}

absl::Status AddPolicy(const std::string& file, Document document, ClusterObjects& objects) {
  CS_ASSIGN_OR_RETURN(const std::string name, ReadName(document.json, /*namespaced=*/false));
  CS_RETURN_IF_ERROR(
      Define(absl::StrCat("ClusterImagePolicy ", name), Locate(file, document.lines, ""), objects));
  objects.policies.push_back({file, std::move(document.json), std::move(document.lines)});
  return absl::OkStatus();
}

absl::Status AddObject(const std::string& file, Document document, ClusterObjects& objects) {
  const Json& json = document.json;
  if (!json.is_object()) return absl::InvalidArgumentError("not a Kubernetes object");
  CS_ASSIGN_OR_RETURN(const std::string api_version, base::StringMember(json, "apiVersion", ""));
  CS_ASSIGN_OR_RETURN(const std::string kind, base::StringMember(json, "kind", ""));
  if (api_version.empty() || kind.empty()) {
    return absl::InvalidArgumentError("not a Kubernetes object: it has no apiVersion or no kind");
  }
  const std::string where = Locate(file, document.lines, "");
  if (kind == "Secret" && api_version == "v1") {
    return AddNamespaced(kind, json, where, ReadSecret, objects.secrets, objects);
  }
  if (kind == "ServiceAccount" && api_version == "v1") {
    return AddNamespaced(kind, json, where, ReadServiceAccount, objects.service_accounts, objects);
  }
  if (kind == "ClusterImagePolicy" && api_version.starts_with(kPolicyGroup)) {
    return AddPolicy(file, std::move(document), objects);
  }
  if (kind == "List" && api_version == "v1") {
    return absl::InvalidArgumentError("a List in a List");
  }
  return absl::OkStatus();
}

absl::Status AddLocated(const std::string& file, Document document, ClusterObjects& objects) {
  const std::string where = Locate(file, document.lines, "");
  return base::Annotate(where, AddObject(file, std::move(document), objects));
}

bool IsList(const Json& json) {
  const Json* kind = base::FindMember(json, "kind");
  const Json* api_version = base::FindMember(json, "apiVersion");
  return kind != nullptr && *kind == "List" && api_version != nullptr && *api_version == "v1";
}

}  // namespace

absl::Status AddDocument(const std::string& file, Document document, ClusterObjects& objects) {
  if (!IsList(document.json)) return AddLocated(file, std::move(document), objects);

  absl::StatusOr<const Json*> items = base::ArrayMember(document.json, "items", "");
  if (!items.ok()) return base::Annotate(Locate(file, document.lines, "/items"), items.status());
  if (*items == nullptr) return absl::OkStatus();
  for (size_t i = 0; i < (*items)->size(); ++i) {
    const std::string pointer = base::JsonPointer("/items", i);
    CS_RETURN_IF_ERROR(AddLocated(
        file, {.json = (**items)[i], .lines = FindLines(document.lines, pointer)}, objects));
  }
  return absl::OkStatus();
}

std::vector<std::string> ListFaults(const ClusterObjects& objects) {
  std::vector<std::string> faults;
  const auto list = [&faults](const auto& kind_objects) {
    for (const auto& [name, object] : kind_objects) {
      if (!object.ok()) faults.emplace_back(object.status().message());
    }
  };
  list(objects.secrets);
  list(objects.service_accounts);
  return faults;
}

std::vector<Object> LocatedPolicies(const ClusterObjects& objects) {
  std::vector<Object> located;
  for (const ClusterObjects::Policy& policy : objects.policies) {
    auto lines = std::make_shared<const SourceLines>(policy.lines);
    located.push_back(
        {.json = policy.json, .locate = [file = policy.file, lines](std::string_view pointer) {
           return Locate(file, *lines, pointer);
         }});
  }
  return located;
}

}  // namespace countersign::kube
