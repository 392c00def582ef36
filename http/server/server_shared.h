#ifndef COUNTERSIGN_HTTP_SERVER_SERVER_SHARED_H_
#define COUNTERSIGN_HTTP_SERVER_SERVER_SHARED_H_

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <functional>
#include <string>

#include "absl/base/thread_annotations.h"
#include "absl/strings/str_cat.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "base/complaint_tally.h"
#include "base/connection_places.h"
#include "base/door_metrics.h"
#include "base/metrics.h"
#include "base/source_shares.h"
#include "base/worker_pool.h"
#include "http/server/respond.h"

namespace countersign::http {

// How long the connections of a server may take for what; what each means is said in
// Server::Options.
struct ServerPatience {
  absl::Duration head;
  absl::Duration body_grace;
  size_t body_bytes_per_second;
  absl::Duration idle;
  absl::Duration answer;

  // Within what time after its head a body must have gone on beyond the bytes that have come.
  absl::Duration WithBody(size_t bytes_received) const {
    return body_grace + absl::Seconds(static_cast<double>(bytes_received) /
                                      static_cast<double>(body_bytes_per_second));
  }
};

// What is made of bodies (see Server::Options).
struct MadeOfBodies {
  size_t per_body_byte = 0;
  size_t at_most = 0;

  // What a request takes that has such a body.
  size_t WithBody(size_t bytes) const { return bytes + std::min(bytes * per_body_byte, at_most); }
};

// Replies that somebody owes (respond.h): each uses its connection, and what connections share. Thread-safe.
class OwedReplies {
 public:
  void Add() ABSL_LOCKS_EXCLUDED(mutex_) {
    absl::MutexLock lock(&mutex_);
    ++owed_;
  }
  // The last that the reply does.
  void Remove() ABSL_LOCKS_EXCLUDED(mutex_) {
    absl::MutexLock lock(&mutex_);
    --owed_;
  }
  void AwaitNone() ABSL_LOCKS_EXCLUDED(mutex_) {
    const auto is_none = [this]() ABSL_SHARED_LOCKS_REQUIRED(mutex_) { return owed_ == 0; };
    absl::MutexLock lock(&mutex_);
    mutex_.Await(absl::Condition(&is_none));
  }

 private:
  absl::Mutex mutex_;
  size_t owed_ ABSL_GUARDED_BY(mutex_) = 0;
};

// What the connections of one server share. The limits mean what Server::Options says.
struct ServerShared {
  const Respond respond;
  const size_t max_body_bytes;
  const MadeOfBodies made;
  const ServerPatience patience;
  base::WorkerPool* const pool;
  base::ConnectionPlaces places;
  base::SourceShares requests;
  base::SourceShares request_memory;
  OwedReplies owed_replies = {};
  base::ComplaintTally complaints;
  // Clients whose certificate was refused.
  base::ComplaintTally refused_clients;
  // Lets a connection that waited go on.
  std::function<void(base::ConnectionPlaces::Id)> give_turn;
  std::atomic<bool> draining = false;
  // Answers ask for their connection to be closed.
  std::atomic<bool> retiring = false;

  // As Server::AddMetrics.
  void AddMetrics(const std::string& prefix, base::Metrics* metrics) const {
    base::AddConnectionMetrics(
        absl::StrCat(prefix, "connections"), [this] { return places.Count(); }, metrics);
    base::AddShareMetrics(absl::StrCat(prefix, "request_bytes"),
                          "Memory that requests in progress are taken to need, in bytes", {},
                          &request_memory, metrics);
    base::AddShareMetrics(absl::StrCat(prefix, "requests"), "Requests in progress", {}, &requests,
                          metrics);
  }
};

}  // namespace countersign::http

#endif  // COUNTERSIGN_HTTP_SERVER_SERVER_SHARED_H_
