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
  std::optional<Policies> last ABSL_GUARDED_BY(mutex);
  std::vector<const Registered*> watches ABSL_GUARDED_BY(mutex);
};

class ObjectWatches::Registered final : public ObjectWatch {
 public:
  Registered(std::shared_ptr<State> state, ObjectFeed::PoliciesCallback on_change)
      : state_(std::move(state)), on_change_(std::move(on_change)) {
    absl::MutexLock lock(&state_->mutex);
    state_->watches.push_back(this);
    if (state_->last.has_value()) Tell(*state_->last);
  }

  ~Registered() override {
    absl::MutexLock lock(&state_->mutex);
    std::erase(state_->watches, this);
  }

  void Tell(const Policies& policies) const { on_change_(policies); }

 private:
  const std::shared_ptr<State> state_;
  const ObjectFeed::PoliciesCallback on_change_;
};

ObjectWatches::ObjectWatches() : state_(std::make_shared<State>()) {}

ObjectWatches::ObjectWatches(Policies first) : ObjectWatches() { Publish(std::move(first)); }

void ObjectWatches::Publish(Policies policies) {
  absl::MutexLock lock(&state_->mutex);
  state_->last = std::move(policies);
  for (const Registered* watch : state_->watches) watch->Tell(*state_->last);
}

std::unique_ptr<ObjectWatch> ObjectWatches::Add(ObjectFeed::PoliciesCallback on_change) {
  return std::make_unique<Registered>(state_, std::move(on_change));
}

}  // namespace countersign::kube
