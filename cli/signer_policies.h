#ifndef COUNTERSIGN_CLI_SIGNER_POLICIES_H_
#define COUNTERSIGN_CLI_SIGNER_POLICIES_H_

#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "cli/signers.h"
#include "policy/evidence_source.h"
#include "policy/policies.h"

namespace countersign::cli {

// The predicate type that --type asks for: a URI, or one of cosign's short names for some
// (cosign/predicate_name.h). InvalidArgument, naming the flag, if it is neither.
absl::StatusOr<std::string> ReadPredicateType(const std::string& type);

// Policies that ask of every image a signature by one of `signers`, which they call by their names, or
// an attestation of exactly `predicate_type` by one; where they keep it.
policy::PoliciesPtr PoliciesOf(const std::vector<NamedSigner>& signers,
                               const std::optional<std::string>& predicate_type,
                               const policy::EvidenceSourcePtr& source = nullptr);

}  // namespace countersign::cli

#endif  // COUNTERSIGN_CLI_SIGNER_POLICIES_H_
