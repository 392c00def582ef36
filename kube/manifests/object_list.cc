#include "kube/manifests/object_list.h"

#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "absl/algorithm/container.h"
#include "absl/strings/match.h"
#include "base/json.h"
#include "base/json_place.h"
#include "base/status_macros.h"
#include "kube/manifests/source_fault.h"

namespace countersign::kube {
namespace {

using base::Json;

constexpr std::string_view kList = "List";

bool IsListOfAll(const Json& json) {
  return base::FindString(json, "kind") == kList && base::FindString(json, "apiVersion") == "v1";
}

bool IsObjectList(const Json& json) {
  if (IsListOfAll(json)) return true;
  const std::string kind = base::FindString(json, "kind");
  if (kind.size() <= kList.size() || !absl::EndsWith(kind, kList)) return false;
  const Json* const items = base::FindMember(json, "items");
  return items != nullptr && items->is_array() &&
         absl::c_all_of(*items, [](const Json& item) { return item.is_object(); });
}

// Sets what the item does not have.
void Complete(Json& item, const char* member, std::string_view value) {
  if (base::FindMember(item, member) == nullptr) item[member] = value;
}

absl::StatusOr<std::vector<Document>> ItemsOf(const Document& list) {
  CS_ASSIGN_OR_RETURN(const auto places, base::JsonPlace(list.json).OptionalObjects("items"));
  const bool is_typed = !IsListOfAll(list.json);
  const std::string version = base::FindString(list.json, "apiVersion");
  const std::string kind = base::FindString(list.json, "kind");
  std::vector<Document> items;
  items.reserve(places.size());
  for (const base::JsonPlace& place : places) {
    items.push_back({.json = place.json(), .lines = FindLines(list.lines, place.pointer())});
    if (is_typed) {
      Complete(items.back().json, "apiVersion", version);
      Complete(items.back().json, "kind", kind.substr(0, kind.size() - kList.size()));
    }
    if (IsObjectList(items.back().json)) {
      return place.Error("is a List in a List: put what it holds into the outer one");
    }
  }
  return items;
}

}  // namespace

absl::StatusOr<std::vector<Document>> OpenList(std::string_view file, Document document) {
  if (!IsObjectList(document.json)) {
    std::vector<Document> alone;
    alone.push_back(std::move(document));
    return alone;
  }
  absl::StatusOr<std::vector<Document>> items = ItemsOf(document);
  const std::optional<base::JsonFault> fault = base::FaultOf(items.status());
  if (!fault.has_value()) return items;
  return SourceError(file, {.line = FindLines(document.lines, fault->pointer).line,
                            .pointer = fault->pointer,
                            .reason = fault->reason});
}

}  // namespace countersign::kube
