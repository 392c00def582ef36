#ifndef COUNTERSIGN_VERIFIER_EVIDENCE_EVIDENCE_GATHERER_H_
#define COUNTERSIGN_VERIFIER_EVIDENCE_EVIDENCE_GATHERER_H_

#include <optional>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "base/clock.h"
#include "base/lead_or_follow.h"
#include "base/turnstile.h"
#include "base/worker_pool.h"
#include "oci/digest.h"
#include "oci/image_reference.h"
#include "policy/evidence.h"
#include "policy/look_plan.h"
#include "policy/verification.h"
#include "registry/credential.h"
#include "registry/registry.h"
#include "verifier/credentials/credential_finder.h"
#include "verifier/evidence/evidence_memory.h"
#include "verifier/evidence/gathered.h"
#include "verifier/evidence/looking.h"
#include "verifier/evidence/place_readers.h"
#include "verifier/evidence/plan_parts.h"
#include "verifier/evidence/platform_lister.h"
#include "verifier/evidence/remembered_tags.h"
#include "verifier/evidence/tag_memory.h"

namespace countersign::verifier {

// Gathers what there is about an image: its digest and its signatures, from its registry, with each
// credential in turn until one is not refused. With each of them it goes through the stages of the
// plan, as a place may be hidden from one and shown to the next; what could not be read in one place
// hides nothing of the others, and leaves unknown what there is unless what was found is enough. It
// never judges: who asks says after a stage whether it is.
//
// Other repositories than the image's are looked at after it, one after the other, each in the plan's
// stages, and with the credentials that the same scope has for that one (plan_parts.h). By tag, the
// image's is asked for the digest before them. Each but the last has half of the time that is left at
// the most, and what was read in one that then fails counts with what the others have.
//
// What held of a digest is remembered for a while (evidence_memory.h), so that a warm admission by
// digest needs no network. A tag is resolved anew by each look, and one that has just been moved is judged
// by what it is: what it meant is remembered (remembered_tags.h) for admissions without a look alone. The
// memory is only there to allow faster: whoever would deny by what may only allow gathers once more with
// Freshness::kFresh.
//
// Those who would read the same signatures with the same credential at the same time read them once,
// whatever their scopes. What another's reading found that had begun before may only allow, too, and
// for no longer than what is remembered: that there are none, or that the credential is refused, is
// not taken from it.
//
// Thread-safe.
class EvidenceGatherer {
 public:
  struct Options {
    EvidenceMemory::Options memory;
    // How long others who read the same are waited for. They may have to wait for their own turn, or
    // for room.
    absl::Duration patience = absl::Seconds(2);
    // Of kinds of places beside those that are read here (ReadersOfAllPlaces).
    PlaceReaders readers = {};
    // Of what tags mean; as it is here, nothing.
    TagMemory::Options tags = {};
  };

  enum class Freshness { kRemembered, kFresh };

  // What is looked for, on whose behalf, and where.
  struct Search {
    const oci::ImageReference& image;
    const ScopePtr& scope;
    const policy::LookPlan& plan;
    // Asked of what has been found so far: after each stage but the last that has found something,
    // after that one where a place could not be read or may not be looked at, and after each
    // repository but the last.
    absl::FunctionRef<bool(const policy::Evidence&)> is_enough;
  };

  // All pointers must outlive the gatherer, but for `pool`, which must be stopped before it goes, and
  // need not have begun yet.
  EvidenceGatherer(registry::Registry* registry, const CredentialFinder* credentials,
                   base::WorkerPool* pool, const base::Clock* clock, Options options);

  // What is remembered about the digest of an image in this repository, in any place of the plan. No I/O.
  std::optional<GatheredPtr> Recall(const oci::Repository& image, const oci::Digest& digest,
                                    const policy::LookPlan& plan, const SharedScope& scope);

  // The same where registries are away, of these beyond its time too (EvidenceMemory::FindAged). No I/O.
  std::optional<EvidenceMemory::Aged> RecallAged(const oci::Repository& image,
                                                 const oci::Digest& digest,
                                                 const policy::LookPlan& plan,
                                                 const SharedScope& scope,
                                                 EvidenceMemory::IsAway is_away) {
    return memory_.FindAged(image, digest, plan, scope, is_away);
  }

  // Looks, and blocks until it has found enough or what there is, or looking.deadline.
  //   NotFound               no credential found the image
  //   Unimplemented          the plan has a place that nobody here reads
  //   Aborted                there are more sources than the plan has, and what it has is not enough
  //   Unauthenticated        every credential was refused; the message says which were tried
  //   Cancelled              nobody wants it any more
  //   as registry/registry.h says for everything else
  // One that leaves unknown what the image's tag means is marked (policy::Unresolved).
  absl::StatusOr<GatheredPtr> Gather(const Search& search, Freshness freshness,
                                     const Looking& looking);

  // Remembers what held of what was gathered of an image in this repository for the scope
  // (EvidenceMemory::Remember).
  void Remember(const oci::Repository& image, const SharedScope& scope, const Gathered& gathered,
                const policy::Verification& verification) {
    memory_.Remember(image, scope, gathered, verification);
  }

  // What tags mean.
  RememberedTags& tags() { return tags_; }
  const RememberedTags& tags() const { return tags_; }

  // Which manifests indexes list, read in the same turns.
  PlatformLister& platforms() { return platforms_; }

  EvidenceMemory::Counts counts() const { return memory_.counts(); }

 private:
  struct Look;

  // As Gather: in one repository; in several, of which the first has no places and is the image's if its
  // digest is not known.
  absl::StatusOr<GatheredPtr> GatherPart(const Look& look);
  absl::StatusOr<GatheredPtr> GatherParts(const Search& search, const std::vector<PlanPart>& parts,
                                          Freshness freshness, const Looking& looking,
                                          bool* was_resolved);
  absl::StatusOr<Gathered> GatherWith(const registry::Credential& credential, const Look& look);
  // What is there now, as far as it is needed.
  absl::StatusOr<Gathered> ReadStages(const registry::Credential& credential,
                                      const oci::Digest& digest, const Look& look);
  // What is in one place now, read by whoever begins.
  absl::StatusOr<Gathered> ReadPlace(const policy::Place& place,
                                     const registry::Credential& credential,
                                     const oci::Digest& digest, const Look& look);

  registry::Registry* const registry_;
  const CredentialFinder* const credentials_;
  const Options options_;
  const base::Clock* const clock_;
  // One manifest, index or bundle is read at a time, beside the checking of signatures: whoever asks
  // for little waits for one of each of the others at the most, and none is read that nobody waits for
  // any more.
  base::Turnstile reading_{1};
  const PlaceReaders readers_;
  base::LeadOrFollow<ReadItems> at_once_;
  EvidenceMemory memory_;
  RememberedTags tags_;
  PlatformLister platforms_;
};

}  // namespace countersign::verifier

#endif  // COUNTERSIGN_VERIFIER_EVIDENCE_EVIDENCE_GATHERER_H_
