#include "verifier/evidence/evidence_gatherer.h"

#include <string_view>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_set.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "base/log.h"
#include "base/not_now.h"
#include "base/printable.h"
#include "base/status_macros.h"
#include "cosign/item.h"
#include "cosign/payload.h"
#include "policy/look_plan.h"

namespace countersign::verifier {
namespace {

// What is remembered costs itself, and a signature beside its bytes, about.
constexpr size_t kGatheredBytes = 256;
constexpr size_t kSignatureBytes = 256;

// What evidence takes in memory.
size_t WeightOf(const policy::Evidence& evidence) {
  size_t weight = evidence.how.size();
  absl::flat_hash_set<const cosign::Payload*> payloads;
  for (const absl::StatusOr<cosign::ItemPtr>& kept : evidence.AllItems()) {
    const cosign::Item& item = **kept;
    weight += kSignatureBytes + item.signature.size();
    if (payloads.insert(item.payload.get()).second) {
      weight += kSignatureBytes + item.payload->bytes().size();
    }
  }
  return weight;
}

std::string MemoryKey(const oci::Repository& repository, const oci::Digest& digest,
                      const SharedScope& scope) {
  return absl::StrCat(repository.ToString(), "@", digest.ToString(), " ", scope.key);
}

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

// What came of the credentials so far, and what is answered if none of those to come does better.
class Attempts {
 public:
  void Add(const FoundCredential& credential, const absl::Status& failure) {
    const bool refused = absl::IsUnauthenticated(failure) || absl::IsPermissionDenied(failure);
    Note(credential, refused                     ? " (refused)"
                     : absl::IsNotFound(failure) ? " (not found)"
                                                 : " (failed)");
    if (refused) {
      if (!refusal_.has_value()) refusal_ = failure;
    } else if (absl::IsNotFound(failure)) {
      not_found_ = failure;
    } else if (!failure_.has_value()) {
      failure_ = failure;
    }
  }

  // A digest without signatures, seen by a credential that has not shown that it may see the image.
  void AddUnsigned(const FoundCredential& credential, oci::Digest digest) {
    Note(credential, " (no signature)");
    unsigned_ = std::move(digest);
  }

  void AddAnswered(const FoundCredential& credential) { Note(credential, " (answered)"); }

  // What was tried, in one of the two forms.
  std::string Describe(const std::vector<SourceText>& faults,
                       std::string SourceText::*form = &SourceText::shown) const {
    const auto join = [form](const std::vector<SourceText>& texts, std::string_view separator) {
      return absl::StrJoin(texts, separator, [form](std::string* out, const SourceText& text) {
        absl::StrAppend(out, text.*form);
      });
    };
    std::string how = join(tried_, ", ");
    if (!faults.empty()) absl::StrAppend(&how, "; of no use: ", join(faults, "; "));
    return how;
  }

  absl::StatusOr<policy::Evidence> Conclude(const std::vector<SourceText>& faults) const {
    const std::string how = Describe(faults);
    const auto with_how = [&how](absl::StatusCode code, const absl::Status& status) {
      return absl::Status(code, absl::StrCat(status.message(), "; credentials tried: ", how));
    };
    // A failure that is no refusal may have hidden a signature, so it outweighs having seen none.
    if (failure_.has_value()) return with_how(failure_->code(), *failure_);
    if (unsigned_.has_value()) {
      return policy::Evidence{.digest = *unsigned_, .how = how};
    }
    if (not_found_.has_value()) return with_how(absl::StatusCode::kNotFound, *not_found_);
    if (refusal_.has_value()) return with_how(absl::StatusCode::kUnauthenticated, *refusal_);
    return absl::InternalError("no credential was tried, not even anonymous");
  }

 private:
  void Note(const FoundCredential& credential, std::string_view what) {
    tried_.push_back({absl::StrCat(credential.source.shown, what),
                      absl::StrCat(credential.source.logged, what)});
  }

  std::vector<SourceText> tried_;
  std::optional<absl::Status> refusal_;
  std::optional<absl::Status> not_found_;
  std::optional<absl::Status> failure_;
  std::optional<oci::Digest> unsigned_;
};

// Denials do not name what is the operator's.
void LogWhatWasTried(const oci::ImageReference& image, const Attempts& attempts,
                     const std::vector<SourceText>& faults) {
  const std::string logged = attempts.Describe(faults, &SourceText::logged);
  if (logged == attempts.Describe(faults)) return;
  base::LogInfo("verifier", "Credentials that an image was looked for with.",
                {{"image", base::Printable(image.text())}, {"credentials", logged}});
}

}  // namespace

EvidenceGatherer::EvidenceGatherer(registry::Registry* registry,
                                   const CredentialFinder* credentials, base::WorkerPool* pool,
                                   const base::Clock* clock, Options options)
    : registry_(registry),
      credentials_(credentials),
      options_(options),
      clock_(clock),
      memory_(pool, clock, {.max_weight = options.memory_bytes}) {}

std::optional<EvidenceGatherer::GatheredPtr> EvidenceGatherer::Recall(
    const oci::ImageReference& image, const SharedScope& scope) {
  if (!image.digest().has_value()) return std::nullopt;
  return Recall(image.repository(), *image.digest(), scope);
}

std::optional<EvidenceGatherer::GatheredPtr> EvidenceGatherer::Recall(
    const oci::Repository& repository, const oci::Digest& digest, const SharedScope& scope) {
  const auto known = memory_.Find(MemoryKey(repository, digest, scope));
  if (!known.has_value()) return std::nullopt;
  return known->value;
}

EvidenceGatherer::Counts EvidenceGatherer::counts() const {
  const auto counts = memory_.counts();
  return {.hits = counts.hits,
          .misses = counts.misses,
          .entries = counts.entries,
          .bytes = counts.weight};
}

absl::StatusOr<oci::Digest> EvidenceGatherer::Resolve(const oci::ImageReference& image,
                                                      const registry::Credential& credential,
                                                      const Looking& looking) {
  if (image.digest().has_value()) return *image.digest();
  // A registry without HEAD sends the whole manifest, which is held until it is hashed.
  return registry_->ResolveTag(
      image.repository(), *image.tag(), credential,
      registry::Bounds(looking.deadline, looking.allowance->bytes().Hold()));
}

absl::StatusOr<EvidenceGatherer::Gathered> EvidenceGatherer::GatherWith(
    const registry::Credential& credential, const oci::ImageReference& image, const ScopePtr& scope,
    Freshness freshness, const Looking& looking) {
  CS_ASSIGN_OR_RETURN(const oci::Digest digest, Resolve(image, credential, looking));
  if (freshness == Freshness::kRemembered && !image.digest().has_value()) {
    const std::optional<GatheredPtr> known = Recall(image.repository(), digest, *scope);
    if (known.has_value()) return **known;
  }
  CS_ASSIGN_OR_RETURN(ReadSignatures read, FetchSignatures(registry_, image.repository(), digest,
                                                           credential, looking, reading_));
  return Gathered{.evidence = {.digest = digest,
                               .readings = {{.place = policy::Place::kSignatureTag,
                                             .items = std::move(read.signatures)}}},
                  .held = std::move(read.held)};
}

absl::StatusOr<EvidenceGatherer::GatheredPtr> EvidenceGatherer::Gather(
    const oci::ImageReference& image, const ScopePtr& scope, Freshness freshness,
    const Looking& looking) {
  CredentialFinder::Walk walk =
      credentials_->Find(scope, image.repository(), looking.allowance->share(), looking.is_wanted);
  Attempts attempts;
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
    absl::StatusOr<Gathered> found =
        GatherWith(credential->credential, image, scope, freshness, looking);
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
    if (!found->from_memory) found->evidence.how = attempts.Describe(walk.faults());
    if (found->evidence.IsEmpty()) LogWhatWasTried(image, attempts, walk.faults());
    return std::make_shared<const Gathered>(*std::move(found));
  }
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

void EvidenceGatherer::Remember(const oci::Repository& repository, const SharedScope& scope,
                                const Gathered& gathered,
                                const policy::Verification& verification) {
  const std::string key = MemoryKey(repository, gathered.evidence.digest, scope);
  if (verification.verified.empty()) {
    memory_.Forget(key);
    return;
  }
  absl::flat_hash_set<size_t> held;
  for (const policy::VerifiedItem& verified : verification.verified) held.insert(verified.item);
  policy::Evidence kept = {.digest = gathered.evidence.digest, .how = gathered.evidence.how};
  size_t number = 0;  // among the items of all places
  for (const policy::Reading& reading : gathered.evidence.readings) {
    policy::Reading& part = kept.readings.emplace_back(policy::Reading{.place = reading.place});
    for (const absl::StatusOr<cosign::ItemPtr>& item : reading.items) {
      if (held.contains(number++)) part.items.push_back(item);
    }
  }
  const size_t weight = kGatheredBytes + WeightOf(kept);
  memory_.Keep(key, clock_->Now(),
               {.value = std::make_shared<const Gathered>(
                    Gathered{.evidence = std::move(kept), .from_memory = true}),
                .keep = options_.memory,
                .weight = weight});
}

}  // namespace countersign::verifier
