#ifndef COUNTERSIGN_CRYPTO_TEST_TIMESTAMP_H_
#define COUNTERSIGN_CRYPTO_TEST_TIMESTAMP_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "absl/time/time.h"
#include "crypto/certificate.h"
#include "crypto/hash_algorithm.h"
#include "crypto/test_key.h"
#include "crypto/timestamp.h"

namespace countersign::crypto {

// Parts of timestamps, for tests only: whole elements of DER, named as in RFC 5652 and RFC 5035.

// AlgorithmIdentifier of a hash, without parameters, and the hash of the bytes by it. kUnspecified
// is SHA-1.
std::string WriteHashAlgorithm(HashAlgorithm hash);
std::string HashBytes(HashAlgorithm hash, std::string_view bytes);
// An Attribute; `values` are the elements of its set.
std::string WriteAttribute(std::string_view oid, std::string_view values);
// signingCertificateV2 with one ESSCertIDv2 of these elements, and signingCertificate with one
// ESSCertID.
std::string WriteSigningCertificateV2(std::string_view elements);
std::string WriteSigningCertificate(std::string_view elements);
// IssuerSerial, and IssuerAndSerialNumber, of a certificate that was read strictly.
std::string WriteIssuerSerial(const Certificate& certificate);
std::string WriteIssuerAndSerialNumber(const Certificate& certificate);

// A timestamp made in memory, for tests only: right in all its parts until a test changes some. What
// is not said otherwise is DER, a whole element, or nothing where it is "".
struct TestTimestamp {
  TestTimestamp(std::string_view stamped, absl::Time time, const TestKey& key,
                const Certificate& certificate);

  TestKey key;  // signs
  TestScheme scheme = TestScheme::kSha256;

  // TSTInfo (RFC 3161 section 2.4.2).
  uint64_t info_version = 1;
  std::string imprint;
  std::string time_text;   // the contents of the GeneralizedTime
  std::string after_time;  // any number of elements

  // SignedData and SignerInfo (RFC 5652 section 5).
  uint64_t version = 3;
  std::string content_type;
  std::string certificates;  // any number of elements
  std::string revocation_lists;
  uint64_t signer_version = 1;
  std::string signer_id;
  HashAlgorithm digest = HashAlgorithm::kSha256;
  // In the order in which they are transmitted. Empty: contentType, signingTime, messageDigest and
  // signingCertificateV2, of what the rest of this is.
  std::vector<std::string> attributes;
  bool has_attributes = true;
  // Signs them in the order in which they are transmitted, not the one of DER.
  bool signs_as_transmitted = false;
  std::string signature_algorithm;
  std::string unsigned_attributes;
  size_t signers = 1;

  // TimeStampResp.
  std::string status_info;  // the contents
  bool has_token = true;
  std::string after_token;

  // What it is if attributes is empty, in the order of DER.
  std::vector<std::string> DefaultAttributes() const;
  std::string Info() const;
  // The TimeStampResp.
  std::string Write() const;

 private:
  std::string WriteSignerInfo() const;
  std::string WriteContentInfo() const;

  absl::Time time_;
  Certificate certificate_;
};

// Who stamps, and the authority above that is trusted; all certificates hold from `start` for an
// hour.
struct TestTimestampAuthority {
  explicit TestTimestampAuthority(TestKeyType type = TestKeyType::kEcdsaP256);

  absl::Time start;
  TestKey root_key;
  Certificate root;
  TestKey key;
  Certificate certificate;

  // In the middle of the hour.
  TestTimestamp Stamp(std::string_view stamped) const;
  // With the signer's certificate in the chain, and without it.
  TimestampAuthority Listed() const { return {.chain = {certificate, root}}; }
  TimestampAuthority Unlisted() const { return {.chain = {root}}; }
};

}  // namespace countersign::crypto

#endif  // COUNTERSIGN_CRYPTO_TEST_TIMESTAMP_H_
