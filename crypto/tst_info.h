#ifndef COUNTERSIGN_CRYPTO_TST_INFO_H_
#define COUNTERSIGN_CRYPTO_TST_INFO_H_

#include <string_view>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "crypto/hash_algorithm.h"

namespace countersign::crypto {

// What a timestamp says (RFC 3161 section 2.4.2), as far as it is judged.
struct TstInfo {
  HashAlgorithm imprint_algorithm = HashAlgorithm::kUnspecified;
  std::string_view imprint;  // of what was stamped; as many bytes as the hash has
  absl::Time time;
};

// Reads a DER TSTInfo, whole; views into it. The policy, serial number, accuracy, ordering, nonce and
// the authority's name are not judged.
//
// InvalidArgument, in words that go on a sentence about the timestamp, if it is malformed, its hash
// is not SHA-256, SHA-384 or SHA-512, or it has a critical extension: there is none that is known.
absl::StatusOr<TstInfo> ReadTstInfo(std::string_view der);

}  // namespace countersign::crypto

#endif  // COUNTERSIGN_CRYPTO_TST_INFO_H_
