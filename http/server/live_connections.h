#ifndef COUNTERSIGN_HTTP_SERVER_LIVE_CONNECTIONS_H_
#define COUNTERSIGN_HTTP_SERVER_LIVE_CONNECTIONS_H_

#include <memory>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_map.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "base/connection_places.h"
#include "http/server/server_connection.h"

namespace countersign::http {

// The connections that are being served, by their place. They live as long as they are served, not
// as long as they are here. Thread-safe.
class LiveConnections {
 public:
  using Id = base::ConnectionPlaces::Id;

  void Add(Id id, const std::shared_ptr<ServerConnection>& connection) {
    absl::MutexLock lock(&mutex_);
    connections_.emplace(id, connection);
  }
  void Remove(Id id) {
    absl::MutexLock lock(&mutex_);
    connections_.erase(id);
  }
  // Null if it has gone.
  std::shared_ptr<ServerConnection> Find(Id id) const {
    absl::MutexLock lock(&mutex_);
    const auto found = connections_.find(id);
    return found == connections_.end() ? nullptr : found->second.lock();
  }
  std::vector<std::shared_ptr<ServerConnection>> All() const {
    std::vector<std::shared_ptr<ServerConnection>> live;
    absl::MutexLock lock(&mutex_);
    for (const auto& [id, connection] : connections_) {
      if (std::shared_ptr<ServerConnection> alive = connection.lock())
        live.push_back(std::move(alive));
    }
    return live;
  }
  // Waits until all have been removed, or it is `deadline`.
  void AwaitNone(absl::Time deadline) {
    absl::MutexLock lock(&mutex_);
    mutex_.AwaitWithDeadline(absl::Condition(&connections_, &Connections::empty), deadline);
  }

 private:
  using Connections = absl::flat_hash_map<Id, std::weak_ptr<ServerConnection>>;

  mutable absl::Mutex mutex_;
  Connections connections_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace countersign::http

#endif  // COUNTERSIGN_HTTP_SERVER_LIVE_CONNECTIONS_H_
