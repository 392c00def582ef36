#ifndef COUNTERSIGN_SHIM_QUESTION_BATCHES_H_
#define COUNTERSIGN_SHIM_QUESTION_BATCHES_H_

#include <cstddef>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_map.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "base/trace_context.h"
#include "proto/countersign/v1/verifier.pb.h"
#include "shim/verifier_channels.h"
#include "shim/verifier_client.h"

namespace countersign::shim {

// Questions that are put to a verifier together (RecallVerdicts): whatever comes while calls with such are under
// way gathers for the next, as far as there is room, and the more there are, the less each costs. Sends nothing
// itself. Thread-safe.
class QuestionBatches {
 public:
  // A question, its turn, and what becomes of its answer.
  struct Asked {
    VerifierChannels::Turn turn;
    std::shared_ptr<const v1::VerifyImagesRequest> request;
    absl::Time deadline;
    base::TraceContext trace;
    VerifierClient::OnAnswer on_answer;
  };
  // One call.
  struct Batch {
    std::vector<Asked> asked;
    int images = 0;
    size_t bytes = 0;
  };

  // Takes a question that has images, and is small enough to leave room for others beside it, unless so many have
  // gathered that it would have to wait for long. The batch that is to be sent now, if any, is under way from then
  // on.
  struct Added {
    bool is_taken = true;  // what was to be asked is not touched otherwise
    std::optional<Batch> next;
  };
  Added Add(Asked& asked) ABSL_LOCKS_EXCLUDED(mutex_);

  // One that was under way there has ended: the next one, as above.
  std::optional<Batch> Next(std::string_view target) ABSL_LOCKS_EXCLUDED(mutex_);
  // The same, and there is to be no next one: what has gathered meanwhile is not under way.
  std::vector<Batch> Disband(std::string_view target) ABSL_LOCKS_EXCLUDED(mutex_);

 private:
  // Calls to one verifier.
  struct Lane {
    size_t under_way = 0;
    std::deque<Batch> gathered;  // all but the last have room for no more
  };

  mutable absl::Mutex mutex_;
  absl::flat_hash_map<std::string, Lane> lanes_ ABSL_GUARDED_BY(mutex_);  // with something in them
};

}  // namespace countersign::shim

#endif  // COUNTERSIGN_SHIM_QUESTION_BATCHES_H_
