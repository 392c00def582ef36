#include "policy/sigstore/program_shares.h"

#include <numeric>
#include <utility>

namespace countersign::policy {
namespace {

std::string_view TextInMetadata(const base::Json& object, std::string_view name) {
  const base::Json* const metadata = base::FindMember(object, "metadata");
  const base::Json* const member =
      metadata == nullptr ? nullptr : base::FindMember(*metadata, name);
  if (member == nullptr || !member->is_string()) return "";
  return member->get_ref<const std::string&>();
}

}  // namespace

std::vector<size_t> InOrderOfCreation(const std::vector<const base::Json*>& objects) {
  std::vector<size_t> order(objects.size());
  std::iota(order.begin(), order.end(), 0);
  std::stable_sort(order.begin(), order.end(), [&objects](size_t a, size_t b) {
    const auto key = [&objects](size_t i) {
      return std::pair(TextInMetadata(*objects[i], "creationTimestamp"),
                       TextInMetadata(*objects[i], "name"));
    };
    return key(a) < key(b);
  });
  return order;
}

}  // namespace countersign::policy
