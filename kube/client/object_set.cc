#include "kube/client/object_set.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "base/printable.h"
#include "base/status_macros.h"
#include "kube/client/api_status.h"

namespace countersign::kube {
namespace {

using base::Json;

constexpr size_t kMaxPolicies = 1000;
constexpr std::string_view kKind = "ClusterImagePolicy";

}  // namespace

absl::StatusOr<std::string> ObjectSet::AddChunk(Json list) {
  if (!list.is_object()) return absl::InvalidArgumentError("not an object");
  CS_ASSIGN_OR_RETURN(const std::string kind, base::StringMember(list, "kind", ""));
  if (kind != absl::StrCat(kKind, "List")) {
    return base::MemberError("/kind", "not a list of ClusterImagePolicies");
  }
  CS_ASSIGN_OR_RETURN(std::string version, ResourceVersionOf(list));
  CS_ASSIGN_OR_RETURN(const Json* items, base::ArrayMember(list, "items", ""));
  if (items != nullptr) {
    for (Json& item : list["items"]) CS_RETURN_IF_ERROR(Put(std::move(item)));
  }
  resource_version_ = std::move(version);
  return base::StringMember(list["metadata"], "continue", "/metadata");
}

absl::Status ObjectSet::Put(Json object) {
  if (!object.is_object()) return absl::InvalidArgumentError("an item is not an object");
  CS_ASSIGN_OR_RETURN(const std::string name, NameOf(object));
  object["metadata"].erase("managedFields");
  if (by_name_.size() >= kMaxPolicies && !by_name_.contains(name)) {
    return absl::ResourceExhaustedError("there are more than 1000 ClusterImagePolicies");
  }
  by_name_.insert_or_assign(name, std::move(object));
  return absl::OkStatus();
}

absl::Status ObjectSet::Apply(WatchEvent event) {
  if (event.type == WatchEvent::Type::kError) return ToError(ReadApiStatus(event.object));
  CS_ASSIGN_OR_RETURN(std::string version, ResourceVersionOf(event.object));
  if (event.type == WatchEvent::Type::kDeleted) {
    CS_ASSIGN_OR_RETURN(const std::string name, NameOf(event.object));
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
    objects.push_back({.json = json,
                       .locate = [where = absl::StrCat(kKind, " ", base::Printable(name))](
                                     std::string_view) { return where; }});
  }
  return objects;
}

}  // namespace countersign::kube
