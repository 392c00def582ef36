#include "verifier/evidence/evidence_gatherer.h"

#include <string>
#include <utility>
#include <vector>

#include "absl/algorithm/container.h"
#include "absl/strings/str_cat.h"
#include "base/log.h"
#include "base/not_now.h"
#include "base/printable.h"
#include "base/status_macros.h"
#include "cosign/item.h"
#include "verifier/evidence/attestation_reader.h"
#include "verifier/evidence/credential_attempts.h"
#include "verifier/evidence/referrer_reader.h"
#include "verifier/evidence/signature_reader.h"

namespace countersign::verifier {
namespace {

bool IsRefusal(const absl::Status& status) {
  return absl::IsUnauthenticated(status) || absl::IsPermissionDenied(status);
}

// Whether no other credential needs to be tried. Registries that count anonymous requests may still
// have an answer for who names himself.
bool EndsSearch(const FoundCredential& credential, const absl::Status& failure) {
  const bool is_counted_out =
      credential.credential.IsAnonymous() && absl::IsResourceExhausted(failure);
  return base::IsNotNow(failure) && !is_counted_out;
}

// Whether nothing more can be read for who looks.
bool IsAtItsEnd(const absl::Status& failure) {
  return absl::IsCancelled(failure) || absl::IsDeadlineExceeded(failure);
}

// Whether something was read that may allow.
bool FoundAny(const absl::StatusOr<ReadSignatures>& read) {
  return read.ok() && !read->signatures.empty();
}

// Whether something could not be read for a reason that may be that of who read it: his deadline, his
// budget, or that nobody waits for him any more. Limits (Aborted) are the same for all.
bool IsCutShort(const absl::StatusOr<ReadSignatures>& read) {
  if (!read.ok()) return base::IsNotNow(read.status());
  return absl::c_any_of(read->signatures, [](const absl::StatusOr<cosign::ItemPtr>& signature) {
    return base::IsNotNow(signature.status()) && !absl::IsAborted(signature.status());
  });
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
  const std::vector<SourceText> faults = walk.faults();
  LogWhatWasTried(image, attempts, faults);
  absl::StatusOr<policy::Evidence> evidence = attempts.Conclude(faults);
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

// One look at an image.
struct EvidenceGatherer::Look {
  const Search& search;
  const Freshness freshness;
  const absl::Time began;
  const Looking& looking;

  const oci::Repository& repository() const { return search.image.repository(); }
};

EvidenceGatherer::EvidenceGatherer(registry::Registry* registry,
                                   const CredentialFinder* credentials, base::WorkerPool* pool,
                                   const base::Clock* clock, Options options)
    : registry_(registry),
      credentials_(credentials),
      options_(std::move(options)),
      clock_(clock),
      readers_(AllReaders()),
      at_once_(clock),
      memory_(pool, clock, options_.memory) {}

std::map<policy::Place, PlaceReader> EvidenceGatherer::AllReaders() {
  std::map<policy::Place, PlaceReader> readers = {
      {policy::Place::kSignatureTag,
       [this](const oci::Repository& repository, const oci::Digest& image,
              const registry::Credential& credential, const Looking& looking) {
         return FetchSignatures(registry_, repository, image, credential, looking, reading_);
       }},
      {policy::Place::kReferrers,
       [this](const oci::Repository& repository, const oci::Digest& image,
              const registry::Credential& credential, const Looking& looking) {
         return FetchReferrers({registry_, repository, image, credential, looking, reading_});
       }},
      {policy::Place::kAttestationTag,
       [this](const oci::Repository& repository, const oci::Digest& image,
              const registry::Credential& credential, const Looking& looking) {
         return FetchAttestations({registry_, repository, image, credential, looking, reading_});
       }}};
  for (const auto& [place, reader] : options_.readers) readers.try_emplace(place, reader);
  return readers;
}

std::optional<GatheredPtr> EvidenceGatherer::Recall(const oci::ImageReference& image,
                                                    const policy::LookPlan& plan,
                                                    const SharedScope& scope) {
  if (!image.digest().has_value()) return std::nullopt;
  std::optional<GatheredPtr> known = memory_.Find(image.repository(), *image.digest(), plan, scope);
  memory_.Count(known.has_value());
  return known;
}

absl::Status EvidenceGatherer::CheckIsRead(const policy::LookPlan& plan) const {
  for (const policy::LookPlan::Stage& stage : plan.stages) {
    for (const policy::Place place : stage) {
      if (readers_.contains(place)) continue;
      return absl::UnimplementedError(
          "evidence is asked for that is kept where nothing is looked for");
    }
  }
  return absl::OkStatus();
}

absl::StatusOr<oci::Digest> EvidenceGatherer::Resolve(const Look& look,
                                                      const registry::Credential& credential) {
  const oci::ImageReference& image = look.search.image;
  if (image.digest().has_value()) return *image.digest();
  // A registry without HEAD sends the whole manifest, which is held until it is hashed.
  return registry_->ResolveTag(
      image.repository(), *image.tag(), credential,
      registry::Bounds(look.looking.deadline, look.looking.allowance->bytes().Hold()));
}

absl::StatusOr<Gathered> EvidenceGatherer::ReadPlace(policy::Place place,
                                                     const registry::Credential& credential,
                                                     const oci::Digest& digest, const Look& look) {
  const Looking& looking = look.looking;
  const oci::Repository& repository = look.repository();
  const std::string print = CredentialPrint(credential);
  // What somebody holds still is no better than what is remembered.
  const absl::Duration oldest =
      look.freshness == Freshness::kFresh ? absl::ZeroDuration() : options_.memory.life;
  const base::LeadOrFollow<ReadSignatures>::Terms terms = {.not_before = look.began - oldest,
                                                           .patience = options_.patience,
                                                           .deadline = looking.deadline,
                                                           .is_wanted = looking.is_wanted};
  const auto will_do = [&look](const absl::StatusOr<ReadSignatures>& read, absl::Time begun) {
    return (begun >= look.began || FoundAny(read)) && !IsCutShort(read);
  };
  const auto read = at_once_.Run(
      absl::StrCat(repository.ToString(), "@", digest.ToString(), " ", static_cast<int>(place), " ",
                   print, looking.wants_attestations ? "" : " without attestations"),
      terms, will_do, [&] { return readers_.at(place)(repository, digest, credential, looking); });
  CS_RETURN_IF_ERROR(read.value.status());
  const policy::Items& signatures = (*read.value)->signatures;
  if (signatures.empty()) memory_.Forget(repository, digest, place, print);
  return Gathered{
      .evidence = {.digest = digest, .readings = {{.place = place, .items = signatures}}},
      .print = print,
      .asked = read.begun,
      .may_only_allow = read.begun < look.began,
      .held = {*read.value}};
}

absl::StatusOr<Gathered> EvidenceGatherer::ReadStages(const registry::Credential& credential,
                                                      const oci::Digest& digest, const Look& look) {
  Gathered found = {.evidence = {.digest = digest},
                    .print = CredentialPrint(credential),
                    .asked = absl::InfiniteFuture()};
  absl::Status failure;     // the first
  bool is_refused = false;  // then the other places are for the next credential
  bool is_judged = true;    // all that was found, and it was not enough
  // What could not be read hides nothing of what was, and where that is not enough it leaves the rest
  // unknown.
  const auto found_or = [&](const absl::Status& why_not) -> absl::StatusOr<Gathered> {
    if (!is_judged && look.search.is_enough(found.evidence)) return std::move(found);
    return why_not;
  };
  for (const policy::LookPlan::Stage& stage : look.search.plan.stages) {
    if (!std::exchange(is_judged, true) && look.search.is_enough(found.evidence)) return found;
    for (const policy::Place place : stage) {
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
  CS_ASSIGN_OR_RETURN(const oci::Digest digest, Resolve(look, credential));
  if (look.freshness == Freshness::kFresh) return ReadStages(credential, digest, look);
  const auto known = memory_.FindFor(look.repository(), digest, look.search.plan, credential);
  // By digest it was looked for before, and not found (Recall).
  const bool is_by_tag = !look.search.image.digest().has_value();
  if (known.has_value() || is_by_tag) memory_.Count(known.has_value());
  if (known.has_value()) return **known;
  return ReadStages(credential, digest, look);
}

absl::StatusOr<GatheredPtr> EvidenceGatherer::Gather(const Search& search, Freshness freshness,
                                                     const Looking& looking) {
  CS_RETURN_IF_ERROR(CheckIsRead(search.plan));
  const oci::ImageReference& image = search.image;
  const Look look = {search, freshness, clock_->Now(), looking};
  CredentialFinder::Walk walk = credentials_->Find(search.scope, image.repository(),
                                                   looking.allowance->share(), looking.is_wanted);
  CredentialAttempts attempts;
  while (std::optional<FoundCredential> credential = walk.Next(looking.deadline)) {
    if (!looking.IsWanted()) return absl::CancelledError("nobody waits for it any more");
    std::optional<Allowance::Attempt> attempt;
    if (!credential->credential.IsAnonymous()) {
      attempt = looking.allowance->BeginAttempt(looking.deadline);
      if (!attempt.has_value()) {
        walk.StopNamed("too many credentials of this request were refused");
        continue;
      }
    }
    absl::StatusOr<Gathered> found = GatherWith(credential->credential, look);
    if (attempt.has_value() && IsRefusal(found.status())) attempt->WasRefused();
    if (EndsSearch(*credential, found.status())) return found.status();
    if (!found.ok()) {
      attempts.Add(*credential, found.status());
      continue;
    }
    // Many registries say "not found" for what a credential may not see. One that has just
    // resolved the image's tag may see it, and its "no signature" is final; by digest nothing has
    // been seen yet.
    if (found->evidence.IsEmpty() && image.digest().has_value()) {
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

}  // namespace countersign::verifier
