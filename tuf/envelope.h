#ifndef COUNTERSIGN_TUF_ENVELOPE_H_
#define COUNTERSIGN_TUF_ENVELOPE_H_

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "base/json.h"

namespace countersign::tuf {

inline constexpr int kMaxMetadataDepth = 32;
inline constexpr size_t kMaxMetadataValues = 100'000;
inline constexpr size_t kMaxSignatures = 256;

struct Signature {
  std::string key_id;
  std::string bytes;  // not empty
};

// Bytes, and who says to have signed them.
struct SignedBytes {
  std::string bytes;
  std::vector<Signature> signatures;  // each key id once
};

// What every metadata file is: {"signatures": [{"keyid": …, "sig": hex}, …], "signed": {…}}.
struct Envelope {
  base::Json document;
  // Of the member "signed" the canonical JSON (tuf/canonical_json.h). Signatures that are empty, as
  // tools for signing leave them for who has not signed yet, are left out.
  SignedBytes signed_bytes;
};

// Reads the envelope and nothing of what is signed; the JSON is held to base::ParseJson.
//
// InvalidArgument, with a JSON pointer or at which byte the text is no JSON, if it is another, a key
// id comes twice, a signature is not hexadecimal, or what is signed has no canonical form;
// ResourceExhausted if there are more signatures than kMaxSignatures. Pure.
absl::StatusOr<Envelope> ParseEnvelope(std::string_view text, size_t max_bytes);

}  // namespace countersign::tuf

#endif  // COUNTERSIGN_TUF_ENVELOPE_H_
