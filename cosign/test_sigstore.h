#ifndef COUNTERSIGN_COSIGN_TEST_SIGSTORE_H_
#define COUNTERSIGN_COSIGN_TEST_SIGSTORE_H_

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/time/time.h"
#include "cosign/bundle.h"
#include "cosign/checkpoint.h"
#include "cosign/dsse.h"
#include "cosign/log_entry_data.h"
#include "cosign/statement.h"
#include "cosign/test_log.h"
#include "cosign/trusted_root.h"
#include "crypto/certificate.h"
#include "crypto/test_certificate.h"
#include "crypto/test_key.h"
#include "crypto/test_timestamp.h"
#include "oci/digest.h"

namespace countersign::cosign {

// A Sigstore in memory, for tests only: who certifies, logs and stamps, what they make together, and
// the trusted root by which it holds.

// When everything is signed. What certifies and stamps holds for half an hour before it and after
// it, a signer's certificate for five minutes, both ends included.
inline constexpr absl::Time kTestSigningTime = absl::FromUnixSeconds(1'800'001'800);

// Who signs, unless a test says otherwise, and what.
inline constexpr std::string_view kTestIssuer = "https://accounts.example.org";
inline constexpr std::string_view kTestSubject = "https://example.org/workflow@main";
const oci::Digest& TestImage();

// The statement of this type about the image, as cosign writes it, and one about whatever is in
// `subjects`, the elements of a JSON array.
std::string WriteTestStatement(const oci::Digest& image,
                               std::string_view predicate_type = kSignaturePredicateType);
std::string WriteTestStatement(std::string_view subjects,
                               std::string_view predicate_type = kSignaturePredicateType);

// Fulcio's extension 1.3.6.1.4.1.57264.1.`number`, in the form that is this one's.
crypto::TestExtension TestFulcioExtension(int number, std::string_view text);

enum class TestWitness { kRekor1, kRekor2, kTimestamp };

// What somebody signs, how, and who witnesses it.
struct TestSigning {
  crypto::TestKey key = crypto::TestKey::Generate();
  crypto::TestScheme scheme = crypto::TestScheme::kDefault;
  // Without it the bundle has a hint, and logs name the key.
  std::optional<crypto::Certificate> certificate;
  Envelope envelope = {std::string(kInTotoPayloadType), WriteTestStatement(TestImage())};
  // Signed as it is, instead of the envelope.
  std::optional<std::string> message;
  // Each makes one entry, or timestamp.
  std::vector<TestWitness> witnesses = {TestWitness::kRekor1};
  absl::Time time = kTestSigningTime;
  // As what Rekor 1 logs an envelope; and as which text, "": logs are not told.
  std::string envelope_kind = "dsse";
  std::string envelope_version = "0.0.1";
  std::string envelope_text;

  // What the signature is over.
  std::string SignedBytes() const;
};

// The entry that `log`, of that generation, makes of `signature` (raw bytes), as the signer's over the
// contents of `signing`.
LogEntry LogTestSignature(TestLog& log, LogGeneration generation, const TestSigning& signing,
                          std::string_view signature);

struct TestSigstore {
  TestSigstore();

  // The authority for signers: a root, and the intermediate that issues.
  crypto::TestKey root_key;
  crypto::TestKey issuer_key;
  crypto::Certificate root;
  crypto::Certificate intermediate;
  // Of the log of certificates.
  crypto::TestKey certificate_log;
  TestLog rekor1;
  TestLog rekor2;
  crypto::TestTimestampAuthority timestamps;

  // A certificate for the key as Fulcio has it before it issues it, and what it then is, with the
  // timestamp of the log of certificates in it.
  crypto::TestCertificate Request(const crypto::TestKey& key) const;
  crypto::Certificate Issue(crypto::TestCertificate parts) const;

  // By a fresh key, and its certificate.
  TestSigning Keyless(crypto::TestKeyType type = crypto::TestKeyType::kEcdsaP256) const;

  // A bundle of version 0.3.
  Bundle Sign(const TestSigning& signing);
  // A timestamp (DER) of this signature.
  std::string Stamp(std::string_view signature, absl::Time time = kTestSigningTime) const;

  // Trusts all of it.
  TrustedRoot trusted() const;
};

}  // namespace countersign::cosign

#endif  // COUNTERSIGN_COSIGN_TEST_SIGSTORE_H_
