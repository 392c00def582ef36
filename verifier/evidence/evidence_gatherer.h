#ifndef COUNTERSIGN_VERIFIER_EVIDENCE_EVIDENCE_GATHERER_H_
#define COUNTERSIGN_VERIFIER_EVIDENCE_EVIDENCE_GATHERER_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "base/byte_budget.h"
#include "base/clock.h"
#include "base/fresh_cache.h"
#include "base/turnstile.h"
#include "base/worker_pool.h"
#include "oci/image_reference.h"
#include "policy/evidence.h"
#include "policy/verification.h"
#include "registry/registry.h"
#include "verifier/credentials/credential_finder.h"
#include "verifier/evidence/signature_reader.h"

namespace countersign::verifier {

// Looks for an image's digest and signatures in its registry: with each credential in turn until
// one is not refused. It never judges.
//
// What a digest's signatures are is remembered for a while, so that a warm admission by digest
// needs no network and one by tag a single HEAD. A tag's digest is never remembered: a tag that has
// just been moved must not be judged by what it was. The memory is only there to allow faster:
// whoever would deny by what was remembered looks once more with Freshness::kFresh, and only
// signatures that were found to hold are remembered. They are kept apart for each scope of
// credentials, and bounded by what they weigh in memory; what was used least recently goes first.
//
// Thread-safe.
class EvidenceGatherer {
 public:
  struct Options {
    // How long signatures that held are remembered. A signature that is taken away from the
    // registry still counts for that long; keys and patterns always count as the policy has them
    // now.
    absl::Duration memory = absl::Minutes(5);
    // What they may weigh together, with what they are found by.
    size_t memory_bytes = 64 << 20;
  };

  enum class Freshness { kRemembered, kFresh };

  // What was found.
  struct Gathered {
    policy::Evidence evidence;
    bool from_memory = false;
    // Of the look's allowance; null if nothing is.
    std::shared_ptr<base::HeldBytes> held;
  };
  using GatheredPtr = std::shared_ptr<const Gathered>;

  // All pointers must outlive the gatherer, but for `pool`, which must be stopped before it goes, and
  // need not have begun yet.
  EvidenceGatherer(registry::Registry* registry, const CredentialFinder* credentials,
                   base::WorkerPool* pool, const base::Clock* clock, Options options);

  // What is remembered about an image that is named by digest. No I/O.
  std::optional<GatheredPtr> Recall(const oci::ImageReference& image, const SharedScope& scope);

  // Looks, and blocks until it has found what there is, or looking.deadline.
  //   NotFound               no credential found the image
  //   Unauthenticated        every credential was refused; the message says which were tried
  //   Cancelled              nobody wants it any more
  //   as registry/registry.h says for everything else
  absl::StatusOr<GatheredPtr> Gather(const oci::ImageReference& image, const ScopePtr& scope,
                                     Freshness freshness, const Looking& looking);

  // Remembers of what was gathered what was verified; nothing of its digest, if nothing was.
  void Remember(const oci::Repository& repository, const SharedScope& scope,
                const Gathered& gathered, const policy::Verification& verification);

  // How often signatures were asked for that were remembered, and that were not, and of how many
  // images they are, and what they weigh.
  struct Counts {
    uint64_t hits = 0;
    uint64_t misses = 0;
    size_t entries = 0;
    size_t bytes = 0;
  };
  Counts counts() const;

 private:
  std::optional<GatheredPtr> Recall(const oci::Repository& repository, const oci::Digest& digest,
                                    const SharedScope& scope);
  absl::StatusOr<Gathered> GatherWith(const registry::Credential& credential,
                                      const oci::ImageReference& image, const ScopePtr& scope,
                                      Freshness freshness, const Looking& looking);
  absl::StatusOr<oci::Digest> Resolve(const oci::ImageReference& image,
                                      const registry::Credential& credential,
                                      const Looking& looking);

  registry::Registry* const registry_;
  const CredentialFinder* const credentials_;
  const Options options_;
  const base::Clock* const clock_;
  // One manifest is read at a time, beside the checking of signatures: whoever asks for little waits
  // for one of each of the others at the most, and none is read that nobody waits for any more.
  base::Turnstile reading_{1};
  base::FreshCache<GatheredPtr> memory_;
};

}  // namespace countersign::verifier

#endif  // COUNTERSIGN_VERIFIER_EVIDENCE_EVIDENCE_GATHERER_H_
