#include "kube/manifests/cluster_objects.h"

#include <algorithm>
#include <memory>
#include <optional>
#include <string_view>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/json_place.h"
#include "base/printable.h"
#include "base/status_macros.h"
#include "kube/core_objects.h"
#include "kube/manifests/object_list.h"
#include "kube/metadata.h"
#include "kube/near_kind.h"

namespace countersign::kube {
namespace {

using base::Json;
using base::JsonPlace;

std::string Locate(const std::string& file, const SourceLines& lines, std::string_view pointer) {
  return absl::StrCat(file, ":", FindLines(lines, pointer).line);
}

struct FullName {
  std::string object_namespace;  // "" for what no namespace holds
  std::string name;

  // "namespace/name", or only the name of what no namespace holds.
  std::string Full() const {
    return object_namespace.empty() ? name : absl::StrCat(object_namespace, "/", name);
  }
};

absl::StatusOr<FullName> ReadFullName(const Json& object, bool is_namespaced) {
  FullName full;
  CS_ASSIGN_OR_RETURN(full.name, ReadName(object));
  if (!is_namespaced) return full;
  CS_ASSIGN_OR_RETURN(full.object_namespace, ReadNamespace(object));
  if (full.object_namespace.empty()) full.object_namespace = "default";
  return full;
}

// `what` is "KIND NAME", which in another group is another object.
absl::Status Define(const std::string& what, std::string_view group, const std::string& where,
                    ClusterObjects& objects) {
  const auto [defined, first] = objects.definitions.emplace(absl::StrCat(what, " ", group), where);
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
  CS_ASSIGN_OR_RETURN(const FullName full_name, ReadFullName(object, /*is_namespaced=*/true));
  const std::string name = full_name.Full();
  const std::string what = absl::StrCat(kind, " ", name);
  CS_RETURN_IF_ERROR(Define(what, /*group=*/"", where, objects));
  absl::StatusOr<T> value = read(object);
  if (!value.ok()) {
    value = base::Annotate(absl::StrCat(where, ": ", base::Printable(what)), value.status());
  }
  kind_objects.emplace(name, std::move(value));
  return absl::OkStatus();
}

absl::Status AddEntry(const std::string& file, Document document, const Resource& resource,
                      ClusterObjects& objects) {
  CS_ASSIGN_OR_RETURN(const FullName name, ReadFullName(document.json, resource.is_namespaced));
  CS_RETURN_IF_ERROR(Define(absl::StrCat(resource.kind, " ", name.Full()), resource.group,
                            Locate(file, document.lines, ""), objects));
  objects.entries.push_back({.group = resource.group,
                             .kind = resource.kind,
                             .object_namespace = name.object_namespace,
                             .name = name.name,
                             .file = file,
                             .json = std::move(document.json),
                             .lines = std::move(document.lines)});
  return absl::OkStatus();
}

// The resource whose objects have this apiVersion and kind, or null.
const Resource* FindResource(const std::vector<Resource>& resources, std::string_view api_version,
                             std::string_view kind) {
  const size_t slash = api_version.find('/');
  const std::string_view group =
      slash == std::string_view::npos ? "" : api_version.substr(0, slash);
  const auto found = std::find_if(
      resources.begin(), resources.end(),
      [&](const Resource& resource) { return resource.group == group && resource.kind == kind; });
  return found == resources.end() ? nullptr : &*found;
}

// Nobody asks for it, but somebody may have meant to.
void AddNearMiss(const std::string& file, const Document& document,
                 const std::vector<Resource>& resources, ClusterObjects& objects) {
  std::vector<KnownKind> known;
  for (const Resource& resource : resources) {
    known.push_back({.group = resource.group,
                     .version = resource.version,
                     .kind = resource.kind,
                     .former_group = resource.former_group});
  }
  const std::optional<base::JsonFault> near = FindNearKind(document.json, known);
  if (!near.has_value()) return;
  objects.near_misses.push_back(
      absl::StrCat(Locate(file, document.lines, near->pointer), ": ", near->reason));
}

absl::Status AddObject(const std::string& file, Document document,
                       const std::vector<Resource>& resources, ClusterObjects& objects) {
  const Json& json = document.json;
  if (!json.is_object()) return absl::InvalidArgumentError("not a Kubernetes object");
  const JsonPlace place(json);
  CS_ASSIGN_OR_RETURN(const std::string api_version, place.OptionalString("apiVersion"));
  CS_ASSIGN_OR_RETURN(const std::string kind, place.OptionalString("kind"));
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
  const Resource* const resource = FindResource(resources, api_version, kind);
  if (resource == nullptr) {
    AddNearMiss(file, document, resources, objects);
    return absl::OkStatus();
  }
  return AddEntry(file, std::move(document), *resource, objects);
}

absl::Status AddLocated(const std::string& file, Document document,
                        const std::vector<Resource>& resources, ClusterObjects& objects) {
  const std::string where = Locate(file, document.lines, "");
  return base::Annotate(where, AddObject(file, std::move(document), resources, objects));
}

std::vector<const ClusterObjects::Entry*> SelectEntries(const ClusterObjects& objects,
                                                        const ObjectSelection& selection) {
  std::vector<const ClusterObjects::Entry*> selected;
  for (const ClusterObjects::Entry& entry : objects.entries) {
    if (entry.group == selection.resource.group && entry.kind == selection.resource.kind &&
        IsSelected(selection, entry.object_namespace, entry.name)) {
      selected.push_back(&entry);
    }
  }
  return selected;
}

}  // namespace

absl::Status AddDocument(const std::string& file, Document document,
                         const std::vector<Resource>& resources, ClusterObjects& objects) {
  CS_ASSIGN_OR_RETURN(std::vector<Document> opened, OpenList(file, std::move(document)));
  for (Document& object : opened) {
    CS_RETURN_IF_ERROR(AddLocated(file, std::move(object), resources, objects));
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
  faults.insert(faults.end(), objects.near_misses.begin(), objects.near_misses.end());
  return faults;
}

std::vector<Object> SelectObjects(const ClusterObjects& objects, const ObjectSelection& selection) {
  std::vector<Object> selected;
  for (const ClusterObjects::Entry* entry : SelectEntries(objects, selection)) {
    auto lines = std::make_shared<const SourceLines>(entry->lines);
    selected.push_back(
        {.json = entry->json, .locate = [file = entry->file, lines](std::string_view pointer) {
           return Locate(file, *lines, pointer);
         }});
  }
  return selected;
}

bool HaveTheSame(const ClusterObjects& one, const ClusterObjects& other,
                 const ObjectSelection& selection) {
  return std::ranges::equal(SelectEntries(one, selection), SelectEntries(other, selection),
                            [](const auto* a, const auto* b) { return *a == *b; });
}

}  // namespace countersign::kube
