#ifndef COUNTERSIGN_VERIFIER_EVIDENCE_PLATFORM_LISTER_H_
#define COUNTERSIGN_VERIFIER_EVIDENCE_PLATFORM_LISTER_H_

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "base/clock.h"
#include "base/expiring_cache.h"
#include "base/turnstile.h"
#include "oci/digest.h"
#include "oci/image_reference.h"
#include "registry/credential.h"
#include "registry/registry.h"
#include "verifier/credentials/credential_finder.h"
#include "verifier/evidence/image_source.h"
#include "verifier/evidence/looking.h"

namespace countersign::verifier {

// Indexes that are read of one image, the first included; those in it lie no more than so deep.
inline constexpr size_t kMaxIndexes = 8;
inline constexpr size_t kMaxIndexDepth = 3;

// What nodes may run of an image.
struct PlatformList {
  struct Manifest {
    oci::Digest digest;
    std::string platform;  // as in oci::PlatformManifest
  };
  // It is an index; else the image itself is what runs.
  bool is_index = false;
  // At most policy::kMaxChildren, none twice, in order; those of an index in the index are in its place.
  std::vector<Manifest> manifests;
  // Why these are not all: InvalidArgument, of the bytes, which will not change; Aborted: they are more
  // than is looked at; or an index in it could not be read.
  absl::Status fault;
};
using PlatformListPtr = std::shared_ptr<const PlatformList>;

// Reads which images an index lists, of which a node may run any: with each credential in turn until one
// is not refused, and one text at a time in turns. At most kMaxIndexes are read, of
// oci::kMaxPlatformIndexBytes each, whatever they list.
//
// What was listed without a fault is remembered by its digest, which proves it. It is everybody's, but
// what it says is told to nobody who has not been let in to read it: who denies by what is remembered
// lists anew before.
//
// Thread-safe.
class PlatformLister {
 public:
  // All must outlive it. Texts are read in `turns`.
  PlatformLister(registry::Registry* registry, const CredentialFinder* credentials,
                 const base::Clock* clock, base::Turnstile* turns);

  // What is remembered of this digest, if anything; for what may only allow. No I/O.
  PlatformListPtr Recall(const oci::Digest& digest);

  // Reads it, and blocks until looking.deadline at most. Errors are as EvidenceGatherer::Gather's.
  absl::StatusOr<PlatformListPtr> List(const oci::Repository& repository, const oci::Digest& digest,
                                       const ScopePtr& scope, const Looking& looking);

 private:
  absl::StatusOr<PlatformListPtr> ListWith(const registry::Credential& credential,
                                           const oci::Repository& repository,
                                           const oci::Digest& digest, const Looking& looking);
  void Keep(const oci::Digest& digest, const PlatformListPtr& list);

  registry::Registry* const registry_;
  const CredentialFinder* const credentials_;
  base::Turnstile* const turns_;
  base::ExpiringCache<PlatformListPtr> lists_;
};

}  // namespace countersign::verifier

#endif  // COUNTERSIGN_VERIFIER_EVIDENCE_PLATFORM_LISTER_H_
