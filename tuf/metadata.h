#ifndef COUNTERSIGN_TUF_METADATA_H_
#define COUNTERSIGN_TUF_METADATA_H_

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "tuf/envelope.h"
#include "tuf/key.h"

namespace countersign::tuf {

inline constexpr size_t kMaxRootBytes = 512'000;
inline constexpr size_t kMaxTimestampBytes = 16'384;
inline constexpr size_t kMaxSnapshotBytes = 2'000'000;
inline constexpr size_t kMaxTargetsBytes = 5'000'000;
inline constexpr size_t kMaxKeys = 256;
// Up to there, integers in JSON mean the same to every reader (RFC 8259 section 6).
inline constexpr int64_t kMaxVersion = int64_t{1} << 53;

// What the four kinds of metadata files have in common.
struct Metadata {
  SignedBytes signed_bytes;
  int64_t version = 0;  // 1 to kMaxVersion
  absl::Time expires;
};

// Who may sign a kind of metadata.
struct Role {
  std::set<std::string> key_ids;  // all, whether such a key is known or not
  std::vector<Key> keys;          // of these, those that can be used
  int64_t threshold = 0;          // how many of the keys must have signed; at least 1
};

struct Root : Metadata {
  // Whether the names of other files have their versions or hashes in front.
  bool consistent_snapshot = false;
  Role root, timestamp, snapshot, targets;
};

// What one file says of another.
struct FileInfo {
  int64_t version = 0;           // 1 to kMaxVersion; 0 of targets, which have none
  std::optional<size_t> length;  // in bytes
  // Raw digests; empty if none is given. Those by other algorithms than the two are not kept.
  std::string sha256;
  std::string sha512;
};

struct Timestamp : Metadata {
  FileInfo snapshot;
};

struct Snapshot : Metadata {
  FileInfo targets;
  std::map<std::string, int64_t> versions;  // of all files that it names, that of the targets too
};

struct Targets : Metadata {
  std::optional<FileInfo> target;  // the one that was asked for, with length and a hash
  bool has_delegations = false;    // to others, who may know more targets
};

// The readers of metadata files (TUF specification 1.0, section 4). What they need is read strictly;
// members beside that may be anything, and are part of the signed bytes.
//
// A file is of the kind and of version 1 of the specification; its version is positive, and its
// times are RFC 3339. Of a root, every key is listed under its id (tuf/key.h), and role ids may
// name keys that are not there. Where hashes are given, one of them is SHA-256 or SHA-512.
//
// InvalidArgument says what is wrong and where, as a JSON pointer, or at which byte the text is no
// JSON, and may quote names that others chose (base/printable.h); ResourceExhausted: more keys or
// signatures than are taken. Nothing of it is trusted before its signatures have been looked at
// (tuf/signatures.h). Pure; the work is bounded by the limits here and in tuf/envelope.h.
absl::StatusOr<Root> ParseRoot(std::string_view text);
absl::StatusOr<Timestamp> ParseTimestamp(std::string_view text);
absl::StatusOr<Snapshot> ParseSnapshot(std::string_view text);
absl::StatusOr<Targets> ParseTargets(std::string_view text, std::string_view target);

}  // namespace countersign::tuf

#endif  // COUNTERSIGN_TUF_METADATA_H_
