#ifndef COUNTERSIGN_COSIGN_LOG_ENTRY_DATA_H_
#define COUNTERSIGN_COSIGN_LOG_ENTRY_DATA_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "crypto/sha256.h"

namespace countersign::cosign {

// A log's proof that an entry is in its tree (RFC 6962 section 2.1.1), as evidence has it.
struct InclusionProof {
  uint64_t index = 0;      // of the leaf in the tree that the checkpoint is of; below `tree_size`
  uint64_t tree_size = 0;  // leaves
  crypto::Sha256Digest root = {};
  std::vector<crypto::Sha256Digest> hashes;  // from the leaf's neighbour up
  std::string checkpoint;                    // a signed note (C2SP tlog-checkpoint); not empty
};

// An entry of a transparency log, as evidence has it: nothing of it is believed.
struct LogEntry {
  uint64_t index = 0;           // over all trees that the log has had
  std::string log_id;           // raw bytes; not empty
  std::string kind;             // "hashedrekord"
  std::string version;          // "0.0.1"
  int64_t integrated_time = 0;  // seconds of Unix time; 0: none
  std::string body;             // what the log's leaf is the hash of; not empty
  std::string promise;          // the raw bytes of the signed entry timestamp; empty: none
  std::optional<InclusionProof> proof;
};

// What an entry in a list takes in memory, about.
inline size_t MemoryBytes(const LogEntry& entry) {
  constexpr size_t kParts = 1024;
  size_t bytes = kParts + entry.log_id.size() + entry.kind.size() + entry.version.size() +
                 entry.body.size() + entry.promise.size();
  if (entry.proof.has_value()) {
    bytes += entry.proof->checkpoint.size() +
             entry.proof->hashes.capacity() * sizeof(crypto::Sha256Digest);
  }
  return bytes;
}

}  // namespace countersign::cosign

#endif  // COUNTERSIGN_COSIGN_LOG_ENTRY_DATA_H_
