#ifndef COUNTERSIGN_COSIGN_LOG_BODY_FORM_H_
#define COUNTERSIGN_COSIGN_LOG_BODY_FORM_H_

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "base/json_place.h"
#include "cosign/key_details.h"
#include "cosign/log_entry_data.h"
#include "cosign/logged_signature.h"
#include "crypto/hash_algorithm.h"

namespace countersign::cosign {

// How deep the JSON of a body may be nested, and how many values it may hold; how many bytes it may
// have is kMaxLogEntryBodyBytes (cosign/log_entry_json.h).
inline constexpr int kMaxLogBodyDepth = 32;
inline constexpr size_t kMaxLogBodyValues = 10'000;

// Who signed, by what a log says: a certificate, or a key without one.
struct LoggedKey {
  bool is_certificate = false;
  std::string der;  // of the certificate, or SubjectPublicKeyInfo
};

struct LoggedSigner {
  std::optional<std::string> signature;  // raw bytes; nullopt: it is in the text that was logged
  LoggedKey key;
};

struct LoggedHash {
  crypto::HashAlgorithm algorithm = crypto::HashAlgorithm::kUnspecified;
  std::string hex;
};

// What a body says, whatever its kind.
struct LoggedBody {
  std::vector<LoggedSigner> signers;  // at least one
  std::optional<KeyDetails> details;
  std::optional<std::string> payload_type;
  std::optional<LoggedHash> hash;       // of what the kind's are of
  std::optional<LoggedHash> text_hash;  // of an envelope's text
};

// What a hash in a body is of, and by which algorithm.
enum class Hashed {
  kUnspecified = 0,
  kSignedBytesByScheme,
  kSignedBytesBySha256,
  kPayloadBySha256
};

// A kind of body: Rekor has several for the same.
struct LogBodyKind {
  std::string_view name;
  std::string_view version;
  bool is_for_messages = false;
  bool is_for_envelopes = false;
  // Of an envelope's text, without which it says too little.
  bool is_of_text = false;
  Hashed hashed = Hashed::kUnspecified;
  absl::StatusOr<LoggedBody> (*read)(const base::JsonPlace& spec, bool is_text_known) = nullptr;

  bool Fits(LoggedSignature::Content content) const {
    return (is_for_messages && content == LoggedSignature::Content::kMessage) ||
           (is_for_envelopes && content == LoggedSignature::Content::kEnvelope);
  }
};

// The entry's kind; null: it is not known, or means nothing where the text is not known.
const LogBodyKind* FindLogBodyKind(const LogEntry& entry, bool is_text_known);

// Reads the entry's body, which is of that kind, strictly. Where the text of an envelope is known,
// as many signatures are logged as an envelope may have (cosign/signed_envelope.h), and its hash;
// else exactly one. InvalidArgument says what is wrong and where, with nothing in it of what
// strangers wrote. Pure.
absl::StatusOr<LoggedBody> ReadLogBody(const LogEntry& entry, const LogBodyKind& kind,
                                       bool is_text_known);

}  // namespace countersign::cosign

#endif  // COUNTERSIGN_COSIGN_LOG_BODY_FORM_H_
