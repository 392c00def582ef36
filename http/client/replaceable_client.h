#ifndef COUNTERSIGN_HTTP_CLIENT_REPLACEABLE_CLIENT_H_
#define COUNTERSIGN_HTTP_CLIENT_REPLACEABLE_CLIENT_H_

#include <memory>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "http/client/client.h"

namespace countersign::http {

// A Client that can be replaced while it is used, for example by one that trusts other authorities.
// A request ends with the client that it was begun with, which goes once it has no request any
// more. Thread-safe.
class ReplaceableClient final : public Client {
 public:
  explicit ReplaceableClient(std::shared_ptr<Client> client) : client_(std::move(client)) {}

  void Replace(std::shared_ptr<Client> client) ABSL_LOCKS_EXCLUDED(mutex_) {
    absl::MutexLock lock(&mutex_);
    client_.swap(client);
    // The old one, if nobody uses it, is destroyed as the argument, without the mutex.
  }

  absl::StatusOr<ClientResponse> Send(const ClientRequest& request, absl::Time deadline) override {
    return Current()->Send(request, deadline);
  }

 private:
  std::shared_ptr<Client> Current() const ABSL_LOCKS_EXCLUDED(mutex_) {
    absl::MutexLock lock(&mutex_);
    return client_;
  }

  mutable absl::Mutex mutex_;
  std::shared_ptr<Client> client_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace countersign::http

#endif  // COUNTERSIGN_HTTP_CLIENT_REPLACEABLE_CLIENT_H_
