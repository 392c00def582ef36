#include "verifier/evidence/platform_lister.h"

#include <limits>
#include <utility>

#include "absl/algorithm/container.h"
#include "absl/strings/str_cat.h"
#include "base/allocated_bytes.h"
#include "base/byte_budget.h"
#include "base/status_macros.h"
#include "base/wanted.h"
#include "oci/platform_index.h"
#include "policy/children.h"
#include "policy/evidence.h"
#include "verifier/evidence/allowance.h"
#include "verifier/evidence/credential_attempts.h"
#include "verifier/evidence/evidence_memory.h"
#include "verifier/evidence/evidence_text.h"
#include "verifier/evidence/look_phases.h"

namespace countersign::verifier {
namespace {

// What all that is remembered may weigh: a list of ten some 2 KiB.
constexpr size_t kMaxRememberedBytes = 1 << 20;
// What is kept of a platform's name, which nothing but sentences depend on.
constexpr size_t kMaxPlatformBytes = 64;

// Reads an index, and those in it. For one thread.
class Reading {
 public:
  explicit Reading(const ImageSource& source) : source_(source) {}

  // Errors are those of reading the first.
  absl::StatusOr<PlatformListPtr> Read() {
    CS_ASSIGN_OR_RETURN(const oci::PlatformIndex first, ReadIndex(source_.image));
    list_.is_index = first.is_index;
    Take(first, 1);
    return std::make_shared<const PlatformList>(std::move(list_));
  }

 private:
  absl::StatusOr<oci::PlatformIndex> ReadIndex(const oci::Digest& digest) {
    const Looking& looking = source_.looking;
    if (!looking.IsWanted()) return base::NobodyWaits();
    const std::shared_ptr<base::HeldBytes> held = looking.allowance->bytes().Hold();
    CS_ASSIGN_OR_RETURN(const std::string bytes, looking.During(LookPhase::kFetch, [&] {
      return source_.registry->FetchManifest(source_.repository, digest,
                                             oci::kMaxPlatformIndexBytes, source_.credential,
                                             registry::Bounds(looking.deadline, held));
    }));
    held->KeepOnly(bytes.size());
    CS_RETURN_IF_ERROR(looking.Reserve(*held, (kTextCopies - 1) * bytes.size()));
    CS_ASSIGN_OR_RETURN(const base::Turnstile::Place place, source_.AwaitTurn());
    absl::StatusOr<oci::PlatformIndex> index = oci::ParsePlatformIndex(bytes);
    if (index.ok()) return index;
    AddFault(absl::InvalidArgumentError(
        absl::StrCat("the manifest ", digest.ToString(), ": ", index.status().message())));
    return oci::PlatformIndex{.is_index = true};
  }

  void Take(const oci::PlatformIndex& index, size_t depth) {
    for (const oci::PlatformManifest& manifest : index.manifests) {
      if (!list_.fault.ok()) return;
      if (!manifest.may_run) continue;
      if (manifest.is_index) {
        TakeIndex(manifest.digest, depth + 1);
      } else {
        TakeManifest(manifest);
      }
    }
  }

  void TakeIndex(const oci::Digest& digest, size_t depth) {
    if (depth > kMaxIndexDepth || ++indexes_ > kMaxIndexes) {
      return AddFault(absl::AbortedError(absl::StrCat("indexes in it lie more than ",
                                                      kMaxIndexDepth, " deep or are more than ",
                                                      kMaxIndexes, "; no more are looked at")));
    }
    const absl::StatusOr<oci::PlatformIndex> index = ReadIndex(digest);
    if (!index.ok()) {
      return AddFault(NotRead(absl::StrCat("the index ", digest.ToString()), index.status()));
    }
    if (!index->is_index) {
      return AddFault(absl::InvalidArgumentError(absl::StrCat(
          "the manifest ", digest.ToString(), " is said to be an index, and is none")));
    }
    Take(*index, depth);
  }

  void TakeManifest(const oci::PlatformManifest& manifest) {
    const bool is_known =
        absl::c_any_of(list_.manifests, [&manifest](const PlatformList::Manifest& other) {
          return other.digest == manifest.digest;
        });
    if (is_known) return;
    if (list_.manifests.size() == policy::kMaxChildren) {
      return AddFault(
          absl::AbortedError(absl::StrCat("its index lists more than ", policy::kMaxChildren,
                                          " manifests; no more are looked at")));
    }
    list_.manifests.push_back({manifest.digest, manifest.platform.substr(0, kMaxPlatformBytes)});
  }

  void AddFault(absl::Status fault) { list_.fault.Update(std::move(fault)); }

  const ImageSource& source_;
  PlatformList list_;
  size_t indexes_ = 1;
};

size_t WeightOf(const PlatformList& list) {
  size_t weight = base::AllocatedBytes(sizeof(list)) + base::AllocatedBytes(list.manifests);
  for (const PlatformList::Manifest& manifest : list.manifests) {
    weight +=
        base::AllocatedBytes(manifest.digest.ToString()) + base::AllocatedBytes(manifest.platform);
  }
  return weight;
}

}  // namespace

PlatformLister::PlatformLister(registry::Registry* registry, const CredentialFinder* credentials,
                               const base::Clock* clock, base::Turnstile* turns)
    : registry_(registry),
      credentials_(credentials),
      turns_(turns),
      lists_(clock, std::numeric_limits<size_t>::max(), kMaxRememberedBytes) {}

PlatformListPtr PlatformLister::Recall(const oci::Digest& digest) {
  return lists_.Find(digest.ToString()).value_or(nullptr);
}

void PlatformLister::Keep(const oci::Digest& digest, const PlatformListPtr& list) {
  if (!list->fault.ok()) return;
  const std::string key = digest.ToString();
  lists_.Put(
      key, list, absl::InfiniteDuration(),
      decltype(lists_)::kEntryBytes + base::AllocatedBytes(key.size() + 1) + WeightOf(*list));
}

absl::StatusOr<PlatformListPtr> PlatformLister::ListWith(const registry::Credential& credential,
                                                         const oci::Repository& repository,
                                                         const oci::Digest& digest,
                                                         const Looking& looking) {
  CS_ASSIGN_OR_RETURN(
      PlatformListPtr list,
      Reading({registry_, repository, digest, credential, looking, *turns_}).Read());
  Keep(digest, list);
  return list;
}

absl::StatusOr<PlatformListPtr> PlatformLister::List(const oci::Repository& repository,
                                                     const oci::Digest& digest,
                                                     const ScopePtr& scope,
                                                     const Looking& looking) {
  CredentialFinder::Walk walk =
      credentials_->Find(scope, repository, looking.allowance->share(), looking.is_wanted);
  CredentialAttempts attempts;
  const auto next = [&] { return walk.Next(looking.deadline); };
  while (std::optional<FoundCredential> credential =
             looking.During(LookPhase::kCredentials, next)) {
    if (!looking.IsWanted()) return base::NobodyWaits();
    std::optional<Allowance::Attempt> attempt;
    if (!credential->credential.IsAnonymous()) {
      attempt = looking.BeginAttempt();
      if (!attempt.has_value()) {
        walk.StopNamed("too many credentials of this request were refused");
        continue;
      }
    }
    absl::StatusOr<PlatformListPtr> list =
        ListWith(credential->credential, repository, digest, looking);
    if (attempt.has_value() && IsRefusal(list.status()) &&
        looking.CountsRefusal(CredentialThere(repository, credential->credential))) {
      attempt->WasRefused();
    }
    if (list.ok() || EndsSearch(*credential, list.status())) return list;
    attempts.Add(*credential, list.status());
  }
  const absl::Status why = attempts.Conclude(walk.faults()).status();
  // That it was not found out is this request's doing.
  if (walk.was_stopped()) return absl::AbortedError(why.message());
  return why;
}

}  // namespace countersign::verifier
