#include "cosign/proof.h"

namespace countersign::cosign {

size_t TextBytes(const Proof& proof) {
  // What a text in a list or a map takes beside itself.
  constexpr size_t kTextBytes = 96;
  size_t bytes = proof.subject.size() + proof.predicate_type.size() +
                 proof.times.size() * sizeof(absl::Time) +
                 proof.log_indexes.size() * sizeof(uint64_t);
  if (!proof.identity.has_value()) return bytes;
  bytes += proof.identity->issuer.size();
  for (const std::string& subject : proof.identity->subjects) bytes += kTextBytes + subject.size();
  for (const auto& [name, text] : proof.identity->extensions) {
    bytes += kTextBytes + name.size() + text.size();
  }
  return bytes;
}

}  // namespace countersign::cosign
