#ifndef COUNTERSIGN_CRYPTO_TEST_CERTIFICATE_H_
#define COUNTERSIGN_CRYPTO_TEST_CERTIFICATE_H_

#include <string_view>

#include "absl/time/time.h"
#include "crypto/certificate.h"
#include "crypto/test_key.h"

namespace countersign::crypto {

// A certificate authority made in memory, for tests only: a self-signed certificate of version 3
// for `key`, with the subject CN=`name` and basicConstraints that say what it is. The key must be
// ECDSA or RSA; times are whole seconds.
Certificate MakeTestAuthority(std::string_view name, const TestKey& key, absl::Time not_before,
                              absl::Time not_after);

}  // namespace countersign::crypto

#endif  // COUNTERSIGN_CRYPTO_TEST_CERTIFICATE_H_
