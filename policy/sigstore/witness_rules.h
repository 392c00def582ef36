#ifndef COUNTERSIGN_POLICY_SIGSTORE_WITNESS_RULES_H_
#define COUNTERSIGN_POLICY_SIGSTORE_WITNESS_RULES_H_

#include <functional>
#include <string_view>

#include "absl/status/statusor.h"
#include "cosign/combined_root.h"
#include "cosign/signer.h"
#include "policy/sigstore/authority_spec.h"

namespace countersign::policy {

// What an authority wants to have witnessed its signatures, and by whose word.
struct WitnessTerms {
  cosign::Witnesses witnesses;
  cosign::TrustedRootPtr trust;  // null: nobody is asked
};

// The root of this name (a TrustRoot object), or what nobody names one for ("").
using FindRoot = std::function<absl::StatusOr<cosign::TrustedRootPtr>(std::string_view name)>;

// What an authority with a key, or one that is keyless, wants, by its `ctlog`, `rfc3161timestamp` and
// `keyless`:
//
//              ctlog                 timestamp   wants
//   key        absent, or empty      absent      nothing
//   key        url, trustRootRef     absent      an entry in a log
//   key        absent                named       a timestamp
//   key        url, trustRootRef     named       both
//   keyless    absent, or empty      absent      an entry; by a root of its own that has no logs, a
//                                                timestamp
//   keyless    url, trustRootRef     absent      an entry
//   keyless    absent                named       a timestamp
//   keyless    url, trustRootRef     named       both
//
// and of keyless ones a signed certificate timestamp besides, unless they ignore that or name a root that
// has no logs of certificates. Whoever names a URL without a root means one of the default root's; an empty
// `rfc3161timestamp` is none. InvalidArgument, in words for the policy's author, if the root that it is to
// be judged by has nothing of the kind, or a URL is nobody's; as `find_root` if there is none. Pure.
absl::StatusOr<WitnessTerms> WitnessesOf(const AuthoritySpec& authority, const FindRoot& find_root);

}  // namespace countersign::policy

#endif  // COUNTERSIGN_POLICY_SIGSTORE_WITNESS_RULES_H_
