#ifndef COUNTERSIGN_POLICY_SIGSTORE_PHRASES_H_
#define COUNTERSIGN_POLICY_SIGSTORE_PHRASES_H_

#include <cstddef>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "policy/policy.h"
#include "policy/requirement.h"

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

// Why nothing of what was found of a manifest is what the authority asks for: of so many items, by what is
// told apart (policy/verification.h), and by what could not be read, if anything.
std::string NothingHoldsPhrase(const Requirement& requirement, const Authority& authority,
                               size_t items,
                               const std::map<size_t, std::vector<std::string>>& told_apart,
                               const absl::Status& transient);

}  // namespace countersign::policy

#endif  // COUNTERSIGN_POLICY_SIGSTORE_PHRASES_H_
