#ifndef COUNTERSIGN_COSIGN_WITNESS_COST_H_
#define COUNTERSIGN_COSIGN_WITNESS_COST_H_

#include <cstddef>
#include <string>
#include <vector>

#include "cosign/log_entry_data.h"
#include "cosign/logged_signature.h"
#include "cosign/signer.h"
#include "cosign/trusted_root.h"
#include "crypto/certificate.h"

namespace countersign::cosign {

// What JudgeWitnesses (cosign/witnessed.h) of the same costs at the most, about, in units of one
// ECDSA P-256 verification (crypto::PublicKey::Cost). What names nobody who is trusted costs no
// more than reading it: an entry of another log, a timestamp by another authority or of something
// else, a certificate that no authority issued by its name, or that no witness vouches for. Of
// `signature` who signed is known, its scheme need not be. Pure; takes no public-key operation.
size_t CostOfWitnesses(const LoggedSignature& signature, const std::vector<LogEntry>& entries,
                       const std::vector<std::string>& timestamps, const Signer& signer);

// The same of IsOfTrusted (cosign/signer_certificate.h).
size_t CostOfIssuer(const crypto::Certificate& certificate,
                    const std::vector<TrustedCertificateAuthority>& authorities);

}  // namespace countersign::cosign

#endif  // COUNTERSIGN_COSIGN_WITNESS_COST_H_
