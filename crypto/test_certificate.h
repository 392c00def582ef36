#ifndef COUNTERSIGN_CRYPTO_TEST_CERTIFICATE_H_
#define COUNTERSIGN_CRYPTO_TEST_CERTIFICATE_H_

#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/time/time.h"
#include "crypto/certificate.h"
#include "crypto/test_key.h"

namespace countersign::crypto {

// A certificate authority made in memory, for tests only: a self-signed certificate of version 3
// for `key`, with the subject CN=`name` and basicConstraints that say what it is. The key must be
// ECDSA or RSA; times are whole seconds.
Certificate MakeTestAuthority(std::string_view name, const TestKey& key, absl::Time not_before,
                              absl::Time not_after);

// What a certificate that is written byte by byte says, right or wrong, for tests only.
struct TestExtension {
  std::string oid;  // "2.5.29.19"
  bool is_critical = false;
  std::string value;
  // What is not critical says so, which DER leaves out.
  bool says_not_critical = false;
};

struct TestCertificate {
  std::string subject;  // CN=subject; none if it is empty
  std::string issuer;
  TestKey key = TestKey::Generate();
  absl::Time not_before = absl::FromUnixSeconds(1'800'000'000);
  absl::Time not_after = absl::FromUnixSeconds(1'800'003'600);
  std::vector<TestExtension> extensions;
  uint64_t serial = 1;
  std::optional<uint64_t> version = 2;  // as it is written; nullopt: it is left out
};

// Extensions, critical where RFC 5280 has them so.
TestExtension TestBasicConstraints(bool is_authority, std::optional<uint64_t> path_length = {});
// The first eight bits of keyUsage, the first the highest: 0x80 is digitalSignature, 0x04
// keyCertSign. At least one is set.
TestExtension TestKeyUsage(uint8_t bits);
TestExtension TestExtendedKeyUsage(std::initializer_list<std::string_view> oids,
                                   bool is_critical = false);
// subjectAltName with this URI alone.
TestExtension TestUri(std::string_view uri);

// The AlgorithmIdentifier of what such a key signs certificates by; Ed25519 keys sign pure.
std::string TestSignatureAlgorithm(const TestKey& key, TestScheme scheme = TestScheme::kDefault);
// The TBSCertificate that says it is signed with `issuer`, and the Certificate around one.
std::string WriteTestTbs(const TestCertificate& parts, const TestKey& issuer,
                         TestScheme scheme = TestScheme::kDefault);
std::string SignTestTbs(std::string_view tbs, const TestKey& issuer,
                        TestScheme scheme = TestScheme::kDefault);
// Both, read strictly; ends the process if it cannot be.
Certificate MakeTestCertificate(const TestCertificate& parts, const TestKey& issuer,
                                TestScheme scheme = TestScheme::kDefault);

}  // namespace countersign::crypto

#endif  // COUNTERSIGN_CRYPTO_TEST_CERTIFICATE_H_
