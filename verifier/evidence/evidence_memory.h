#ifndef COUNTERSIGN_VERIFIER_EVIDENCE_EVIDENCE_MEMORY_H_
#define COUNTERSIGN_VERIFIER_EVIDENCE_EVIDENCE_MEMORY_H_

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

#include "absl/functional/function_ref.h"
#include "absl/time/time.h"
#include "base/aging_cache.h"
#include "base/clock.h"
#include "oci/digest.h"
#include "oci/image_reference.h"
#include "policy/evidence.h"
#include "policy/look_plan.h"
#include "policy/verification.h"
#include "registry/credential.h"
#include "verifier/credentials/credential_scope.h"
#include "verifier/evidence/gathered.h"

namespace countersign::verifier {

// One text for each credential that is different, and the same for those that are the same: a digest,
// so that no password is kept.
std::string CredentialFingerprint(const registry::Credential& credential);

// One text for a credential in a repository; no password is kept in it either.
std::string CredentialThere(const oci::Repository& repository,
                            const registry::Credential& credential);

// One text for what the credential with this fingerprint sees of a digest in one place of this
// repository, which is the place's.
std::string PlaceKey(const oci::Repository& repository, const oci::Digest& digest,
                     const policy::Place& place, const std::string& fingerprint);

// Remembers the signatures that were found to hold, by what each credential has seen; so the same
// image in many namespaces is looked at once, and nobody profits from another's secret (decision 9):
//
//   place  repository (the place's), digest, place, credential -> the signatures there that held.
//   grant  repository, scope -> the credential of the scope's own by which it was let in there last.
//
// What a credential has seen is for those whose own sources give the same credential: at the end of
// their own walk (FindFor), or for as long as that is remembered as their grant (Find). What was seen
// without a credential is for everybody.
//
// It can only allow: nothing but what held is in it, and nothing is denied by it.
//
// Beyond its time it is kept for a while for those whose registry cannot be reached (FindAged,
// decision 15): in the same bytes, and never in the place of what is fresh (base/aging_cache.h).
// Thread-safe; of what is fresh the least recently used goes first.
class EvidenceMemory {
 public:
  struct Options {
    // How long signatures are remembered after their registry was asked for them, and a grant after
    // the walk. A signature that is taken away from the registry, and a credential that it takes no
    // more, still count for that long; keys and patterns always count as the policy has them now.
    absl::Duration life = absl::Minutes(5);
    // How old what is remembered, and a grant, may be where the registry is away; no more than `life`:
    // nothing is kept for that.
    absl::Duration max_aged = absl::ZeroDuration();
    // What all may weigh together, with what they are found by: grants an eighth of it, signatures the
    // rest.
    size_t bytes = 64 << 20;
  };

  // The clock must outlive the memory.
  EvidenceMemory(const base::Clock* clock, const Options& options);

  // What whoever asks on behalf of `scope` may have of the digest, of whichever places of the plan
  // something is remembered; in each repository by what he was let in by there. No I/O, no walk.
  std::optional<GatheredPtr> Find(const oci::Repository& image, const oci::Digest& digest,
                                  const policy::LookPlan& plan, const SharedScope& scope);

  // The same, and beyond its time, too, what is kept in repositories whose registry is away: what others
  // hold is for these to say now. And how old the oldest of it is, the grants included; nullopt also where
  // nothing is kept for that. For those alone whose look failed as a registry cannot be reached.
  using IsAway = absl::FunctionRef<bool(const std::string& registry)>;
  struct Aged {
    GatheredPtr gathered;
    absl::Duration age;
  };
  std::optional<Aged> FindAged(const oci::Repository& image, const oci::Digest& digest,
                               const policy::LookPlan& plan, const SharedScope& scope,
                               IsAway is_away);
  // The registry refused the credential with this fingerprint there: what it has seen of the digest, if
  // that is known, and the scope's grant by it, serve no longer than while they are fresh.
  void EndAged(const oci::Repository& repository, const std::optional<oci::Digest>& digest,
               const policy::LookPlan& plan, const std::string& fingerprint,
               const SharedScope& scope);

  // What whoever has the credential may have of it, of a plan whose places are all in this repository.
  std::optional<GatheredPtr> FindFor(const oci::Repository& repository, const oci::Digest& digest,
                                     const policy::LookPlan& plan,
                                     const registry::Credential& credential);

  // The credential (its fingerprint) of the scope's own by which it was let in there last, as long as that
  // is remembered.
  std::optional<std::string> GrantOf(const oci::Repository& repository, const SharedScope& scope);
  // Remembers that.
  void Grant(const oci::Repository& repository, const SharedScope& scope,
             const std::string& fingerprint);

  // Says that signatures were looked for in the memory, and whether any were there.
  void Count(bool was_found) { ++(was_found ? hits_ : misses_); }

  // Remembers of what a walk of `scope` gave the signatures that held, and that the credential was
  // let in. What others have found to hold is kept, as long as it was read again; if nothing held,
  // that is all.
  void Remember(const oci::Repository& image, const SharedScope& scope, const Gathered& gathered,
                const policy::Verification& verification);

  // Forgets what the credential with this fingerprint has seen there of the digest: it sees nothing
  // any more. The repository is the place's.
  void Forget(const oci::Repository& repository, const oci::Digest& digest,
              const policy::Place& place, const std::string& fingerprint);

  // Found or not, since the start; how many there are now, and what they weigh.
  struct Counts {
    uint64_t hits = 0;
    uint64_t misses = 0;
    size_t entries = 0;
    size_t bytes = 0;
    uint64_t grant_hits = 0;
    uint64_t grant_misses = 0;
    size_t grants = 0;
    size_t grant_bytes = 0;
  };
  Counts counts() const;

 private:
  using Places = base::AgingCache<GatheredPtr>;
  using Grants = base::AgingCache<std::string>;
  // What serves who asks.
  enum class Life { kFresh, kAged };

  template <typename Cache>
  static auto FindIn(Cache& cache, const std::string& key, Life life) {
    return life == Life::kFresh ? cache.Find(key) : cache.FindAged(key);
  }
  // As Find, in one repository; `oldest` becomes the moment of its grant if that is earlier.
  std::optional<GatheredPtr> FindPart(const oci::Repository& repository, const oci::Digest& digest,
                                      const policy::LookPlan& plan, const SharedScope& scope,
                                      Life life, absl::Time& oldest);
  std::optional<GatheredPtr> FindAll(const oci::Repository& image, const oci::Digest& digest,
                                     const policy::LookPlan& plan, const SharedScope& scope,
                                     IsAway is_away, absl::Time& oldest);
  // What the credential with this fingerprint has seen there.
  std::optional<GatheredPtr> FindSeen(const oci::Repository& repository, const oci::Digest& digest,
                                      const policy::LookPlan& plan, const std::string& fingerprint,
                                      Life life = Life::kFresh);
  // What was gathered in one repository, whose first item is the `first` of all.
  void RememberPart(const oci::Repository& image, const SharedScope& scope,
                    const Gathered& gathered, size_t first,
                    const policy::Verification& verification);
  // `found` is one of those gathered, and its first item the `first` of all.
  void RememberPlace(const oci::Repository& repository, const Gathered& gathered,
                     const policy::PlaceItems& found, size_t first,
                     const policy::Verification& verification);

  const Options options_;
  const base::Clock* const clock_;
  const std::string anonymous_;  // the fingerprint of no credential
  Places places_;
  Grants grants_;
  std::atomic<uint64_t> hits_ = 0;
  std::atomic<uint64_t> misses_ = 0;
};

}  // namespace countersign::verifier

#endif  // COUNTERSIGN_VERIFIER_EVIDENCE_EVIDENCE_MEMORY_H_
