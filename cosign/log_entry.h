#ifndef COUNTERSIGN_COSIGN_LOG_ENTRY_H_
#define COUNTERSIGN_COSIGN_LOG_ENTRY_H_

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "absl/time/time.h"
#include "cosign/log_entry_data.h"
#include "cosign/logged_signature.h"
#include "cosign/refusal.h"
#include "cosign/trusted_root.h"

namespace countersign::cosign {

// A trusted log that knows a signature.
struct LogWitness {
  const TrustedLog* log = nullptr;
  // Over all trees that the log has had. For people: of an entry of Rekor 1 without a promise it is
  // what the evidence says, as the proof is of the index in one tree.
  uint64_t index = 0;
  // When the log says that it took it up, in the log's window; nullopt: it says nothing of that
  // which it has signed. Whether some other time of the signature lies in the window is then for
  // those to ask who know one.
  std::optional<absl::Time> time;
};

// What a promise of Rekor 1 for the entry is over: the RFC 8785 JSON of body, integratedTime, logID
// and logIndex.
std::string PromisedText(const LogEntry& entry);

// Whether one of the trusted `logs` knows the signature by this entry: kUnknownLog or kBadLogEntry
// if not. What is there must hold, all of it:
//   Rekor 1  a promise (signed entry timestamp), a proof of inclusion with its checkpoint, or both.
//            The promise is ECDSA with SHA-256, whatever the key's curve, over PromisedText; it
//            alone gives a time.
//   Rekor 2  hashedrekord and dsse 0.0.2: a proof alone, of the entry's own index. Rekor 2 promises
//            nothing, and what the entry says of a time is not looked at.
// A checkpoint is of the entry's generation (cosign/checkpoint.h), and of the proof's own tree. At
// last the body must be of the signature (cosign/log_body.h).
//
// Pure. Takes one verification with the log's key for a promise at the most, and for a checkpoint
// one for each different signature on it that the log has made and one more, never more than
// kMaxCheckpointLines; none if the entry is of no trusted log. Beside that its work grows with the
// bytes of the entry, and with those of the payload if a trusted log has made the entry. The witness
// points into `logs`.
std::variant<Refusal, LogWitness> VerifyLogEntry(const LogEntry& entry,
                                                 const LoggedSignature& signature,
                                                 const std::vector<TrustedLog>& logs);

}  // namespace countersign::cosign

#endif  // COUNTERSIGN_COSIGN_LOG_ENTRY_H_
