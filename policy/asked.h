#ifndef COUNTERSIGN_POLICY_ASKED_H_
#define COUNTERSIGN_POLICY_ASKED_H_

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/types/span.h"
#include "cosign/signer.h"
#include "policy/policy.h"

namespace countersign::policy {

// What is looked for among the items of an image: one that holds by the signer.
struct Asked {
  cosign::SignerPtr signer;
  // Of an attestation, exactly that type; nullopt: a signature.
  std::optional<std::string> predicate_type;
  // What it must say beside that; null: nothing.
  std::shared_ptr<const Stipulations> accepts = nullptr;
  // Who asks: one of the policies in force, which lives as long. Null: it does not matter.
  const Authority* authority = nullptr;
  // Why nothing holds is to be told for this alone, whatever holds of the rest.
  bool is_told_apart = false;
};

// What these authorities ask for, in their order: of each a signature, or each of its attestations. All
// of them must be usable. Pure.
std::vector<Asked> AskedBy(absl::Span<const Authority* const> authorities);

// The words for it in sentences; where it is of several kinds, such as are true of all.
struct AskedWords {
  std::string_view item;     // "signature", whose plural has an s
  std::string_view make;     // "Sign", with the image as its object
  std::string_view with;     // "with", with the signer as its object
  std::string_view signer;   // "key"
  std::string_view signers;  // "keys"
  std::string_view such;     // "such a key"
};
AskedWords WordsFor(absl::Span<const Asked> asked);

}  // namespace countersign::policy

#endif  // COUNTERSIGN_POLICY_ASKED_H_
