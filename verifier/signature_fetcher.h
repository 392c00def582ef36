#ifndef COUNTERSIGN_VERIFIER_SIGNATURE_FETCHER_H_
#define COUNTERSIGN_VERIFIER_SIGNATURE_FETCHER_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "base/clock.h"
#include "base/expiring_cache.h"
#include "base/share.h"
#include "base/single_flight.h"
#include "base/worker_pool.h"
#include "oci/image_reference.h"
#include "policy/verdict.h"
#include "registry/registry.h"
#include "verifier/credential_finder.h"

namespace countersign::verifier {

// Looks for an image's digest and signatures in its registry: with each credential in turn until
// one is not refused, once for all who ask at the same time, and in a lane of its own for each
// registry. It never judges.
//
// What a digest's signatures are is remembered for a while, so that a warm admission by digest
// needs no network and one by tag a single HEAD. A tag's digest is never remembered: a tag that has
// just been moved must not be judged by what it was. The memory is only there to allow faster:
// whoever would deny by what Recall or a Ticket that says `from_memory` returned asks once more
// with Freshness::kFresh.
//
// Thread-safe.
class SignatureFetcher {
 public:
  struct Options {
    // How long signatures that were fetched are remembered. A signature that is taken away from the
    // registry still counts for that long; keys and patterns always count as the policy has them
    // now.
    absl::Duration memory = absl::Minutes(5);
    size_t memory_entries = 10'000;
    // For all of one image's requests together, whoever still waits for them.
    absl::Duration fetch_timeout = absl::Seconds(15);
  };

  enum class Freshness { kRemembered, kFresh };

  // What was found, shared with others who asked.
  struct Finding {
    policy::Evidence evidence;
    bool from_memory = false;
  };
  using FindingPtr = std::shared_ptr<const Finding>;
  using Ticket = base::SingleFlight<FindingPtr>::Ticket;

  // All pointers must outlive the fetcher, and `pool` must be stopped before the others go.
  SignatureFetcher(registry::Registry* registry, const CredentialFinder* credentials,
                   base::WorkerPool* pool, const base::Clock* clock, Options options);
  ~SignatureFetcher();

  // What is remembered about an image that is named by digest. No I/O.
  std::optional<FindingPtr> Recall(const oci::ImageReference& image, const CredentialScope& scope);

  // How often signatures were asked for that were remembered, and that were not, and of how many
  // images they are.
  struct Counts {
    uint64_t hits = 0;
    uint64_t misses = 0;
    size_t entries = 0;
  };
  Counts counts() const;

  // Starts looking when it is `share`'s turn, or joins somebody who is looking; does not block. What
  // nobody holds a ticket for any more is not begun. The ticket's Wait answers with:
  //   NotFound               no credential found the image
  //   Unauthenticated        every credential was refused; the message says which were tried
  //   as registry/registry.h says for everything else
  Ticket Fetch(const oci::ImageReference& image, const CredentialScope& scope, Freshness freshness,
               const base::Share& share);

 private:
  class Session;
  std::shared_ptr<Session> session_;
  base::SingleFlight<FindingPtr> flights_;
};

}  // namespace countersign::verifier

#endif  // COUNTERSIGN_VERIFIER_SIGNATURE_FETCHER_H_
