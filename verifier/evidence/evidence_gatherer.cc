#include "verifier/evidence/evidence_gatherer.h"

#include <cstddef>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "base/deadline.h"
#include "base/log.h"
#include "base/printable.h"
#include "base/status_macros.h"
#include "verifier/evidence/credential_attempts.h"
#include "verifier/evidence/image_source.h"
#include "verifier/evidence/look_phases.h"

namespace countersign::verifier {
namespace {

// Whether nothing more can be read for who looks.
bool IsAtItsEnd(const absl::Status& failure) {
  return absl::IsCancelled(failure) || absl::IsDeadlineExceeded(failure);
}

// Denials do not name what is the operator's.
void LogWhatWasTried(const oci::ImageReference& image, const CredentialAttempts& attempts,
                     const std::vector<SourceText>& faults) {
  const std::string logged = attempts.Describe(faults, &SourceText::logged);
  if (logged == attempts.Describe(faults)) return;
  base::LogInfo("verifier", "Credentials that an image was looked for with.",
                {{"image", base::Printable(image.text())}, {"credentials", logged}});
}

// What is known of the image where no credential has answered.
absl::StatusOr<GatheredPtr> Conclude(const oci::ImageReference& image,
                                     const CredentialFinder::Walk& walk,
                                     const CredentialAttempts& attempts) {
  LogWhatWasTried(image, attempts, walk.faults());
  absl::StatusOr<policy::Evidence> evidence = attempts.Conclude(walk.faults());
  // That it was not found out is this request's doing, and no answer for others who wait.
  if (walk.was_stopped()) {
    return absl::AbortedError(evidence.ok()
                                  ? absl::StrCat("not every credential could be tried; credentials "
                                                 "tried: ",
                                                 evidence->how)
                                  : std::string(evidence.status().message()));
  }
  if (!evidence.ok()) return evidence.status();
  return std::make_shared<const Gathered>(Gathered{.evidence = *std::move(evidence)});
}

}  // namespace

// One look at an image, in one repository.
struct EvidenceGatherer::Look {
  const Search& search;
  const PlanPart& part;
  // The image's, where it need not be asked for.
  const std::optional<oci::Digest>& digest;
  // As Search::is_enough, of what is found here.
  const absl::FunctionRef<bool(const policy::Evidence&)> is_enough;
  const Freshness freshness;
  const absl::Time began;
  const Looking& looking;
  // Where what it did find is left if it fails, for who looks elsewhere, too; null: nobody does.
  GatheredPtr* found_in_vain = nullptr;
  // Set where the image's tag was found to mean a digest; not null.
  bool* was_resolved;

  const oci::Repository& repository() const { return part.repository; }
};

EvidenceGatherer::EvidenceGatherer(registry::Registry* registry,
                                   const CredentialFinder* credentials, base::WorkerPool* pool,
                                   const base::Clock* clock, Options options)
    : registry_(registry),
      credentials_(credentials),
      options_(std::move(options)),
      clock_(clock),
      readers_(ReadersOfAllPlaces(options_.readers)),
      at_once_(clock),
      memory_(clock, options_.memory),
      tags_(registry, credentials, pool, clock, &memory_, options_.tags),
      platforms_(registry, credentials, clock, &reading_) {}

std::optional<GatheredPtr> EvidenceGatherer::Recall(const oci::Repository& image,
                                                    const oci::Digest& digest,
                                                    const policy::LookPlan& plan,
                                                    const SharedScope& scope) {
  std::optional<GatheredPtr> known = memory_.Find(image, digest, plan, scope);
  memory_.Count(known.has_value());
  return known;
}

absl::StatusOr<Gathered> EvidenceGatherer::ReadPlace(const policy::Place& place,
                                                     const registry::Credential& credential,
                                                     const oci::Digest& digest, const Look& look) {
  const Looking& looking = look.looking;
  const oci::Repository& repository = look.repository();
  const std::string fingerprint = CredentialFingerprint(credential);
  // What somebody holds still is no better than what is remembered.
  const absl::Duration oldest =
      look.freshness == Freshness::kFresh ? absl::ZeroDuration() : options_.memory.life;
  const base::LeadOrFollow<ReadItems>::Terms terms = {.not_before = look.began - oldest,
                                                      .patience = options_.patience,
                                                      .deadline = looking.deadline,
                                                      .is_wanted = looking.is_wanted};
  const auto will_do = [&look](const absl::StatusOr<ReadItems>& read, absl::Time begun) {
    return (begun >= look.began || FoundAny(read)) && !IsCutShort(read);
  };
  // Who waits for another's reading waits for the registry; his own says itself what it does.
  std::optional<LookPhases::Stay> waiting(std::in_place, looking.phases.get(), LookPhase::kFetch);
  const auto read =
      at_once_.Run(absl::StrCat(PlaceKey(repository, digest, place, fingerprint),
                                looking.wants_attestations ? "" : " without attestations"),
                   terms, will_do, [&] {
                     waiting.reset();
                     return readers_.at(place.kind)({registry_, repository, digest, credential,
                                                     looking, reading_, place.tag_prefix(),
                                                     &look.search.image.repository()});
                   });
  waiting.reset();
  CS_RETURN_IF_ERROR(read.value.status());
  const policy::Items& items = (*read.value)->items;
  if (items.empty()) memory_.Forget(repository, digest, place, fingerprint);
  return Gathered{.evidence = {.digest = digest, .by_place = {{.place = place, .items = items}}},
                  .fingerprint = fingerprint,
                  .asked = read.begun,
                  .may_only_allow = read.begun < look.began,
                  .held = {*read.value}};
}

absl::StatusOr<Gathered> EvidenceGatherer::ReadStages(const registry::Credential& credential,
                                                      const oci::Digest& digest, const Look& look) {
  Gathered found = {.evidence = {.digest = digest},
                    .fingerprint = CredentialFingerprint(credential),
                    .asked = absl::InfiniteFuture()};
  absl::Status failure;     // the first
  bool is_refused = false;  // then the other places are for the next credential
  bool is_judged = true;    // all that was found, and it was not enough
  // What could not be read hides nothing of what was, and where that is not enough it leaves the rest
  // unknown.
  const auto found_or = [&](const absl::Status& why_not) -> absl::StatusOr<Gathered> {
    if (!is_judged && look.is_enough(found.evidence)) return std::move(found);
    if (look.found_in_vain != nullptr && !found.evidence.IsEmpty()) {
      *look.found_in_vain = std::make_shared<const Gathered>(std::move(found));
    }
    return why_not;
  };
  for (const policy::LookPlan::Stage& stage : look.part.plan.stages) {
    if (!std::exchange(is_judged, true) && look.is_enough(found.evidence)) return found;
    for (const policy::Place& place : stage) {
      if (is_refused) break;
      const absl::StatusOr<Gathered> here = ReadPlace(place, credential, digest, look);
      if (IsAtItsEnd(here.status())) return found_or(here.status());
      failure.Update(here.status());
      is_refused = IsRefusal(here.status());
      if (!here.ok()) continue;
      found.Add(*here);
      is_judged = is_judged && here->evidence.IsEmpty();
    }
  }
  if (failure.ok()) return found;
  return found_or(failure);
}

absl::StatusOr<Gathered> EvidenceGatherer::GatherWith(const registry::Credential& credential,
                                                      const Look& look) {
  CS_ASSIGN_OR_RETURN(const oci::Digest digest,
                      look.digest.has_value()
                          ? *look.digest
                          : tags_.Resolve(look.search.image, credential, look.looking));
  *look.was_resolved = true;
  if (look.freshness == Freshness::kFresh || look.part.plan.stages.empty()) {
    return ReadStages(credential, digest, look);
  }
  const auto known = memory_.FindFor(look.repository(), digest, look.part.plan, credential);
  // By digest it was looked for before, and not found (Recall).
  if (known.has_value() || !look.digest.has_value()) memory_.Count(known.has_value());
  if (known.has_value()) return **known;
  return ReadStages(credential, digest, look);
}

absl::StatusOr<GatheredPtr> EvidenceGatherer::GatherPart(const Look& look) {
  const oci::ImageReference& image = look.search.image;
  const Looking& looking = look.looking;
  CredentialFinder::Walk walk = credentials_->Find(look.search.scope, look.repository(),
                                                   looking.allowance->share(), looking.is_wanted);
  CredentialAttempts attempts;
  const auto next = [&] { return walk.Next(looking.deadline); };
  while (std::optional<FoundCredential> credential =
             looking.During(LookPhase::kCredentials, next)) {
    if (!looking.IsWanted()) return absl::CancelledError("nobody waits for it any more");
    std::optional<Allowance::Attempt> attempt;
    if (!credential->credential.IsAnonymous()) {
      attempt = looking.BeginAttempt();
      if (!attempt.has_value()) {
        walk.StopNamed("too many credentials of this request were refused");
        continue;
      }
    }
    absl::StatusOr<Gathered> found = GatherWith(credential->credential, look);
    if (attempt.has_value() && IsRefusal(found.status()) &&
        looking.CountsRefusal(CredentialThere(look.repository(), credential->credential))) {
      attempt->WasRefused();
    }
    if (IsRefusal(found.status())) {
      memory_.EndAged(look.repository(), look.digest, look.part.plan,
                      CredentialFingerprint(credential->credential), *look.search.scope);
    }
    if (EndsSearch(*credential, found.status())) return found.status();
    if (!found.ok()) {
      attempts.Add(*credential, found.status());
      continue;
    }
    // Many registries say "not found" for what a credential may not see. One that has just
    // resolved the image's tag may see it, and its "no signature" is final; by digest nothing has
    // been seen yet.
    if (found->evidence.IsEmpty() && look.digest.has_value()) {
      attempts.AddUnsigned(*credential, found->evidence.digest);
      continue;
    }
    attempts.AddAnswered(*credential);
    found->evidence.how = attempts.Describe(walk.faults());
    if (found->evidence.IsEmpty()) LogWhatWasTried(image, attempts, walk.faults());
    return std::make_shared<const Gathered>(*std::move(found));
  }
  return Conclude(image, walk, attempts);
}

absl::StatusOr<GatheredPtr> EvidenceGatherer::GatherParts(const Search& search,
                                                          const std::vector<PlanPart>& parts,
                                                          Freshness freshness,
                                                          const Looking& looking,
                                                          bool* was_resolved) {
  const absl::Time began = clock_->Now();
  std::optional<oci::Digest> digest = search.image.digest();
  std::shared_ptr<Gathered> whole;
  const auto is_enough = [&](const policy::Evidence& here) {
    return search.is_enough(whole == nullptr ? here : whole->With(here));
  };
  absl::Status failure;  // the first
  for (size_t i = 0; i < parts.size(); ++i) {
    const bool is_last = i + 1 == parts.size();
    // A silent one leaves half of the time to those after it.
    const Looking here = is_last ? looking : looking.WithHalfTheTime();
    GatheredPtr found;
    const absl::StatusOr<GatheredPtr> part = GatherPart(
        {search, parts[i], digest, is_enough, freshness, began, here, &found, was_resolved});
    const bool is_over = absl::IsCancelled(part.status()) || base::HasPassed(looking.deadline);
    if (!part.ok() && (is_over || !digest.has_value())) return part.status();
    failure.Update(parts[i].repository == search.image.repository()
                       ? part.status()
                       : base::Annotate("where its evidence is kept", part.status()));
    if (part.ok()) found = *part;
    if (found == nullptr) continue;
    digest = found->evidence.digest;
    if (whole == nullptr) whole = std::make_shared<Gathered>(Gathered::Nothing(*digest));
    whole->AddPart(found);
    // A part that fails has asked already, of all together.
    const bool is_new = part.ok() && !found->evidence.IsEmpty() && !(is_last && failure.ok());
    if (is_new && search.is_enough(whole->evidence)) return whole;
  }
  if (failure.ok()) return whole;
  // What fails elsewhere must not make what is remembered all that counts.
  if (whole == nullptr || !whole->may_only_allow || freshness == Freshness::kFresh) return failure;
  whole = nullptr;
  return GatherParts(search, parts, Freshness::kFresh, looking, was_resolved);
}

absl::StatusOr<GatheredPtr> EvidenceGatherer::Gather(const Search& search, Freshness freshness,
                                                     const Looking& looking) {
  CS_RETURN_IF_ERROR(CheckAreRead(search.plan, readers_));
  const oci::Repository& image = search.image.repository();
  std::vector<PlanPart> parts = PartsOf(search.plan, image);
  const bool is_beside = parts.size() == 1 && parts[0].repository == image;
  // What the tag means is known, then, whatever cannot be read.
  if (!is_beside && !search.image.digest().has_value()) {
    parts.insert(parts.begin(), {.repository = image});
  }
  bool was_resolved = search.image.digest().has_value();
  absl::StatusOr<GatheredPtr> found =
      parts.size() == 1 ? GatherPart({search, parts[0], search.image.digest(), search.is_enough,
                                      freshness, clock_->Now(), looking, nullptr, &was_resolved})
                        : GatherParts(search, parts, freshness, looking, &was_resolved);
  if (!found.ok() && !was_resolved) return policy::Unresolved(found.status());
  const bool is_short = found.ok() && search.plan.is_cut_short;
  if (!is_short || search.is_enough((*found)->evidence)) return found;
  return absl::AbortedError(absl::StrCat("its evidence may be kept in more than the ",
                                         policy::kMaxEvidenceSources,
                                         " sources that are looked at for one image"));
}

}  // namespace countersign::verifier
