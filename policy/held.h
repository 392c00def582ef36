#ifndef COUNTERSIGN_POLICY_HELD_H_
#define COUNTERSIGN_POLICY_HELD_H_

#include <cstddef>
#include <string>
#include <vector>

#include "cosign/form.h"
#include "cosign/proof.h"
#include "policy/policy.h"
#include "policy/verification.h"

namespace countersign::policy {

// By which evidence the word of an authority holds, for whoever wants to know it.
struct Held {
  // The authority's name, as the policy has it.
  std::string authority;
  cosign::Form form = cosign::Form::kUnspecified;
  // What was found of it. Whose identity it is says `subject`: the list of all is empty.
  cosign::Proof proof;
  // Of a key that has signed, the SHA-256 of its DER SubjectPublicKeyInfo, as 64 hex digits; "": the
  // key of a certificate has, which is whom proof.identity names.
  std::string key_sha256;
};

// By which the word of the authority, which is usable, holds. Pure.
Held HeldBy(const Authority& authority, const VerifiedItem& verified);

// Leaves of what is in the proofs no more than `max_bytes`: what names the signers, and when they
// signed and what, comes first, and then what else their certificates say. A text is there as a whole or
// not at all. As others have written them, texts that are no UTF-8, or have control characters in
// them, are made printable (base/printable.h). Returns how many texts, moments, log indexes and
// extensions are left out. Pure.
size_t KeepWithin(size_t max_bytes, std::vector<Held>& evidence);

}  // namespace countersign::policy

#endif  // COUNTERSIGN_POLICY_HELD_H_
