#include "policy/sigstore/program_shares.h"

#include <numeric>
#include <string>
#include <utility>

namespace countersign::policy {

std::vector<size_t> InOrderOfCreation(const std::vector<const base::Json*>& objects) {
  std::vector<std::pair<std::string, std::string>> keys;
  keys.reserve(objects.size());
  for (const base::Json* object : objects) {
    keys.emplace_back(base::FindStringIn(*object, "metadata", "creationTimestamp"),
                      base::FindStringIn(*object, "metadata", "name"));
  }
  std::vector<size_t> order(objects.size());
  std::iota(order.begin(), order.end(), 0);
  std::stable_sort(order.begin(), order.end(),
                   [&keys](size_t a, size_t b) { return keys[a] < keys[b]; });
  return order;
}

}  // namespace countersign::policy
