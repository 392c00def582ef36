#ifndef COUNTERSIGN_CRYPTO_TEST_DER_H_
#define COUNTERSIGN_CRYPTO_TEST_DER_H_

#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>

#include "absl/time/time.h"
#include "crypto/der.h"

namespace countersign::crypto {

// DER written by hand, for tests only. Nothing is checked: tests write what is wrong, too.

// An element around the concatenation of `parts`.
std::string WriteDer(DerTag tag, std::initializer_list<std::string_view> parts);
std::string WriteDerSequence(std::initializer_list<std::string_view> parts);
// "2.5.29.15"; ends the process if it is no object identifier.
std::string WriteDerOid(std::string_view text);
std::string WriteDerUnsigned(uint64_t number);
// A BIT STRING of whole bytes.
std::string WriteDerBitString(std::string_view bytes);
// A time of a certificate, of whole seconds: UTCTime until 2049, then GeneralizedTime.
std::string WriteDerTime(absl::Time time);

}  // namespace countersign::crypto

#endif  // COUNTERSIGN_CRYPTO_TEST_DER_H_
