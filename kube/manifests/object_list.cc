#include "kube/manifests/object_list.h"

#include <string>
#include <string_view>
#include <utility>

#include "absl/algorithm/container.h"
#include "absl/strings/match.h"
#include "base/json_place.h"
#include "base/status_macros.h"

namespace countersign::kube {
namespace {

using base::Json;

constexpr std::string_view kList = "List";

bool IsListOfAll(const Json& json) {
  return base::FindString(json, "kind") == kList && base::FindString(json, "apiVersion") == "v1";
}

// Sets what the item does not have.
void Complete(Json& item, const char* member, std::string_view value) {
  if (item.is_object() && base::FindMember(item, member) == nullptr) item[member] = value;
}

}  // namespace

bool IsObjectList(const Json& json) {
  if (IsListOfAll(json)) return true;
  const std::string kind = base::FindString(json, "kind");
  if (kind.size() <= kList.size() || !absl::EndsWith(kind, kList)) return false;
  const Json* const items = base::FindMember(json, "items");
  return items != nullptr && items->is_array() &&
         absl::c_all_of(*items, [](const Json& item) { return item.is_object(); });
}

absl::StatusOr<std::vector<Document>> OpenList(Document document) {
  std::vector<Document> objects;
  if (!IsObjectList(document.json)) {
    objects.push_back(std::move(document));
    return objects;
  }
  CS_ASSIGN_OR_RETURN(const auto places, base::JsonPlace(document.json).OptionalElements("items"));
  if (places.empty()) return objects;
  const bool is_typed = !IsListOfAll(document.json);
  const std::string version = base::FindString(document.json, "apiVersion");
  const std::string kind = base::FindString(document.json, "kind");
  objects.reserve(places.size());
  for (const base::JsonPlace& place : places) {
    objects.push_back({.json = place.json(), .lines = FindLines(document.lines, place.pointer())});
    if (!is_typed) continue;
    Complete(objects.back().json, "apiVersion", version);
    Complete(objects.back().json, "kind", kind.substr(0, kind.size() - kList.size()));
  }
  return objects;
}

}  // namespace countersign::kube
