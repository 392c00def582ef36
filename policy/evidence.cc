#include "policy/evidence.h"

#include <algorithm>

namespace countersign::policy {

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

}  // namespace countersign::policy
