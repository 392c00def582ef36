#include "policy/asked.h"

#include <variant>

#include "absl/algorithm/container.h"

namespace countersign::policy {
namespace {

bool IsForSignature(const Asked& asked) { return !asked.predicate_type.has_value(); }

bool IsOfKey(const Asked& asked) { return asked.signer->key() != nullptr; }

}  // namespace

std::vector<Asked> AskedBy(absl::Span<const Authority* const> authorities) {
  std::vector<Asked> asked;
  asked.reserve(authorities.size());
  for (const Authority* authority : authorities) {
    const cosign::SignerPtr& signer = std::get<cosign::SignerPtr>(authority->asks);
    if (!AsksForAttestation(authority)) {
      asked.push_back({.signer = signer,
                       .predicate_type = std::nullopt,
                       .accepts = authority->accepts,
                       .authority = authority});
    }
    for (const WantedAttestation& wanted : authority->attestations) {
      asked.push_back({.signer = signer,
                       .predicate_type = wanted.predicate_type,
                       .accepts = wanted.accepts,
                       .authority = authority});
    }
  }
  return asked;
}

AskedWords WordsFor(absl::Span<const Asked> asked) {
  AskedWords words = {.item = "item",
                      .make = "Sign or attest",
                      .with = "by",
                      .signer = "signer",
                      .signers = "signers",
                      .such = "such a signer"};
  if (absl::c_all_of(asked, IsForSignature)) {
    words.item = "signature";
    words.make = "Sign";
  } else if (absl::c_none_of(asked, IsForSignature)) {
    words.item = "attestation";
    words.make = "Attest";
  }
  if (absl::c_all_of(asked, IsOfKey)) {
    words.with = "with";
    words.signer = "key";
    words.signers = "keys";
    words.such = "such a key";
  } else if (absl::c_none_of(asked, IsOfKey)) {
    words.with = "as";
    words.signer = "identity";
    words.signers = "identities";
    words.such = "such an identity";
  }
  return words;
}

}  // namespace countersign::policy
