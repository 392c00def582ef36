#include "verifier/evidence/evidence_memory.h"

#include <algorithm>
#include <memory>
#include <utility>

#include "absl/algorithm/container.h"
#include "absl/container/flat_hash_set.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "cosign/item.h"
#include "policy/evidence.h"
#include "policy/look_plan.h"
#include "registry/credential_key.h"
#include "verifier/evidence/plan_parts.h"

namespace countersign::verifier {
namespace {

// What is remembered costs itself, and a signature beside its bytes, about.
constexpr size_t kGatheredBytes = 256;
constexpr size_t kSignatureBytes = 256;

// What they take in memory; none of them is an error.
size_t WeightOf(const Gathered& gathered) {
  size_t weight = kGatheredBytes + gathered.fingerprint.size();
  absl::flat_hash_set<const void*> contents;
  for (const absl::StatusOr<cosign::ItemPtr>& signature : gathered.evidence.AllItems()) {
    const cosign::Item& item = **signature;
    weight += kSignatureBytes + cosign::OwnBytes(item);
    const cosign::Content content = cosign::ContentOf(item);
    if (contents.insert(content.id).second) weight += kSignatureBytes + content.bytes;
  }
  return weight;
}

std::string GrantKey(const oci::Repository& repository, const SharedScope& scope) {
  return absl::StrCat(repository.ToString(), " ", scope.key);
}

// Of the signatures in a place those that hold now, and those that held for others before. The
// `first` of them is that of all that was gathered.
GatheredPtr WhatHolds(const Gathered* before, const Gathered& gathered,
                      const policy::PlaceItems& found, size_t first,
                      const policy::Verification& verification) {
  absl::flat_hash_set<decltype(cosign::Item::id)> held;
  for (const policy::VerifiedItem& verified : verification.verified) {
    const bool is_here = verified.item >= first && verified.item < first + found.items.size();
    if (is_here) held.insert((*found.items[verified.item - first])->id);
  }
  // Where nothing holds now, what was read again is none the younger for it.
  const absl::Time asked = held.empty() && before != nullptr ? before->asked : gathered.asked;
  if (before != nullptr) {
    for (const auto& signature : before->evidence.AllItems()) held.insert((*signature)->id);
  }
  policy::PlaceItems kept = {.place = found.place};
  for (const auto& signature : found.items) {
    if (signature.ok() && held.erase((*signature)->id) > 0) kept.items.push_back(signature);
  }
  return std::make_shared<const Gathered>(
      Gathered{.evidence = {.digest = gathered.evidence.digest, .by_place = {std::move(kept)}},
               .fingerprint = gathered.fingerprint,
               .asked = asked,
               .may_only_allow = true});
}

// What was seen in a place, as who asks calls it: one repository may be an image's own, and where
// others keep their evidence of it.
GatheredPtr CalledAs(const policy::Place& place, const GatheredPtr& seen) {
  const auto is_called_so = [&place](const policy::PlaceItems& found) {
    return found.place == place;
  };
  if (absl::c_all_of(seen->evidence.by_place, is_called_so)) return seen;
  auto called = std::make_shared<Gathered>(*seen);
  for (policy::PlaceItems& found : called->evidence.by_place) found.place = place;
  return called;
}

size_t CountItems(const Gathered& gathered) {
  size_t count = 0;
  for (const policy::PlaceItems& found : gathered.evidence.by_place) count += found.items.size();
  return count;
}

}  // namespace

std::string CredentialFingerprint(const registry::Credential& credential) {
  return registry::CredentialKey({}, credential);
}

std::string CredentialThere(const oci::Repository& repository,
                            const registry::Credential& credential) {
  return absl::StrCat(repository.ToString(), " ", CredentialFingerprint(credential));
}

std::string PlaceKey(const oci::Repository& repository, const oci::Digest& digest,
                     const policy::Place& place, const std::string& fingerprint) {
  // A tag has no space in it.
  return absl::StrCat(repository.ToString(), "@", digest.ToString(), " ",
                      static_cast<int>(place.kind), place.tag_prefix().empty() ? "" : ":",
                      place.tag_prefix(), " ", fingerprint);
}

EvidenceMemory::EvidenceMemory(const base::Clock* clock, const Options& options)
    : options_(options),
      clock_(clock),
      anonymous_(CredentialFingerprint({})),
      places_(clock, {.max_weight = options.bytes - options.bytes / 8}),
      grants_(clock, {.max_weight = options.bytes / 8}) {}

std::optional<GatheredPtr> EvidenceMemory::FindSeen(const oci::Repository& repository,
                                                    const oci::Digest& digest,
                                                    const policy::LookPlan& plan,
                                                    const std::string& fingerprint, Life life) {
  std::optional<GatheredPtr> seen;
  for (const policy::LookPlan::Stage& stage : plan.stages) {
    for (const policy::Place& place : stage) {
      const auto known = FindIn(places_, PlaceKey(repository, digest, place, fingerprint), life);
      if (!known.has_value()) continue;
      GatheredPtr here = CalledAs(place, known->value);
      if (!seen.has_value()) {
        seen = std::move(here);
        continue;
      }
      auto together = std::make_shared<Gathered>(**seen);
      together->Add(*here);
      seen = std::move(together);
    }
  }
  return seen;
}

std::optional<GatheredPtr> EvidenceMemory::FindPart(const oci::Repository& repository,
                                                    const oci::Digest& digest,
                                                    const policy::LookPlan& plan,
                                                    const SharedScope& scope, Life life,
                                                    absl::Time& oldest) {
  if (const auto grant = FindIn(grants_, GrantKey(repository, scope), life)) {
    std::optional<GatheredPtr> seen = FindSeen(repository, digest, plan, grant->value, life);
    if (seen.has_value()) {
      oldest = std::min(oldest, grant->asked);
      return seen;
    }
  }
  return FindSeen(repository, digest, plan, anonymous_, life);
}

std::optional<GatheredPtr> EvidenceMemory::FindAll(const oci::Repository& image,
                                                   const oci::Digest& digest,
                                                   const policy::LookPlan& plan,
                                                   const SharedScope& scope, IsAway is_away,
                                                   absl::Time& oldest) {
  const auto find_in = [&](const oci::Repository& repository, const policy::LookPlan& part) {
    const Life life = is_away(repository.registry) ? Life::kAged : Life::kFresh;
    return FindPart(repository, digest, part, scope, life, oldest);
  };
  if (IsBesideImage(plan, image)) return find_in(image, plan);
  auto together = std::make_shared<Gathered>(Gathered::Nothing(digest));
  for (const PlanPart& part : PartsOf(plan, image)) {
    std::optional<GatheredPtr> seen = find_in(part.repository, part.plan);
    if (seen.has_value()) together->AddPart(*std::move(seen));
  }
  if (together->parts.empty()) return std::nullopt;
  return together;
}

std::optional<GatheredPtr> EvidenceMemory::Find(const oci::Repository& image,
                                                const oci::Digest& digest,
                                                const policy::LookPlan& plan,
                                                const SharedScope& scope) {
  absl::Time oldest = absl::InfiniteFuture();
  const auto none_is = [](const std::string&) { return false; };
  return FindAll(image, digest, plan, scope, none_is, oldest);
}

std::optional<EvidenceMemory::Aged> EvidenceMemory::FindAged(const oci::Repository& image,
                                                             const oci::Digest& digest,
                                                             const policy::LookPlan& plan,
                                                             const SharedScope& scope,
                                                             IsAway is_away) {
  if (options_.max_aged <= options_.life) return std::nullopt;
  absl::Time oldest = absl::InfiniteFuture();
  std::optional<GatheredPtr> known = FindAll(image, digest, plan, scope, is_away, oldest);
  if (!known.has_value()) return std::nullopt;
  oldest = std::min(oldest, (*known)->asked);
  return Aged{*std::move(known), clock_->Now() - oldest};
}

void EvidenceMemory::EndAged(const oci::Repository& repository,
                             const std::optional<oci::Digest>& digest, const policy::LookPlan& plan,
                             const std::string& fingerprint, const SharedScope& scope) {
  const std::string grant_key = GrantKey(repository, scope);
  const auto grant = grants_.FindAged(grant_key);
  if (grant.has_value() && grant->value == fingerprint) grants_.KeepFreshOnly(grant_key);
  if (!digest.has_value()) return;
  for (const policy::LookPlan::Stage& stage : plan.stages) {
    for (const policy::Place& place : stage) {
      places_.KeepFreshOnly(PlaceKey(repository, *digest, place, fingerprint));
    }
  }
}

std::optional<GatheredPtr> EvidenceMemory::FindFor(const oci::Repository& repository,
                                                   const oci::Digest& digest,
                                                   const policy::LookPlan& plan,
                                                   const registry::Credential& credential) {
  std::optional<GatheredPtr> seen =
      FindSeen(repository, digest, plan, CredentialFingerprint(credential));
  return seen.has_value() ? seen : FindSeen(repository, digest, plan, anonymous_);
}

void EvidenceMemory::Remember(const oci::Repository& image, const SharedScope& scope,
                              const Gathered& gathered, const policy::Verification& verification) {
  if (gathered.parts.empty()) return RememberPart(image, scope, gathered, 0, verification);
  size_t first = 0;
  for (const GatheredPtr& part : gathered.parts) {
    RememberPart(image, scope, *part, first, verification);
    first += CountItems(*part);
  }
}

void EvidenceMemory::RememberPart(const oci::Repository& image, const SharedScope& scope,
                                  const Gathered& gathered, size_t first,
                                  const policy::Verification& verification) {
  if (gathered.fingerprint.empty() || gathered.evidence.by_place.empty()) return;
  // All of them are in one.
  const oci::Repository& repository = RepositoryOf(gathered.evidence.by_place[0].place, image);
  const size_t end = first + CountItems(gathered);
  const bool holds_any =
      absl::c_any_of(verification.verified, [first, end](const policy::VerifiedItem& verified) {
        return verified.item >= first && verified.item < end;
      });
  for (const policy::PlaceItems& found : gathered.evidence.by_place) {
    RememberPlace(repository, gathered, found, first, verification);
    first += found.items.size();
  }
  if (holds_any && gathered.fingerprint != anonymous_) {
    Grant(repository, scope, gathered.fingerprint);
  }
}

std::optional<std::string> EvidenceMemory::GrantOf(const oci::Repository& repository,
                                                   const SharedScope& scope) {
  const auto grant = grants_.Find(GrantKey(repository, scope));
  if (!grant.has_value()) return std::nullopt;
  return grant->value;
}

void EvidenceMemory::Grant(const oci::Repository& repository, const SharedScope& scope,
                           const std::string& fingerprint) {
  grants_.Keep(GrantKey(repository, scope), {.value = fingerprint,
                                             .asked = clock_->Now(),
                                             .fresh = options_.life,
                                             .kept = options_.max_aged,
                                             .weight = fingerprint.size()});
}

void EvidenceMemory::RememberPlace(const oci::Repository& repository, const Gathered& gathered,
                                   const policy::PlaceItems& found, size_t first,
                                   const policy::Verification& verification) {
  const std::string key =
      PlaceKey(repository, gathered.evidence.digest, found.place, gathered.fingerprint);
  const auto known = places_.FindAged(key);
  const Gathered* const before = known.has_value() ? known->value.get() : nullptr;
  // Somebody has read it since.
  if (before != nullptr && before->asked > gathered.asked) return;
  GatheredPtr now = WhatHolds(before, gathered, found, first, verification);
  const size_t count = now->evidence.AllItems().size();
  if (count == 0) return places_.Forget(key);
  const bool is_known = before != nullptr && before->asked == now->asked &&
                        before->evidence.AllItems().size() == count;
  if (is_known) return;
  const size_t weight = WeightOf(*now);
  const absl::Time asked = now->asked;
  places_.Keep(key, {.value = std::move(now),
                     .asked = asked,
                     .fresh = options_.life,
                     .kept = options_.max_aged,
                     .weight = weight});
}

void EvidenceMemory::Forget(const oci::Repository& repository, const oci::Digest& digest,
                            const policy::Place& place, const std::string& fingerprint) {
  places_.Forget(PlaceKey(repository, digest, place, fingerprint));
}

EvidenceMemory::Counts EvidenceMemory::counts() const {
  const auto places = places_.counts();
  const auto grants = grants_.counts();
  return {.hits = hits_,
          .misses = misses_,
          .entries = places.entries,
          .bytes = places.weight,
          .grant_hits = grants.hits,
          .grant_misses = grants.misses,
          .grants = grants.entries,
          .grant_bytes = grants.weight};
}

}  // namespace countersign::verifier
