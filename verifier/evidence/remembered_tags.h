#ifndef COUNTERSIGN_VERIFIER_EVIDENCE_REMEMBERED_TAGS_H_
#define COUNTERSIGN_VERIFIER_EVIDENCE_REMEMBERED_TAGS_H_

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "base/clock.h"
#include "base/worker_pool.h"
#include "oci/digest.h"
#include "oci/image_reference.h"
#include "registry/credential.h"
#include "registry/registry.h"
#include "verifier/credentials/credential_finder.h"
#include "verifier/credentials/credential_scope.h"
#include "verifier/evidence/allowance.h"
#include "verifier/evidence/evidence_memory.h"
#include "verifier/evidence/looking.h"
#include "verifier/evidence/tag_memory.h"

namespace countersign::verifier {

// What tags mean: as their registries say, and for some seconds after an image was admitted by its tag, as
// it is remembered (tag_memory.h), so that a rollout does not ask for each of its Pods. It serves admissions
// alone (decision 2): who looks at a registry resolves the tag anew, and whoever would deny looks.
//
// Whoever asks has what was told to his scope's own credential, as far as that is known as his grant
// (evidence_memory.h), or to nobody in particular.
//
// Thread-safe.
class RememberedTags {
 public:
  // All must outlive it, but for `pool`, which must be stopped before it goes, and need not have begun
  // yet.
  RememberedTags(registry::Registry* registry, const CredentialFinder* credentials,
                 base::WorkerPool* pool, const base::Clock* clock, EvidenceMemory* grants,
                 const TagMemory::Options& options);

  // What the image's tag means now: asks the registry. Notes it in looking.resolved.
  // Errors are those of Registry::ResolveTag.
  absl::StatusOr<oci::Digest> Resolve(const oci::ImageReference& image,
                                      const registry::Credential& credential,
                                      const Looking& looking);

  // The digest that the image is named by, or that is remembered of its tag for the scope. No I/O.
  std::optional<oci::Digest> Recall(const oci::ImageReference& image, const SharedScope& scope);

  // Remembers that the image was admitted at what its tag was resolved to, and that the scope is let in
  // with that credential. Nothing where it is named by digest.
  void Keep(const oci::ImageReference& image, const SharedScope& scope,
            const ResolvedTag& resolved);

  // The image was admitted at this digest from what was remembered. Where that is near its end, its
  // registry is asked again, once for all who are admitted so, with the credential that it was told to
  // then, if the scope still has it. That is done on the pool for nobody's question: on the allowance's
  // caller and group, as one request of theirs with bytes of its own, until what is remembered ends.
  // Whatever goes wrong, that ends then. Does not block.
  void RefreshIfDue(const oci::ImageReference& image, const ScopePtr& scope,
                    const oci::Digest& digest, const Allowance& allowance);

  // Since the start, but for entries and bytes.
  struct Counts {
    uint64_t hits = 0;
    uint64_t misses = 0;
    size_t entries = 0;
    size_t bytes = 0;
    // Refreshes after which the tag is remembered again, and others: it means something else, or could
    // not be asked for.
    uint64_t renewed = 0;
    uint64_t ended = 0;
  };
  Counts counts() const;

 private:
  struct Refresh;

  // The credential (its fingerprint) by which the scope may have what is remembered of the tag, and that.
  struct Found {
    std::string fingerprint;
    oci::Digest digest;
  };
  std::optional<Found> Find(const oci::ImageReference& image, const SharedScope& scope);
  // Whether the tag is remembered again.
  bool Run(const Refresh& refresh);

  registry::Registry* const registry_;
  const CredentialFinder* const credentials_;
  base::WorkerPool* const pool_;
  const base::Clock* const clock_;
  EvidenceMemory* const grants_;
  const std::string anonymous_;  // the fingerprint of no credential
  TagMemory memory_;
  std::atomic<uint64_t> hits_ = 0;
  std::atomic<uint64_t> misses_ = 0;
  std::atomic<uint64_t> renewed_ = 0;
  std::atomic<uint64_t> ended_ = 0;
};

}  // namespace countersign::verifier

#endif  // COUNTERSIGN_VERIFIER_EVIDENCE_REMEMBERED_TAGS_H_
