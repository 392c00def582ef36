#include "kube/fake_object_feed.h"

#include <string>
#include <string_view>
#include <utility>

#include "absl/strings/str_cat.h"

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

FakeObjectFeed& FakeObjectFeeds::Of(const ObjectSelection& selection) {
  absl::MutexLock lock(&mutex_);
  return feeds_[absl::StrCat(selection.resource.group, "/", selection.resource.plural)];
}

std::unique_ptr<ObjectWatch> FakeObjectFeeds::Watch(const ObjectSelection& selection,
                                                    ObjectsCallback on_change) {
  return Of(selection).Watch(selection, std::move(on_change));
}

}  // namespace countersign::kube
