#ifndef COUNTERSIGN_CRYPTO_HASH_ALGORITHM_H_
#define COUNTERSIGN_CRYPTO_HASH_ALGORITHM_H_

#include <cstddef>
#include <string>
#include <string_view>

#include "crypto/message.h"

namespace countersign::crypto {

// The hashes (FIPS 180-4) that evidence may name.
enum class HashAlgorithm { kUnspecified = 0, kSha256, kSha384, kSha512 };

// "SHA-256"; "" of kUnspecified.
std::string_view NameForPeople(HashAlgorithm algorithm);

// How many bytes its digests have; 0 of kUnspecified.
size_t DigestSize(HashAlgorithm algorithm);

// The raw digest of the message; "" of kUnspecified.
std::string DigestOf(const Message& message, HashAlgorithm algorithm);

// The hash that a DER AlgorithmIdentifier names (RFC 5754 section 2), with NULL or without it.
// kUnspecified: it is another, or malformed.
HashAlgorithm ReadHashAlgorithm(std::string_view algorithm_identifier);

}  // namespace countersign::crypto

#endif  // COUNTERSIGN_CRYPTO_HASH_ALGORITHM_H_
