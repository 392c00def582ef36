#include "policy/verdict_lists.h"

#include <algorithm>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "absl/strings/str_cat.h"
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
constexpr size_t kFailureBytes = 12;
// What says how many more there are.
constexpr size_t kMoreBytes = 32;

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

size_t BytesOf(const PolicyFailure& failure) {
  return kFailureBytes + failure.summary.size() + failure.details.size();
}

// Cuts a text that is longer than `max_bytes`, which is some bytes at least, between characters (UTF-8).
void Cut(size_t max_bytes, std::string& text) {
  constexpr std::string_view kCut = "...";
  if (text.size() <= max_bytes) return;
  size_t end = max_bytes - kCut.size();
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80) --end;
  text.resize(end);
  text += kCut;
}

// How many of the first there is room for.
size_t CountWithin(size_t max_bytes, const std::vector<PolicyFailure>& failures) {
  size_t bytes = 0;
  size_t count = 0;
  while (count < std::min(failures.size(), kMaxPolicyFailures)) {
    bytes += BytesOf(failures[count]);
    if (bytes > max_bytes) break;
    ++count;
  }
  return count;
}

// Leaves what takes no more than `max_bytes`, which is kLeastPolicyFailureBytes at least.
void KeepFailuresWithin(size_t max_bytes, std::vector<PolicyFailure>& failures) {
  if (CountWithin(max_bytes, failures) == failures.size()) return;
  // What denies is told before what only warns.
  std::stable_partition(failures.begin(), failures.end(),
                        [](const PolicyFailure& failure) { return !failure.is_warning; });
  const size_t room = max_bytes - kMoreBytes;
  Cut(room / 2, failures[0].summary);
  Cut(room - BytesOf({.summary = failures[0].summary}), failures[0].details);
  const size_t more = Shorten(CountWithin(room, failures), failures);
  if (more > 0) absl::StrAppend(&failures.back().details, " (and ", more, " more)");
}

}  // namespace

void KeepListsWithin(size_t max_bytes, Verdict& verdict) {
  const size_t said = verdict.decision == Decision::kAllow ? 0 : verdict.message.size();
  const size_t left = max_bytes - std::min(max_bytes, said);
  KeepFailuresWithin(std::clamp(left, kLeastPolicyFailureBytes, kMaxPolicyFailureBytes),
                     verdict.policy_failures);
  size_t found = 0;
  for (const PolicyFailure& failure : verdict.policy_failures) found += BytesOf(failure);
  Room room(max_bytes - std::min(max_bytes, found));
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
