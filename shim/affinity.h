#ifndef COUNTERSIGN_SHIM_AFFINITY_H_
#define COUNTERSIGN_SHIM_AFFINITY_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "absl/types/span.h"

namespace countersign::shim {

// Which of several verifiers is asked: the same for the same images, by rendezvous hashing with bounded
// loads (docs/decisions/0014-the-same-images-to-the-same-verifier.md). Pure; thread-safe.
//
// The hash is FNV-1a of 64 bits, mixed by the finalizer of SplitMix64: it spreads well, and is the same
// in every process, so that all shims choose alike. It keeps no secret: who wants his questions to meet
// at one verifier can ask the same question.

// Of the distinct repositories of these references, in whatever order they stand, without their tags and
// digests: the same before and after an image was given its digest. Of none, too.
uint64_t AffinityKey(std::vector<std::string_view> references);

// Of a verifier's address, or of any other text.
uint64_t AffinityHash(std::string_view text);
// Of a number: for whoever has no images, but turns.
uint64_t AffinityHash(uint64_t number);

// What is known of a verifier when one is chosen.
struct VerifierAt {
  uint64_t hash = 0;  // AffinityHash of its address
  bool is_connected = false;
  // It has refused, cut off or not answered a question a moment ago.
  bool turns_away = false;
  size_t calls = 0;  // of this process that it has not answered yet
};

// As many calls one verifier may have of this process however few the others have: what is less is no
// load, and a rollout's reviews are to meet.
inline constexpr size_t kCallsWithoutBound = 64;

// With `calls` in progress at `verifiers` that are connected, one of them is given another call only if it
// has less than this: a quarter more than its share, the new call counted.
size_t MostCalls(size_t calls, size_t verifiers);

// Which one is asked, of those that are connected: the first in the order of the key that turns nobody
// away and has less than MostCalls; without one the first that turns nobody away, and then the first.
// `except` is taken only where it alone is connected. None if nobody is connected.
std::optional<size_t> ChooseVerifier(uint64_t key, absl::Span<const VerifierAt> verifiers,
                                     std::optional<size_t> except = std::nullopt);

}  // namespace countersign::shim

#endif  // COUNTERSIGN_SHIM_AFFINITY_H_
