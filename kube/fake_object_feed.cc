#include "kube/fake_object_feed.h"

#include <string>
#include <string_view>
#include <utility>

namespace countersign::kube {

void FakeObjectFeed::SetPolicies(absl::StatusOr<std::vector<base::Json>> policies) {
  if (!policies.ok()) return watches_.Publish(policies.status());
  std::vector<Object> objects;
  for (base::Json& policy : *policies) {
    objects.push_back({.json = std::move(policy),
                       .locate = [](std::string_view pointer) { return std::string(pointer); }});
  }
  watches_.Publish(std::move(objects));
}

std::unique_ptr<ObjectWatch> FakeObjectFeed::WatchPolicies(PoliciesCallback on_change) {
  return watches_.Add(std::move(on_change));
}

}  // namespace countersign::kube
