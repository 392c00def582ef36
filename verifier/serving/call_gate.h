#ifndef COUNTERSIGN_VERIFIER_SERVING_CALL_GATE_H_
#define COUNTERSIGN_VERIFIER_SERVING_CALL_GATE_H_

#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "base/metrics.h"
#include "base/source_shares.h"
#include "base/turn_of_each.h"

namespace countersign::verifier {

// How many calls, and how many bytes of them, a verifier takes at once, and of these, each client.
//
// Clients that may ask on behalf of every namespace (the shim) have sums of their own, which others
// cannot touch. Within a sum a client may hold only its share (base/source_shares.h). What is known
// of a question only once it has been read, for whom it is asked, counts from then on: so the shim's
// callers share among each other what is the shim's.
//
// Thread-safe; must outlive its claims.
class CallGate {
 public:
  struct Limits {
    // Calls in progress: of clients that may ask for everybody, and of all others together.
    size_t calls = 1024;
    size_t calls_of_others = 512;
    // Of messages that are being read and parsed, in the same way. Each counts as the largest that
    // it may be until it has been read.
    size_t reading_bytes = 16 << 20;
    size_t reading_bytes_of_others = 8 << 20;
    // Of questions that are being answered, with what each of their images takes meanwhile. One
    // caller may have as many as a shim has asked about for him at a time (webhook.h), some eight
    // thousand.
    size_t question_bytes = 24 << 20;
    size_t question_bytes_of_others = 16 << 20;
    // Of what there is of their answers: in each, the longest (proto/limits.h) has room where nobody
    // else asks.
    size_t answer_bytes = 16 << 20;
    size_t answer_bytes_of_others = 20 << 20;
    // Policies that are being validated.
    size_t validations = 4;
  };

  // Who calls: by what he cannot choose, and whether he may ask on behalf of every namespace.
  struct Client {
    std::string name;
    bool is_for_everybody = false;
  };

  using Claim = base::SourceShares::Claim;

  explicit CallGate(const Limits& limits);

  // Adds countersign_question_bytes_held{clients} and so on (base/door_metrics), and the same of
  // countersign_message_bytes and countersign_answer_bytes; `clients` is `everybody`, those that may
  // ask for everybody, or `others`. The gate must live as long as `metrics` may be written.
  void AddMetrics(base::Metrics* metrics) const;

  // These are ResourceExhausted, in words for the client, if there is no room; Claims are given back
  // by their destruction.

  // A call begins.
  absl::StatusOr<Claim> EnterCall(const Client& client);
  // A message of at most so many bytes is read. Waits until `deadline` for room, or until `is_wanted`
  // says no while it waits for others of its client; blocks. That counts as refused once more where
  // TryReading was asked before. Of clients that may not ask for everybody,
  // each has four read at a time, so that what comes from there and is not yet a question is no more
  // than those (traffic_watch.h).
  struct ReadPermit {
    std::optional<base::TurnOfEach::Turn> turn;
    Claim bytes;
  };
  // The same without waiting; nullopt: there is no room at this moment.
  std::optional<ReadPermit> TryReading(const Client& client, size_t max_bytes);
  absl::StatusOr<ReadPermit> AwaitReading(const Client& client, size_t max_bytes,
                                          const std::function<bool()>& is_wanted,
                                          absl::Time deadline);
  // A question that takes so many bytes in memory, and that `caller` has asked, is answered.
  struct Kept {
    Claim bytes;
    std::optional<Claim> call;  // of those that are asked on behalf of others
  };
  absl::StatusOr<Kept> KeepQuestion(const Client& client, std::string_view caller, size_t bytes);
  // So many bytes more are there of an answer, of which `kept` is what there was; it stays that if there
  // is no room. `caller` is whose share it is, as that of the question. Of clients that may ask for
  // everybody he has a share in each namespace, too: one tenant's answers must not take the room of
  // another's, whose objects the same caller may make (the API server's controllers), nor may a caller
  // who makes up namespaces take the room of others. However much some of his namespaces have, 2 MiB
  // of his 12 are for those that have no more than 64 KiB each (answer_bytes being 16 MiB).
  absl::Status KeepAnswer(const Client& client, std::string_view caller,
                          std::string_view workload_namespace, size_t bytes,
                          std::optional<Claim>& kept);
  // A policy is validated. Waits until `deadline`; blocks.
  absl::StatusOr<Claim> AwaitValidation(std::string_view caller, absl::Time deadline);

 private:
  base::SourceShares calls_;
  base::SourceShares calls_of_others_;
  base::SourceShares callers_;
  base::SourceShares reading_;
  base::SourceShares reading_of_others_;
  base::TurnOfEach turns_of_others_;
  base::SourceShares questions_;
  base::SourceShares questions_of_others_;
  base::SourceShares answers_;
  base::SourceShares answers_of_others_;
  base::SourceShares validations_;
};

}  // namespace countersign::verifier

#endif  // COUNTERSIGN_VERIFIER_SERVING_CALL_GATE_H_
