#ifndef COUNTERSIGN_VERIFIER_SERVING_CALL_SERVER_H_
#define COUNTERSIGN_VERIFIER_SERVING_CALL_SERVER_H_

#include <cstddef>
#include <optional>

#include "base/worker_pool.h"
#include "grpcpp/generic/async_generic_service.h"
#include "grpcpp/server_builder.h"
#include "verifier/serving/api_methods.h"
#include "verifier/serving/call_metrics.h"
#include "verifier/serving/call_queue.h"
#include "verifier/serving/verifier_service.h"

namespace countersign::verifier {

// Takes the verify API's calls through their steps (VerifierService), and those of unknown methods to their
// end, with no thread for a call that waits for its client.
//
//   comes --> is let in --> message is read --> is answered --> all is sent
//     |          |  (room)      |   (long)         |  (look, work)   ^
//     +----------+--------------+------------------+-- or why not ---+
//
// What need not wait is done by the threads of the queue, in the order in which it comes. What may wait or take
// long is for a pool: for room to read a message, reading a long one, looking at images, public-key work, and
// validating policies. It has as many threads as calls may be in progress (CallGate), so nobody's calls take
// those of others. None of them waits for a client, but that who has no room waits for others of his to be
// read, five seconds at the most. Thread-safe.
class CallServer {
 public:
  // Both must outlive this. So many calls may be in progress at a time.
  CallServer(VerifierService* service, CallQueue* queue, size_t most_calls);
  CallServer(const CallServer&) = delete;
  CallServer& operator=(const CallServer&) = delete;

  // First: the server that is built takes its calls here.
  void Register(grpc::ServerBuilder& builder);
  // Once it has been. All calls are over when the queue has ended.
  void Start();

  // Of calls that may wait or take long.
  base::WorkerPool::Counts CountSlow() const { return pool_.counts(); }

 private:
  class Call;

  // Takes one more call of the method, or of those that are not known.
  void Request(std::optional<ApiMethod> method);

  VerifierService& service_;
  CallQueue& queue_;
  ApiMethods methods_;
  grpc::AsyncGenericService others_;
  base::WorkerPool pool_;
};

}  // namespace countersign::verifier

#endif  // COUNTERSIGN_VERIFIER_SERVING_CALL_SERVER_H_
