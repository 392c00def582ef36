#include "kube/object_watches.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"

namespace countersign::kube {

// The mutex is held while callbacks run: that is what makes them come from one thread at a time,
// and not after the end of their watch.
struct ObjectWatches::State {
  absl::Mutex mutex;
  std::optional<ListedObjects> last ABSL_GUARDED_BY(mutex);
  std::vector<const Registered*> watches ABSL_GUARDED_BY(mutex);
};

class ObjectWatches::Registered final : public ObjectWatch {
 public:
  Registered(std::shared_ptr<State> state, ObjectsCallback on_change)
      : state_(std::move(state)), on_change_(std::move(on_change)) {
    absl::MutexLock lock(&state_->mutex);
    state_->watches.push_back(this);
    if (state_->last.has_value()) Tell(*state_->last);
  }

  ~Registered() override {
    absl::MutexLock lock(&state_->mutex);
    std::erase(state_->watches, this);
  }

  void Tell(const ListedObjects& objects) const { on_change_(objects); }

 private:
  const std::shared_ptr<State> state_;
  const ObjectsCallback on_change_;
};

ObjectWatches::ObjectWatches() : state_(std::make_shared<State>()) {}

ObjectWatches::ObjectWatches(ListedObjects first) : ObjectWatches() { Publish(std::move(first)); }

void ObjectWatches::Publish(ListedObjects objects) {
  absl::MutexLock lock(&state_->mutex);
  state_->last = std::move(objects);
  for (const Registered* watch : state_->watches) watch->Tell(*state_->last);
}

std::unique_ptr<ObjectWatch> ObjectWatches::Add(ObjectsCallback on_change) {
  return std::make_unique<Registered>(state_, std::move(on_change));
}

}  // namespace countersign::kube
