#ifndef COUNTERSIGN_COSIGN_WITNESS_COST_H_
#define COUNTERSIGN_COSIGN_WITNESS_COST_H_

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "cosign/log_entry_data.h"
#include "cosign/logged_signature.h"
#include "cosign/pay.h"
#include "cosign/signer.h"
#include "cosign/trusted_root.h"
#include "crypto/certificate.h"

namespace countersign::cosign {

// What looking at the witnesses of a signature costs at the most, about, in units of one ECDSA P-256
// verification (crypto::PublicKey::Cost). What names nobody who is trusted costs no more than reading
// it: an entry of another log, a timestamp by another authority or of something else, a certificate
// that no authority issued by its name, or that no witness vouches for.
struct WitnessCost {
  size_t entries = 0;
  size_t timestamps = 0;   // once they have been read
  size_t certificate = 0;  // paths from it at each time, and who has logged it

  size_t units() const { return entries + timestamps + certificate; }
};

// Of the log entries alone. None of these takes a public-key operation, and all are pure. Of
// `signature` who signed is known, its scheme need not be.
size_t CostOfEntries(const LoggedSignature& signature, const std::vector<LogEntry>& entries,
                     const Signer& signer);

// Of all. What timestamps cost shows when they are read, which is work of its own: `pay` is asked for
// it, for one timestamp after the other, until all together cost more than `most`. nullopt: that was
// not paid for.
std::optional<WitnessCost> FindWitnessCost(const LoggedSignature& signature,
                                           const std::vector<LogEntry>& entries,
                                           const std::vector<std::string>& timestamps,
                                           const Signer& signer, size_t most, Pay pay);

// What IsOfTrusted (cosign/signer_certificate.h) costs at the most.
size_t CostOfIssuer(const crypto::Certificate& certificate,
                    const std::vector<TrustedCertificateAuthority>& authorities);

}  // namespace countersign::cosign

#endif  // COUNTERSIGN_COSIGN_WITNESS_COST_H_
