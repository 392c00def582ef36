#include "kube/client/object_set.h"

#include <algorithm>
#include <string_view>

#include "absl/strings/str_cat.h"
#include "base/allocated_bytes.h"
#include "base/json_bytes.h"
#include "base/json_place.h"
#include "base/log.h"
#include "base/printable.h"
#include "base/status_macros.h"
#include "kube/client/api_status.h"
#include "kube/metadata.h"

namespace countersign::kube {

using base::Json;

namespace {

constexpr std::string_view kLogger = "kubernetes";
// Beside the names themselves: a node of the map, and one of the values.
constexpr size_t kBytesOfEach = 256;

// The object with nothing but its name and labels.
Json OnlyLabels(const Json& object) {
  Json kept = {{"metadata", Json::object()}};
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
  const size_t bytes = kBytesOfEach + base::AllocatedBytes(name.first) +
                       base::AllocatedBytes(name.second) + base::AllocatedBytes(object);
  if (bytes > selection_.max_bytes_of_one) {
    base::LogWarning(kLogger, "An object that takes too much memory is taken as absent.",
                     {{"kind", selection_.resource.kind},
                      {"name", base::Printable(name.second)},
                      {"bytes", absl::StrCat(bytes)},
                      {"most", absl::StrCat(selection_.max_bytes_of_one)}});
    Erase(name);
    return absl::OkStatus();
  }
  CS_RETURN_IF_ERROR(CheckRoom(name, bytes));
  Erase(name);
  bytes_ += bytes;
  by_name_.emplace(std::move(name), Kept{std::make_shared<const Json>(std::move(object)), bytes});
  return absl::OkStatus();
}

absl::Status ObjectSet::CheckRoom(const Name& name, size_t bytes) const {
  const auto known = by_name_.find(name);
  const bool is_known = known != by_name_.end();
  const std::string& kinds = selection_.resource.kinds;
  if (!is_known && by_name_.size() >= selection_.max_objects) {
    return absl::ResourceExhaustedError(absl::StrCat("there are more than ", selection_.max_objects,
                                                     " ", kinds,
                                                     ": remove those that nobody needs"));
  }
  if (bytes_ - (is_known ? known->second.bytes : 0) + bytes <= selection_.max_bytes) {
    return absl::OkStatus();
  }
  return absl::ResourceExhaustedError(absl::StrCat(
      "what is kept of the ", by_name_.size() + !is_known, " ", kinds, " takes more than ",
      selection_.max_bytes >> 20, " MiB of memory: remove those that nobody needs, or make ",
      selection_.only_labels ? "their labels" : "them", " shorter"));
}

void ObjectSet::Erase(const Name& name) {
  const auto known = by_name_.find(name);
  if (known == by_name_.end()) return;
  bytes_ -= known->second.bytes;
  by_name_.erase(known);
}

bool ObjectSet::HasSameObjects(const ObjectSet& other) const {
  return std::equal(by_name_.begin(), by_name_.end(), other.by_name_.begin(), other.by_name_.end(),
                    [](const auto& a, const auto& b) {
                      const std::shared_ptr<const Json>& one = a.second.json;
                      return a.first == b.first && (one == b.second.json || *one == *b.second.json);
                    });
}

absl::Status ObjectSet::Apply(WatchEvent event) {
  if (event.type == WatchEvent::Type::kError) return ToError(ReadApiStatus(event.object));
  CS_ASSIGN_OR_RETURN(std::string version, ReadResourceVersion(event.object));
  if (event.type == WatchEvent::Type::kDeleted) {
    CS_ASSIGN_OR_RETURN(const Name name, ReadFullName(event.object));
    Erase(name);
  } else if (event.type != WatchEvent::Type::kBookmark) {
    CS_RETURN_IF_ERROR(Put(std::move(event.object)));
  }
  resource_version_ = std::move(version);
  return absl::OkStatus();
}

std::vector<Object> ObjectSet::Objects() const {
  std::vector<Object> objects;
  for (const auto& [name, kept] : by_name_) {
    const std::string text =
        name.first.empty() ? name.second : absl::StrCat(name.first, "/", name.second);
    objects.push_back(
        {.json = *kept.json,
         .locate = [where = absl::StrCat(selection_.resource.kind, " ", base::Printable(text))](
                       std::string_view) { return where; }});
  }
  return objects;
}

}  // namespace countersign::kube
