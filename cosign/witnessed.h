#ifndef COUNTERSIGN_COSIGN_WITNESSED_H_
#define COUNTERSIGN_COSIGN_WITNESSED_H_

#include <cstddef>
#include <string>
#include <variant>
#include <vector>

#include "cosign/log_entry_data.h"
#include "cosign/logged_signature.h"
#include "cosign/pay.h"
#include "cosign/proof.h"
#include "cosign/refusal.h"
#include "cosign/signer.h"

namespace countersign::cosign {

// What the witnesses of one signature may cost, and how much without a look at who issued its
// certificate, in units (cosign/witness_cost.h). Whoever has seen a good signature can put others'
// witnesses beside it, but not take what all evidence of an image may cost.
inline constexpr size_t kMaxWitnessUnits = 400;
inline constexpr size_t kFewWitnessUnits = 64;

// What came of a signature whose key has been verified: whether as many witnesses as `signer` asks
// for have seen it, and whether its certificate, if that is what signed, held at every time that one
// of them vouches for, of which there must be one. Else the first reason why not. Who is named in the
// certificate is for the caller to look at.
//
// Witnesses of a key's signature are looked at only if they are asked for: they say nothing against
// it. Those of a certificate's all are, as each of their times must be one at which it held.
//
// The proof is without identity and predicate type. Pure; takes a public-key operation for each thing
// that a witness has signed, and a search for a path for each time (cosign/witness_cost.h), which `pay`
// is asked for: for log entries, for reading timestamps, for verifying them, and for the certificate,
// each when it is looked at, so that what is refused early is cheap. Few log entries come first; where
// all is much, a certificate that no trusted authority has issued is refused before the rest
// (kBadCertificate), and where it is too much, any signature (kLimit).
std::variant<Refusal, Proof> JudgeWitnesses(const LoggedSignature& signature,
                                            const std::vector<LogEntry>& entries,
                                            const std::vector<std::string>& timestamps,
                                            const Signer& signer, Pay pay = PayWhatever);

}  // namespace countersign::cosign

#endif  // COUNTERSIGN_COSIGN_WITNESSED_H_
