#include "verifier/evidence/remembered_tags.h"

#include <memory>
#include <utility>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "base/byte_budget.h"
#include "base/deadline.h"
#include "base/share.h"
#include "verifier/evidence/look_phases.h"

namespace countersign::verifier {
namespace {

TagMemory::Seen SeenBy(const oci::ImageReference& image, const std::string& fingerprint) {
  return {.repository = image.repository(), .tag = *image.tag(), .fingerprint = fingerprint};
}

// The scope's credential with this fingerprint; nullopt: it has none.
std::optional<registry::Credential> FindCredential(CredentialFinder::Walk walk,
                                                   const std::string& fingerprint,
                                                   absl::Time deadline) {
  while (std::optional<FoundCredential> found = walk.Next(deadline)) {
    if (CredentialFingerprint(found->credential) == fingerprint) return found->credential;
  }
  return std::nullopt;
}

}  // namespace

// Asking once more for what is remembered.
struct RememberedTags::Refresh {
  oci::ImageReference image;
  ScopePtr scope;
  Found found;
  base::Share share;
  std::shared_ptr<base::ByteBudget::Account> bytes;
  absl::Time deadline;
};

RememberedTags::RememberedTags(registry::Registry* registry, const CredentialFinder* credentials,
                               base::WorkerPool* pool, const base::Clock* clock,
                               EvidenceMemory* grants, const TagMemory::Options& options)
    : registry_(registry),
      credentials_(credentials),
      pool_(pool),
      clock_(clock),
      grants_(grants),
      anonymous_(CredentialFingerprint({})),
      memory_(clock, options) {}

absl::StatusOr<oci::Digest> RememberedTags::Resolve(const oci::ImageReference& image,
                                                    const registry::Credential& credential,
                                                    const Looking& looking) {
  const absl::Time asked = clock_->Now();
  const LookPhases::Stay stay = looking.In(LookPhase::kResolve);
  // A registry without HEAD sends the whole manifest, which is held until it is hashed.
  const absl::StatusOr<oci::Digest> digest =
      registry_->ResolveTag(image.repository(), *image.tag(), credential,
                            registry::Bounds(looking.deadline, looking.allowance->bytes().Hold()));
  const std::string fingerprint = CredentialFingerprint(credential);
  memory_.Hear(SeenBy(image, fingerprint), digest, asked);
  if (digest.ok() && looking.resolved != nullptr) {
    *looking.resolved = {.fingerprint = fingerprint, .digest = *digest, .asked = asked};
  }
  return digest;
}

std::optional<RememberedTags::Found> RememberedTags::Find(const oci::ImageReference& image,
                                                          const SharedScope& scope) {
  if (const std::optional<std::string> grant = grants_->GrantOf(image.repository(), scope)) {
    std::optional<oci::Digest> digest = memory_.Find(SeenBy(image, *grant));
    if (digest.has_value()) return Found{*grant, *std::move(digest)};
  }
  std::optional<oci::Digest> digest = memory_.Find(SeenBy(image, anonymous_));
  if (!digest.has_value()) return std::nullopt;
  return Found{anonymous_, *std::move(digest)};
}

std::optional<oci::Digest> RememberedTags::Recall(const oci::ImageReference& image,
                                                  const SharedScope& scope) {
  if (image.digest().has_value() || !memory_.is_on()) return image.digest();
  std::optional<Found> found = Find(image, scope);
  ++(found.has_value() ? hits_ : misses_);
  if (!found.has_value()) return std::nullopt;
  return std::move(found->digest);
}

void RememberedTags::Keep(const oci::ImageReference& image, const SharedScope& scope,
                          const ResolvedTag& resolved) {
  if (!resolved.digest.has_value() || !memory_.is_on()) return;
  memory_.Remember(SeenBy(image, resolved.fingerprint), *resolved.digest, resolved.asked);
  if (resolved.fingerprint != anonymous_) {
    grants_->Grant(image.repository(), scope, resolved.fingerprint);
  }
}

void RememberedTags::RefreshIfDue(const oci::ImageReference& image, const ScopePtr& scope,
                                  const oci::Digest& digest, const Allowance& allowance) {
  if (image.digest().has_value() || !memory_.is_on()) return;
  std::optional<Found> found = Find(image, *scope);
  if (!found.has_value()) return;
  const std::optional<absl::Duration> left =
      memory_.BeginRefresh(SeenBy(image, found->fingerprint), digest);
  if (!left.has_value()) return;
  // Of one caller and group all refreshes are one request: it is no number of a question.
  const base::Share share = {.caller = allowance.share().caller, .group = allowance.share().group};
  const absl::Time deadline = base::In(*left);
  const absl::Status scheduled = pool_->Schedule(
      image.repository().registry, share,
      [this, refresh = Refresh{.image = image,
                               .scope = scope,
                               .found = *std::move(found),
                               .share = share,
                               .bytes = allowance.bytes().OpenBeside(),
                               .deadline = deadline}] { ++(Run(refresh) ? renewed_ : ended_); },
      [deadline] { return !base::HasPassed(deadline); });
  if (!scheduled.ok()) ++ended_;
}

bool RememberedTags::Run(const Refresh& refresh) {
  const oci::ImageReference& image = refresh.image;
  const std::string& fingerprint = refresh.found.fingerprint;
  std::optional<registry::Credential> credential = registry::Credential();
  if (fingerprint != anonymous_) {
    credential =
        FindCredential(credentials_->Find(refresh.scope, image.repository(), refresh.share),
                       fingerprint, refresh.deadline);
  }
  if (!credential.has_value()) return false;
  const absl::Time asked = clock_->Now();
  const absl::StatusOr<oci::Digest> digest =
      registry_->ResolveTag(image.repository(), *image.tag(), *credential,
                            registry::Bounds(refresh.deadline, refresh.bytes->Hold()));
  const TagMemory::Seen seen = SeenBy(image, fingerprint);
  memory_.Hear(seen, digest, asked);
  // Another digest is for a look to admit.
  if (!digest.ok() || !(*digest == refresh.found.digest)) return false;
  memory_.Remember(seen, *digest, asked);
  return true;
}

RememberedTags::Counts RememberedTags::counts() const {
  return {.hits = hits_,
          .misses = misses_,
          .entries = memory_.size(),
          .bytes = memory_.bytes(),
          .renewed = renewed_,
          .ended = ended_};
}

}  // namespace countersign::verifier
