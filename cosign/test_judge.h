#ifndef COUNTERSIGN_COSIGN_TEST_JUDGE_H_
#define COUNTERSIGN_COSIGN_TEST_JUDGE_H_

#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "absl/strings/str_cat.h"
#include "cosign/bundle.h"
#include "cosign/bundle_verification.h"
#include "cosign/identity.h"
#include "cosign/proof.h"
#include "cosign/refusal.h"
#include "cosign/signer.h"
#include "cosign/test_sigstore.h"
#include "cosign/trusted_root.h"
#include "crypto/hash_algorithm.h"
#include "crypto/public_key.h"
#include "gmock/gmock.h"
#include "oci/digest.h"

namespace countersign::cosign {

using BundleVerdict = std::variant<Refusal, Proof>;

// Who judges bundles, for tests only: what a Sigstore in memory has witnessed by default holds, until
// a test changes something.
struct TestJudge {
  explicit TestJudge(const TestSigstore& sigstore) : trust(sigstore.trusted()) {}

  TrustedRoot trust;
  Witnesses witnesses = {.log_entries = 1, .certificate_timestamps = 1};
  std::vector<IdentityRule> identities = {
      {.issuer = std::string(kTestIssuer), .subject = std::string(kTestSubject)}};
  // Asks for this key's signature instead of for the identities'.
  std::optional<crypto::PublicKey> key;
  // What the bundle has to be: a signature of the image, or an attestation of that type; or of a file,
  // whatever it says of it.
  oci::Digest image = TestImage();
  std::optional<std::string> predicate_type;
  std::optional<File> file;

  SignerPtr signer() const;
  // The bundle is written, and read, before it is judged: what cannot be read is kMalformed.
  BundleVerdict Judge(const Bundle& bundle) const;
  BundleVerdict JudgeText(std::string_view bundle) const;
  // The same of this file.
  BundleVerdict JudgeFile(const Bundle& bundle, File other) const;
};

// A file that is there, and one of which only the digest is known.
File TestFile(std::string bytes);
File TestFileDigest(std::string_view bytes,
                    crypto::HashAlgorithm algorithm = crypto::HashAlgorithm::kSha256);

// For people; of a proof all that it says.
std::string Describe(const BundleVerdict& verdict);

// Not empty, printable, and short.
bool IsForPeople(std::string_view sentence);

MATCHER(Holds, negation ? "is refused" : "holds") {
  *result_listener << "which is: " << Describe(arg);
  return std::holds_alternative<Proof>(arg);
}

// With a sentence that can be shown to people, whoever has written what it quotes.
MATCHER_P(IsRefusedAs, reason, absl::StrCat("is refused as ", static_cast<int>(reason))) {
  *result_listener << "which is: " << Describe(arg);
  const auto* const refusal = std::get_if<Refusal>(&arg);
  return refusal != nullptr && refusal->reason == reason && IsForPeople(refusal->sentence);
}

}  // namespace countersign::cosign

#endif  // COUNTERSIGN_COSIGN_TEST_JUDGE_H_
