#ifndef COUNTERSIGN_VERIFIER_SERVING_HEALTH_CALLS_H_
#define COUNTERSIGN_VERIFIER_SERVING_HEALTH_CALLS_H_

#include <list>
#include <string>
#include <string_view>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_map.h"
#include "absl/synchronization/mutex.h"
#include "grpcpp/impl/service_type.h"
#include "verifier/serving/call_queue.h"

namespace countersign::verifier {

// The standard health service (grpc/doc/health-checking.md): Check, and Watch, which tells of each change until
// its client or the server ends. As gRPC has it, but on a queue of ours: its own brings threads that wait
// for the kernel in turns with the queue's, so that each call of the verify API wakes several. How many calls
// may be open is for others (service_limit.h). Thread-safe.
class HealthCalls final : public grpc::Service {
 public:
  // Must outlive this. All calls are over when it has ended.
  explicit HealthCalls(CallQueue* queue);

  // Once the server has been started that this is registered with.
  void Start();

  // Says from now on how a service is; of those of which it was never said that is not known.
  void Set(std::string_view service, bool is_serving) ABSL_LOCKS_EXCLUDED(mutex_);

 private:
  class Call;
  // HealthCheckResponse::ServingStatus, of which SERVICE_UNKNOWN is never kept.
  using Statuses = absl::flat_hash_map<std::string, int>;

  void Request(bool is_watch);

  CallQueue& queue_;
  absl::Mutex mutex_;
  Statuses statuses_ ABSL_GUARDED_BY(mutex_);
  std::list<Call*> watching_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace countersign::verifier

#endif  // COUNTERSIGN_VERIFIER_SERVING_HEALTH_CALLS_H_
