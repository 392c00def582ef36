#include "shim/affinity.h"

#include <algorithm>
#include <tuple>

namespace countersign::shim {
namespace {

constexpr uint64_t kFnvOffset = 0xcbf29ce484222325;
constexpr uint64_t kFnvPrime = 0x100000001b3;

uint64_t Fnv1a(std::string_view text, uint64_t hash = kFnvOffset) {
  for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * kFnvPrime;
  return hash;
}

// As text, as it was written: the shim knows no references, and what is pinned keeps its spelling.
std::string_view RepositoryOf(std::string_view reference) {
  reference = reference.substr(0, reference.find('@'));
  const size_t name = reference.rfind('/') + 1;  // 0 without a slash
  return reference.substr(0, reference.find(':', name));
}

}  // namespace

uint64_t AffinityHash(uint64_t number) {
  number = (number ^ (number >> 30)) * 0xbf58476d1ce4e5b9;
  number = (number ^ (number >> 27)) * 0x94d049bb133111eb;
  return number ^ (number >> 31);
}

uint64_t AffinityHash(std::string_view text) { return AffinityHash(Fnv1a(text)); }

uint64_t AffinityKey(std::vector<std::string_view> references) {
  for (std::string_view& reference : references) reference = RepositoryOf(reference);
  std::sort(references.begin(), references.end());
  references.erase(std::unique(references.begin(), references.end()), references.end());
  uint64_t hash = kFnvOffset;
  // A line for each: no reference that is looked at has a line's end.
  for (const std::string_view repository : references) hash = Fnv1a("\n", Fnv1a(repository, hash));
  return AffinityHash(hash);
}

size_t MostCalls(size_t calls, size_t verifiers) {
  const size_t share_of = 4 * std::max<size_t>(verifiers, 1);
  return std::max(kCallsWithoutBound, (5 * (calls + 1) + share_of - 1) / share_of);
}

std::optional<size_t> ChooseVerifier(uint64_t key, absl::Span<const VerifierAt> verifiers,
                                     std::optional<size_t> except) {
  size_t calls = 0;
  size_t connected = 0;
  for (const VerifierAt& verifier : verifiers) {
    if (!verifier.is_connected) continue;
    calls += verifier.calls;
    ++connected;
  }
  const size_t most = MostCalls(calls, connected);
  // The least is the best. Which of two equal hashes comes first, their order says.
  using Rank = std::tuple<bool, bool, bool, uint64_t>;
  std::optional<size_t> best;
  Rank best_rank;
  for (size_t i = 0; i < verifiers.size(); ++i) {
    const VerifierAt& verifier = verifiers[i];
    if (!verifier.is_connected) continue;
    const Rank rank = {i == except, verifier.turns_away, verifier.calls >= most,
                       AffinityHash(key ^ verifier.hash)};
    if (best.has_value() && best_rank <= rank) continue;
    best = i;
    best_rank = rank;
  }
  return best;
}

}  // namespace countersign::shim
