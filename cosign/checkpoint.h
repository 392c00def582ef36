#ifndef COUNTERSIGN_COSIGN_CHECKPOINT_H_
#define COUNTERSIGN_COSIGN_CHECKPOINT_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "crypto/public_key.h"
#include "crypto/sha256.h"

namespace countersign::cosign {

// Largest envelope, and most signature lines, that are read. Sixteen lines of post-quantum
// signatures are 110 KiB.
inline constexpr size_t kMaxCheckpointBytes = 256 << 10;
inline constexpr size_t kMaxCheckpointLines = 64;

// What a log says of its Merkle tree: a checkpoint (C2SP tlog-checkpoint), which is a signed note
// (C2SP signed-note).
struct Checkpoint {
  // Of the log, and what it is called.
  std::string origin;
  // Below 2^63.
  uint64_t tree_size = 0;
  crypto::Sha256Digest root = {};
  // What is signed: the above, then lines that mean nothing here, with the last line's end.
  std::string text;
  // Signatures, of the log and of whoever else: nothing of them is believed.
  struct Line {
    std::string name;
    std::array<uint8_t, 4> key_id = {};
    std::string signature;
  };
  std::vector<Line> lines;
};

// InvalidArgument, in words that go on a sentence about the checkpoint, if the text is anything but
//   origin, tree size (decimal), root hash (base64), and other lines that are not empty
//   an empty line
//   signature lines: em dash, space, name, space, base64 of the key's id and the signature
// each ended by a line feed, holds another control character or what is no UTF-8, or is beyond the
// limits.
absl::StatusOr<Checkpoint> ParseCheckpoint(std::string_view envelope);

// Rekor 2 (rekor-tiles) follows C2SP to the letter; Rekor 1 does in part.
enum class LogGeneration { kUnspecified = 0, kRekor1, kRekor2 };

// By what a log calls its key in signature lines, which have the first four bytes of it: the SHA-256
// of the DER SubjectPublicKeyInfo, but for Ed25519 and RSA keys of Rekor 2 of a text in which its
// `name` is, too (signed-note, "Signature types"). All of it names a log in trusted roots.
crypto::Sha256Digest LogKeyId(const crypto::PublicKey& key, LogGeneration generation,
                              std::string_view name);

// Whether the log with this key has signed the checkpoint. Lines of the log are those with its name
// and its key's id; at least one must be there, and all must hold. Other lines are ignored.
//   Rekor 1  The origin ends in " - " and digits. The name in a line may be any: `names` is not
//            looked at. ECDSA signs with SHA-256 whatever the curve.
//   Rekor 2  The origin, and the name in a line, are one of `names`. ECDSA signs with the hash that
//            fits the curve.
// Ed25519 is pure, RSA PKCS #1 v1.5 with SHA-256. Takes one verification for each different
// signature that the log has made, and one more at the most.
bool VerifyCheckpoint(const Checkpoint& checkpoint, const crypto::PublicKey& log_key,
                      LogGeneration generation, absl::Span<const std::string> names);

}  // namespace countersign::cosign

#endif  // COUNTERSIGN_COSIGN_CHECKPOINT_H_
