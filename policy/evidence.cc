#include "policy/evidence.h"

#include <algorithm>

namespace countersign::policy {

bool Evidence::IsEmpty() const {
  return std::all_of(readings.begin(), readings.end(),
                     [](const Reading& reading) { return reading.items.empty(); });
}

Items Evidence::AllItems() const {
  Items all;
  for (const Reading& reading : readings) {
    all.insert(all.end(), reading.items.begin(), reading.items.end());
  }
  return all;
}

}  // namespace countersign::policy
