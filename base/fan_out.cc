#include "base/fan_out.h"

#include <memory>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"

namespace countersign::base {
namespace {

// What is left to do; shared with helpers that may come when it is over.
class Row {
 public:
  Row(size_t count, absl::FunctionRef<void(size_t)> work) : count_(count), work_(work) {}

  bool IsEmpty() const {
    absl::MutexLock lock(&mutex_);
    return next_ == count_;
  }

  // Does what nobody else has taken.
  void Help() {
    while (true) {
      size_t mine;
      {
        absl::MutexLock lock(&mutex_);
        if (next_ == count_) return;
        mine = next_++;
      }
      work_(mine);
      absl::MutexLock lock(&mutex_);
      ++done_;
    }
  }

  // `work` is not used after that.
  void AwaitEnd() {
    absl::MutexLock lock(&mutex_);
    mutex_.Await(absl::Condition(
        +[](Row* row)
             ABSL_EXCLUSIVE_LOCKS_REQUIRED(row->mutex_) { return row->done_ == row->count_; },
        this));
  }

 private:
  const size_t count_;
  const absl::FunctionRef<void(size_t)> work_;
  mutable absl::Mutex mutex_;
  size_t next_ ABSL_GUARDED_BY(mutex_) = 0;
  size_t done_ ABSL_GUARDED_BY(mutex_) = 0;
};

}  // namespace

void FanOut(WorkerPool* pool, std::string_view lane, const Share& share, size_t count,
            size_t at_once, absl::FunctionRef<void(size_t)> work) {
  const auto row = std::make_shared<Row>(count, work);
  for (size_t helper = 1; helper < at_once && helper < count; ++helper) {
    // Where there is no room for a helper, those that are there do it all.
    const absl::Status scheduled = pool->Schedule(
        lane, share, [row] { row->Help(); }, [row] { return !row->IsEmpty(); });
    if (!scheduled.ok()) break;
  }
  row->Help();
  row->AwaitEnd();
}

}  // namespace countersign::base
