#include "policy/verdict_lists.h"

#include <map>
#include <string>
#include <vector>

#include "cosign/proof.h"
#include "policy/held.h"

namespace countersign::policy {
namespace {

// What takes room beside its texts, with tags and lengths, in Protocol Buffers' encoding.
constexpr size_t kNameBytes = 4;
constexpr size_t kEvidenceBytes = 32;
constexpr size_t kTimeBytes = 20;
constexpr size_t kIndexBytes = 10;
constexpr size_t kExtensionBytes = 12;

// Without extensions.
size_t BytesOf(const Held& held) {
  const cosign::Proof& proof = held.proof;
  const size_t issuer = proof.identity.has_value() ? proof.identity->issuer.size() : 0;
  return kEvidenceBytes + held.authority.size() + held.key_sha256.size() + issuer +
         proof.subject.size() + proof.predicate_type.size() + kTimeBytes * proof.times.size() +
         kIndexBytes * proof.log_indexes.size();
}

class Room {
 public:
  explicit Room(size_t bytes) : left_(bytes) {}
  bool Take(size_t bytes) {
    if (bytes > left_) return false;
    left_ -= bytes;
    return true;
  }
  bool TakeName(const std::string& name) { return Take(kNameBytes + name.size()); }

 private:
  size_t left_;
};

// How many go.
template <typename T>
size_t Shorten(size_t count, std::vector<T>& list) {
  const size_t rest = list.size() - count;
  if (rest == 0) return 0;
  list.resize(count);
  list.shrink_to_fit();
  return rest;
}

}  // namespace

void KeepListsWithin(size_t max_bytes, Verdict& verdict) {
  Room room(max_bytes);
  size_t keys = 0;
  size_t evidence = 0;
  for (; keys < verdict.keys.size() && room.TakeName(verdict.keys[keys]); ++keys) {
    const bool is_next = evidence == keys && evidence < verdict.evidence.size();
    if (is_next && room.Take(BytesOf(verdict.evidence[evidence]))) ++evidence;
  }
  size_t patterns = 0;
  while (patterns < verdict.patterns.size() && room.TakeName(verdict.patterns[patterns])) {
    ++patterns;
  }
  verdict.left_out += Shorten(keys, verdict.keys) + Shorten(evidence, verdict.evidence) +
                      Shorten(patterns, verdict.patterns);
  for (Held& held : verdict.evidence) {
    if (!held.proof.identity.has_value()) continue;
    verdict.left_out += std::erase_if(held.proof.identity->extensions, [&room](const auto& said) {
      return !room.Take(kExtensionBytes + said.first.size() + said.second.size());
    });
  }
}

}  // namespace countersign::policy
