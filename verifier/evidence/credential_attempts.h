#ifndef COUNTERSIGN_VERIFIER_EVIDENCE_CREDENTIAL_ATTEMPTS_H_
#define COUNTERSIGN_VERIFIER_EVIDENCE_CREDENTIAL_ATTEMPTS_H_

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "oci/digest.h"
#include "policy/evidence.h"
#include "verifier/credentials/credential_finder.h"

namespace countersign::verifier {

// Whether a registry has refused the credential.
bool IsRefusal(const absl::Status& status);

// Whether no other credential needs to be tried. Registries that count anonymous requests may still
// have an answer for who names himself.
bool EndsSearch(const FoundCredential& credential, const absl::Status& failure);

// What came of the credentials with which an image was looked for so far, and what is answered if none
// of those to come does better. For one thread.
class CredentialAttempts {
 public:
  void Add(const FoundCredential& credential, const absl::Status& failure);

  // A digest without signatures, seen by a credential that has not shown that it may see the image.
  void AddUnsigned(const FoundCredential& credential, const oci::Digest& digest);

  void AddAnswered(const FoundCredential& credential);

  // What was tried, in one of the two forms; `faults` is what was of no use (CredentialFinder::Walk).
  std::string Describe(const std::vector<SourceText>& faults,
                       std::string SourceText::*form = &SourceText::shown) const;

  // Where no credential has answered: that there are no signatures, or why that is not known, which is
  // the first failure that is no refusal; else NotFound, then Unauthenticated.
  absl::StatusOr<policy::Evidence> Conclude(const std::vector<SourceText>& faults) const;

 private:
  void Note(const FoundCredential& credential, std::string_view what);

  std::vector<SourceText> tried_;
  std::optional<absl::Status> refusal_;
  std::optional<absl::Status> not_found_;
  std::optional<absl::Status> failure_;
  std::optional<oci::Digest> unsigned_;
};

}  // namespace countersign::verifier

#endif  // COUNTERSIGN_VERIFIER_EVIDENCE_CREDENTIAL_ATTEMPTS_H_
