#include "policy/evidence.h"

#include <algorithm>

#include "absl/strings/cord.h"

namespace countersign::policy {
namespace {

// The mark of such an error, as payloads of a status are told apart.
constexpr char kUnresolved[] = "countersign/unresolved";

}  // namespace

bool Evidence::IsEmpty() const {
  return std::all_of(by_place.begin(), by_place.end(),
                     [](const PlaceItems& found) { return found.items.empty(); });
}

Items Evidence::AllItems() const {
  Items all;
  for (const PlaceItems& found : by_place) {
    all.insert(all.end(), found.items.begin(), found.items.end());
  }
  return all;
}

absl::Status Unresolved(absl::Status why) {
  why.SetPayload(kUnresolved, absl::Cord());
  return why;
}

bool IsUnresolved(const absl::Status& why) { return why.GetPayload(kUnresolved).has_value(); }

}  // namespace countersign::policy
