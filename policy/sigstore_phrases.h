#ifndef COUNTERSIGN_POLICY_SIGSTORE_PHRASES_H_
#define COUNTERSIGN_POLICY_SIGSTORE_PHRASES_H_

#include <cstddef>
#include <functional>
#include <map>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "policy/policy.h"
#include "policy/requirement.h"
#include "policy/verification.h"

namespace countersign::policy {

// Phrases of which sentences about policies of policy.sigstore.dev are made (policy/sigstore_sentences.h).
// Printable and short. Pure.

// A name, and what somebody else says, without the full stop.
std::string NamePhrase(std::string_view name);
std::string SaidPhrase(std::string_view sentence);

// Whether it goes by identities, not by a key.
bool IsKeyless(const Authority& authority);

// "signature key validation failed for authority NAME for IMAGE: ".
std::string FailedPhrase(const Authority& authority, std::string_view image);

// That nothing of what was found of a manifest, by that name, is what the authority asks for, and why.
struct NothingHolds {
  size_t items = 0;  // so many were found
  // By the index of what is asked for. Refers to what outlives this: a temporary does not compile.
  std::reference_wrapper<const std::map<size_t, ToldApart>> told_apart;
  // What could not be read, if anything.
  absl::Status transient;
};
// "signature key validation failed for authority NAME for IMAGE: no matching signatures: …", or, where an
// attestation is asked for and only some of other types were found, what the Policy Controller says of
// those that the authority made, and then that. By whom they are is not found out here.
std::string NothingHoldsPhrase(const Requirement& requirement, const Authority& authority,
                               std::string_view image, const NothingHolds& found);

}  // namespace countersign::policy

#endif  // COUNTERSIGN_POLICY_SIGSTORE_PHRASES_H_
