#include "kube/fake_object_feed.h"

#include <string>
#include <string_view>
#include <utility>

namespace countersign::kube {

void FakeObjectFeed::Set(absl::StatusOr<std::vector<base::Json>> objects) {
  if (!objects.ok()) return watches_.Publish(objects.status());
  std::vector<Object> listed;
  for (base::Json& object : *objects) {
    listed.push_back({.json = std::move(object),
                      .locate = [](std::string_view pointer) { return std::string(pointer); }});
  }
  watches_.Publish(std::move(listed));
}

std::unique_ptr<ObjectWatch> FakeObjectFeed::Watch(const ObjectSelection&,
                                                   ObjectsCallback on_change) {
  return watches_.Add(std::move(on_change));
}

}  // namespace countersign::kube
