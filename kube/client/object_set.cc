#include "kube/client/object_set.h"

#include "absl/strings/str_cat.h"
#include "base/json_place.h"
#include "base/printable.h"
#include "base/status_macros.h"
#include "kube/client/api_status.h"
#include "kube/metadata.h"

namespace countersign::kube {

using base::Json;

namespace {

// The object with nothing but its kind, name and labels.
Json OnlyLabels(const Json& object) {
  Json kept = {{"metadata", Json::object()}};
  for (const char* const member : {"apiVersion", "kind"}) {
    if (const Json* const value = base::FindMember(object, member)) kept[member] = *value;
  }
  for (const char* const member : {"name", "namespace", "labels"}) {
    if (const Json* const value = FindInMetadata(object, member)) kept["metadata"][member] = *value;
  }
  return kept;
}

}  // namespace

absl::StatusOr<std::string> ObjectSet::AddChunk(Json list) {
  const Resource& resource = selection_.resource;
  const base::JsonPlace place(list);
  if (!list.is_object()) return place.Error("not an object");
  CS_ASSIGN_OR_RETURN(const std::string kind, place.OptionalString("kind"));
  if (kind != absl::StrCat(resource.kind, "List")) {
    return place.MemberError("kind", absl::StrCat("not a list of ", resource.kinds));
  }
  CS_ASSIGN_OR_RETURN(std::string version, ReadResourceVersion(list));
  CS_ASSIGN_OR_RETURN(const auto items, place.Optional("items"));
  if (items) {
    CS_RETURN_IF_ERROR(items->Elements().status());
    for (Json& item : list["items"]) CS_RETURN_IF_ERROR(Put(std::move(item)));
  }
  resource_version_ = std::move(version);
  return ReadContinue(list);
}

absl::StatusOr<ObjectSet::Name> ObjectSet::ReadFullName(const Json& object) const {
  Name full;
  CS_ASSIGN_OR_RETURN(full.second, ReadName(object));
  if (selection_.resource.is_namespaced) {
    CS_ASSIGN_OR_RETURN(full.first, ReadNamespace(object));
  }
  return full;
}

absl::Status ObjectSet::Put(Json object) {
  if (!object.is_object()) return absl::InvalidArgumentError("an item is not an object");
  CS_ASSIGN_OR_RETURN(Name name, ReadFullName(object));
  object["metadata"].erase("managedFields");
  if (selection_.only_labels) object = OnlyLabels(object);
  if (by_name_.size() >= selection_.max_objects && !by_name_.contains(name)) {
    return absl::ResourceExhaustedError(absl::StrCat("there are more than ", selection_.max_objects,
                                                     " ", selection_.resource.kinds));
  }
  by_name_.insert_or_assign(std::move(name), std::move(object));
  return absl::OkStatus();
}

absl::Status ObjectSet::Apply(WatchEvent event) {
  if (event.type == WatchEvent::Type::kError) return ToError(ReadApiStatus(event.object));
  CS_ASSIGN_OR_RETURN(std::string version, ReadResourceVersion(event.object));
  if (event.type == WatchEvent::Type::kDeleted) {
    CS_ASSIGN_OR_RETURN(const Name name, ReadFullName(event.object));
    by_name_.erase(name);
  } else if (event.type != WatchEvent::Type::kBookmark) {
    CS_RETURN_IF_ERROR(Put(std::move(event.object)));
  }
  resource_version_ = std::move(version);
  return absl::OkStatus();
}

std::vector<Object> ObjectSet::Objects() const {
  std::vector<Object> objects;
  for (const auto& [name, json] : by_name_) {
    const std::string text =
        name.first.empty() ? name.second : absl::StrCat(name.first, "/", name.second);
    objects.push_back(
        {.json = json,
         .locate = [where = absl::StrCat(selection_.resource.kind, " ", base::Printable(text))](
                       std::string_view) { return where; }});
  }
  return objects;
}

}  // namespace countersign::kube
