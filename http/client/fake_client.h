#ifndef COUNTERSIGN_HTTP_CLIENT_FAKE_CLIENT_H_
#define COUNTERSIGN_HTTP_CLIENT_FAKE_CLIENT_H_

#include <functional>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "base/deadline.h"
#include "http/client/client.h"

namespace countersign::http {

// A Client whose world is a function, and which remembers what was asked. Thread-safe if the
// function is.
class FakeClient final : public Client {
 public:
  using World = std::function<absl::StatusOr<ClientResponse>(const ClientRequest& request)>;

  explicit FakeClient(World world) : world_(std::move(world)) {}

  absl::StatusOr<ClientResponse> Send(const ClientRequest& request, absl::Time deadline) override {
    {
      absl::MutexLock lock(&mutex_);
      requests_.push_back(request);
    }
    if (base::HasPassed(deadline)) return absl::DeadlineExceededError("did not answer in time");
    return world_(request);
  }

  std::vector<ClientRequest> Requests() const {
    absl::MutexLock lock(&mutex_);
    return requests_;
  }

 private:
  const World world_;
  mutable absl::Mutex mutex_;
  std::vector<ClientRequest> requests_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace countersign::http

#endif  // COUNTERSIGN_HTTP_CLIENT_FAKE_CLIENT_H_
