#include "kube/client/object_set.h"

#include <algorithm>
#include <limits>
#include <string_view>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "base/allocated_bytes.h"
#include "base/json_bytes.h"
#include "base/json_place.h"
#include "base/printable.h"
#include "base/status_macros.h"
#include "kube/client/api_status.h"
#include "kube/metadata.h"

namespace countersign::kube {

using base::Json;

namespace {

// Beside the names themselves: a node of the map, and one of the values.
constexpr size_t kBytesOfEach = 256;
// A node of those by age.
constexpr size_t kBytesOfAge = base::AllocatedBytes(
    4 * sizeof(void*) + sizeof(std::pair<int64_t, std::pair<std::string, std::string>>));

// The object with nothing but its name and labels.
Json OnlyLabels(const Json& object) {
  Json kept = {{"metadata", Json::object()}};
  for (const char* const member : {"name", "namespace", "labels"}) {
    if (const Json* const value = FindInMetadata(object, member)) kept["metadata"][member] = *value;
  }
  return kept;
}

// In seconds; what does not say when it was made was made last.
int64_t MadeAt(const Json& object) {
  const Json* const text = FindInMetadata(object, "creationTimestamp");
  absl::Time time;
  if (text == nullptr || !text->is_string() ||
      !absl::ParseTime(absl::RFC3339_full, text->get_ref<const std::string&>(), &time, nullptr)) {
    return std::numeric_limits<int64_t>::max();
  }
  return absl::ToUnixSeconds(time);
}

// "NAME", or "NAMESPACE/NAME".
std::string TextOf(const std::pair<std::string, std::string>& name) {
  return name.first.empty() ? name.second : absl::StrCat(name.first, "/", name.second);
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
  const int64_t made = MadeAt(object);
  object["metadata"].erase("managedFields");
  if (selection_.only_labels) object = OnlyLabels(object);
  const size_t names = base::AllocatedBytes(name.first) + base::AllocatedBytes(name.second);
  const size_t bytes = kBytesOfEach + names + base::AllocatedBytes(object) +
                       (selection_.only_labels ? kBytesOfAge + names : 0);
  if (!selection_.only_labels) CS_RETURN_IF_ERROR(CheckRoom(name, bytes));
  Erase(name);
  if (selection_.only_labels) {
    if (bytes > selection_.max_bytes_of_one) {
      if (absent_.too_large.size() < kMostNamed) absent_.too_large.emplace(TextOf(name), bytes);
      return absl::OkStatus();
    }
    const Age age(made, name);
    if (!MakeRoom(age, bytes)) return absl::OkStatus();
    by_age_.insert(age);
  }
  bytes_ += bytes;
  by_name_.emplace(std::move(name),
                   Kept{std::make_shared<const Json>(std::move(object)), bytes, made});
  return absl::OkStatus();
}

// At the cost of younger ones. False: there is none.
bool ObjectSet::MakeRoom(const Age& age, size_t bytes) {
  while (true) {
    const absl::Status room = CheckRoom(age.second, bytes);
    if (room.ok()) return true;
    if (absent_.no_room.empty()) absent_.no_room = std::string(room.message());
    if (by_age_.empty() || *by_age_.rbegin() < age) return false;
    Erase(Name(by_age_.rbegin()->second));
  }
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
  if (!absent_.too_large.empty()) absent_.too_large.erase(TextOf(name));
  const auto known = by_name_.find(name);
  if (known == by_name_.end()) return;
  bytes_ -= known->second.bytes;
  by_age_.erase(Age(known->second.made, name));
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
  const size_t before = bytes_;
  if (event.type == WatchEvent::Type::kDeleted) {
    CS_ASSIGN_OR_RETURN(const Name name, ReadFullName(event.object));
    Erase(name);
  } else if (event.type != WatchEvent::Type::kBookmark) {
    CS_RETURN_IF_ERROR(Put(std::move(event.object)));
  }
  may_find_room_ = may_find_room_ || (!absent_.no_room.empty() && bytes_ < before);
  resource_version_ = std::move(version);
  return absl::OkStatus();
}

std::vector<Object> ObjectSet::Objects() const {
  std::vector<Object> objects;
  for (const auto& [name, kept] : by_name_) {
    objects.push_back({.json = *kept.json,
                       .locate = [where = absl::StrCat(selection_.resource.kind, " ",
                                                       base::Printable(TextOf(name)))](
                                     std::string_view) { return where; }});
  }
  return objects;
}

}  // namespace countersign::kube
