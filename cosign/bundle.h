#ifndef COUNTERSIGN_COSIGN_BUNDLE_H_
#define COUNTERSIGN_COSIGN_BUNDLE_H_

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "absl/status/statusor.h"
#include "cosign/dsse.h"
#include "cosign/form.h"
#include "cosign/log_entry_data.h"
#include "cosign/material.h"
#include "crypto/hash_algorithm.h"

namespace countersign::cosign {

inline constexpr size_t kMaxBundleBytes = 4 << 20;
inline constexpr int kMaxBundleDepth = 32;
inline constexpr size_t kMaxBundleValues = 10'000;
inline constexpr size_t kMaxLogEntries = 32;
inline constexpr size_t kMaxTimestamps = 32;

// What a signature over a message says of the message, which is not in the bundle.
struct MessageSignature {
  struct Digest {
    crypto::HashAlgorithm algorithm;
    std::string bytes;  // as many as the algorithm's digests have
  };
  // A hint, which proves nothing.
  std::optional<Digest> digest;
};

// A Sigstore bundle (sigstore_bundle.proto of sigstore/protobuf-specs): one signature, and what
// witnesses it. Nothing of it is believed.
struct Bundle {
  Form form = Form::kUnspecified;  // kBundleV01 to kBundleV03
  std::variant<MessageSignature, Envelope> content;
  std::string signature;  // raw bytes; not empty
  // A hint, or the certificate: of a chain its first, as no other of them is ever trusted.
  Material material;
  std::vector<LogEntry> entries;        // no two of the same log and index
  std::vector<std::string> timestamps;  // crypto::TimestampToken reads them
};

// Reads a bundle's JSON strictly, whole or not at all. What ProtoJSON lets be written in several
// ways has one here: names in lowerCamelCase, enums by their names, integers without exponent. null
// is an absent member, members that are not known are refused, null or not, and so are duplicate
// ones at any depth. By version,
//   0.1  each entry has a promise; a chain of certificates, or a single one
//   0.2  each entry has a proof; a chain of certificates, or a single one
//   0.3  each entry has a proof; a single certificate
// and every proof has its checkpoint. A root certificate (one that its own subject issued, and that
// is an authority) in a chain refuses the bundle.
//
// InvalidArgument says what is wrong and where, as a JSON pointer, or at which byte the text is no
// JSON; of the text it quotes names of members alone. Pure; its work is bounded by the limits above, and none of it is a
// public-key operation.
absl::StatusOr<Bundle> ParseBundle(std::string_view json);

}  // namespace countersign::cosign

#endif  // COUNTERSIGN_COSIGN_BUNDLE_H_
