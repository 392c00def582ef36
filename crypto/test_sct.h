#ifndef COUNTERSIGN_CRYPTO_TEST_SCT_H_
#define COUNTERSIGN_CRYPTO_TEST_SCT_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "crypto/test_certificate.h"
#include "crypto/test_key.h"

namespace countersign::crypto {

// The extension with a SignedCertificateTimestampList.
inline constexpr std::string_view kTestSctListOid = "1.3.6.1.4.1.11129.2.4.2";

// The bytes, and before them their number, in so many bytes, as TLS has it.
std::string WriteTestPrefixed(std::string_view bytes, size_t width);

// A signed certificate timestamp (RFC 6962 section 3.2) that is written byte by byte, for tests
// only.
struct TestSct {
  std::string version = std::string(1, '\0');
  std::string log_id = std::string(32, 'L');
  uint64_t milliseconds = 1'800'000'000'123;
  std::string extensions;
  std::string algorithms = "\x04\x03";  // SHA-256, ECDSA
  std::string signature = "signature";

  std::string Write() const;
};

// What a log signs of `sct` for the certificate of these parts, which have no list, by that issuer.
// It is said from the precertificate's side: nothing is taken out of a certificate.
std::string WriteTestSctInput(const TestSct& sct, const TestCertificate& parts,
                              const TestKey& issuer);
// `sct` as the log with this key makes it: its id, algorithms and signature. ECDSA or RSA.
TestSct SignTestSct(TestSct sct, const TestCertificate& parts, const TestKey& issuer,
                    const TestKey& log);

// The value of the extension: serialized timestamps.
std::string WriteTestSctList(const std::vector<std::string>& scts);
TestExtension TestSctList(const std::vector<std::string>& scts);

}  // namespace countersign::crypto

#endif  // COUNTERSIGN_CRYPTO_TEST_SCT_H_
