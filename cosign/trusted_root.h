#ifndef COUNTERSIGN_COSIGN_TRUSTED_ROOT_H_
#define COUNTERSIGN_COSIGN_TRUSTED_ROOT_H_

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "crypto/certificate.h"
#include "crypto/public_key.h"
#include "crypto/sha256.h"
#include "crypto/signature_scheme.h"
#include "crypto/timestamp.h"

namespace countersign::cosign {

inline constexpr size_t kMaxTrustedRootBytes = 4 << 20;
inline constexpr int kMaxTrustedRootDepth = 32;
inline constexpr size_t kMaxTrustedRootValues = 10'000;

// From when until when something is trusted, both included, to the fraction of a second; without
// one of them it has no bound there.
struct TrustWindow {
  std::optional<absl::Time> start;
  std::optional<absl::Time> end;

  bool Contains(absl::Time time) const {
    return (!start || *start <= time) && (!end || time <= *end);
  }
};

// A transparency log, or a log of certificates: its key, and when that was in use.
struct TrustedLog {
  std::string id;  // raw bytes: what evidence calls it; not empty
  crypto::PublicKey key;
  crypto::SignatureScheme scheme;  // how it is said to sign
  TrustWindow valid_for;           // with a start
  std::string base_url;            // may be empty
  // By which a log of Rekor 2 signs its checkpoints: the URL without scheme and final slash, and its
  // host alone. Empty without a URL.
  std::vector<std::string> origins;
  std::string checkpoint_key_id;  // raw bytes; may be empty
  std::string operator_name;      // may be empty; logs of one operator are one witness
};

struct TrustedCertificateAuthority {
  // At least one: the one that is nearest to what it signs comes first, the last is the anchor.
  std::vector<crypto::Certificate> chain;
  TrustWindow valid_for;
  std::string uri;            // for people; may be empty
  std::string operator_name;  // may be empty
};

struct TrustedTimestampAuthority {
  // Of its chain only the first certificate may be no authority: it is the signer's.
  crypto::TimestampAuthority authority;
  std::string uri;            // for people; may be empty
  std::string operator_name;  // may be empty; authorities of one operator are one witness
};

// What Sigstore evidence is judged by (trusted_root.json: TrustedRoot in sigstore_trustroot.proto).
// Immutable once it is shared.
struct TrustedRoot {
  std::vector<TrustedLog> logs;              // transparency logs; each id once
  std::vector<TrustedLog> certificate_logs;  // the same
  std::vector<TrustedCertificateAuthority> certificate_authorities;
  std::vector<TrustedTimestampAuthority> timestamp_authorities;
  // What is odd and spoils nothing, with its JSON pointer: members that are not known, logs whose
  // keys are of a kind that is not known and that are left out, ids that fit no key. For people.
  std::vector<std::string> warnings;
  // Of all of it: what has the same judges alike. Of what ParseTrustedRoot reads, that of the text.
  crypto::Sha256Digest id = {};
};

// Reads a trusted root, whole or not at all. Its JSON is held to what a bundle's is (cosign/bundle.h)
// but for members that are not known: a new one must not end all trust.
//
// InvalidArgument says what is wrong and where, as a JSON pointer, or at which byte the text is no
// JSON. Pure; its work is bounded by the limits above.
absl::StatusOr<TrustedRoot> ParseTrustedRoot(std::string_view json);

// By what a log of Rekor 2 with this URL signs its checkpoints (TrustedLog::origins).
std::vector<std::string> OriginsOf(std::string_view base_url);

// The log with this id; null: it is not trusted.
const TrustedLog* FindLog(const std::vector<TrustedLog>& logs, std::string_view id);

}  // namespace countersign::cosign

#endif  // COUNTERSIGN_COSIGN_TRUSTED_ROOT_H_
