#ifndef COUNTERSIGN_COSIGN_PROOF_H_
#define COUNTERSIGN_COSIGN_PROOF_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "cosign/identity.h"
#include "crypto/signature_scheme.h"

namespace countersign::cosign {

// What has been found of a signature that holds.
struct Proof {
  // How the signature was made.
  crypto::SignatureScheme scheme = crypto::SignatureScheme::kUnspecified;
  // Whom the signer's certificate names, and which of its subjects was asked for; nullopt and "":
  // the policy's key has signed.
  std::optional<CertificateIdentity> identity;
  std::string subject;
  // When it was signed, by those who were asked and are trusted.
  std::vector<absl::Time> times;
  // Of the entries that hold, in the logs that were asked.
  std::vector<uint64_t> log_indexes;
  // Of a statement; "": there is none.
  std::string predicate_type;
};

// What it takes in memory beside itself.
size_t AllocatedBytes(const Proof& proof);

}  // namespace countersign::cosign

#endif  // COUNTERSIGN_COSIGN_PROOF_H_
