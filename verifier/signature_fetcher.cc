#include "verifier/signature_fetcher.h"

#include <atomic>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "base/status_macros.h"
#include "verifier/signature_reader.h"

namespace countersign::verifier {
namespace {

// Findings larger than this are not remembered.
constexpr size_t kMaxRememberedBytes = 64 << 10;

size_t SizeOf(const Signatures& signatures) {
  size_t size = 0;
  for (const auto& signature : signatures) {
    size += signature.ok() ? signature->payload.size() + signature->signature.size()
                           : signature.status().message().size();
  }
  return size;
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
    tried_.push_back(absl::StrCat(credential.source, refused                     ? " (refused)"
                                                     : absl::IsNotFound(failure) ? " (not found)"
                                                                                 : " (failed)"));
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
    tried_.push_back(absl::StrCat(credential.source, " (no signature)"));
    unsigned_ = std::move(digest);
  }

  void AddAnswered(const FoundCredential& credential) {
    tried_.push_back(absl::StrCat(credential.source, " (answered)"));
  }

  std::string Describe(const std::vector<std::string>& faults) const {
    std::string how = absl::StrJoin(tried_, ", ");
    if (!faults.empty()) absl::StrAppend(&how, "; of no use: ", absl::StrJoin(faults, "; "));
    return how;
  }

  absl::StatusOr<policy::Evidence> Conclude(const std::vector<std::string>& faults) const {
    const std::string how = Describe(faults);
    // A failure that is no refusal may have hidden a signature, so it outweighs having seen none.
    if (failure_.has_value())
      return absl::Status(failure_->code(),
                          absl::StrCat(failure_->message(), "; credentials tried: ", how));
    if (unsigned_.has_value())
      return policy::Evidence{.digest = *unsigned_, .signatures = {}, .how = how};
    if (not_found_.has_value())
      return absl::NotFoundError(absl::StrCat(not_found_->message(), "; credentials tried: ", how));
    if (refusal_.has_value())
      return absl::UnauthenticatedError(
          absl::StrCat(refusal_->message(), "; credentials tried: ", how));
    return absl::InternalError("no credential was tried, not even anonymous");
  }

 private:
  std::vector<std::string> tried_;
  std::optional<absl::Status> refusal_;
  std::optional<absl::Status> not_found_;
  std::optional<absl::Status> failure_;
  std::optional<oci::Digest> unsigned_;
};

}  // namespace

// What a fetch needs, kept alive by fetches that go on when nobody waits any more.
class SignatureFetcher::Session {
 public:
  Session(registry::Registry* registry, const CredentialFinder* credentials,
          const base::Clock* clock, Options options)
      : registry_(registry),
        credentials_(credentials),
        clock_(clock),
        options_(options),
        memory_(clock, options.memory_entries) {}

  std::optional<FindingPtr> Recall(const oci::Repository& repository, const oci::Digest& digest,
                                   const CredentialScope& scope) {
    std::optional<FindingPtr> known = memory_.Find(MemoryKey(repository, digest, scope));
    ++(known.has_value() ? hits_ : misses_);
    return known;
  }

  Counts counts() const { return {.hits = hits_, .misses = misses_, .entries = memory_.size()}; }

  absl::StatusOr<FindingPtr> Look(const oci::ImageReference& image, const CredentialScope& scope,
                                  Freshness freshness, const base::Share& share) {
    const absl::Time deadline = clock_->Now() + options_.fetch_timeout;
    CredentialFinder::Walk walk = credentials_->Find(scope, image.repository(), share);
    Attempts attempts;
    while (std::optional<FoundCredential> credential = walk.Next(deadline)) {
      const absl::StatusOr<oci::Digest> digest = Resolve(image, credential->credential, deadline);
      if (EndsSearch(*credential, digest.status())) return digest.status();
      if (!digest.ok()) {
        attempts.Add(*credential, digest.status());
        continue;
      }
      if (freshness == Freshness::kRemembered && !image.digest().has_value()) {
        if (std::optional<FindingPtr> known = Recall(image.repository(), *digest, scope))
          return *known;
      }
      absl::StatusOr<Signatures> signatures =
          FetchSignatures(registry_, image.repository(), *digest, credential->credential, deadline);
      if (EndsSearch(*credential, signatures.status())) return signatures.status();
      if (!signatures.ok()) {
        attempts.Add(*credential, signatures.status());
        continue;
      }
      // Many registries say "not found" for what a credential may not see. One that has just
      // resolved the image's tag may see it, and its "no signature" is final; by digest nothing has
      // been seen yet.
      if (signatures->empty() && image.digest().has_value()) {
        attempts.AddUnsigned(*credential, *digest);
        continue;
      }
      attempts.AddAnswered(*credential);
      return Remember(image.repository(), scope,
                      policy::Evidence{.digest = *digest,
                                       .signatures = *std::move(signatures),
                                       .how = attempts.Describe(walk.faults())});
    }
    CS_ASSIGN_OR_RETURN(policy::Evidence evidence, attempts.Conclude(walk.faults()));
    return Remember(image.repository(), scope, std::move(evidence));
  }

 private:
  static std::string MemoryKey(const oci::Repository& repository, const oci::Digest& digest,
                               const CredentialScope& scope) {
    return absl::StrCat(repository.ToString(), "@", digest.ToString(), " ", scope.Key());
  }

  absl::StatusOr<oci::Digest> Resolve(const oci::ImageReference& image,
                                      const registry::Credential& credential, absl::Time deadline) {
    if (image.digest().has_value()) return *image.digest();
    return registry_->ResolveTag(image.repository(), *image.tag(), credential, deadline);
  }

  FindingPtr Remember(const oci::Repository& repository, const CredentialScope& scope,
                      policy::Evidence evidence) {
    const std::string key = MemoryKey(repository, evidence.digest, scope);
    const bool worth_it =
        !evidence.signatures.empty() && SizeOf(evidence.signatures) <= kMaxRememberedBytes;
    if (worth_it) {
      memory_.Put(
          key, std::make_shared<const Finding>(Finding{.evidence = evidence, .from_memory = true}),
          options_.memory);
    } else {
      memory_.Remove(key);
    }
    return std::make_shared<const Finding>(
        Finding{.evidence = std::move(evidence), .from_memory = false});
  }

  registry::Registry* const registry_;
  const CredentialFinder* const credentials_;
  const base::Clock* const clock_;
  const Options options_;
  base::ExpiringCache<FindingPtr> memory_;
  std::atomic<uint64_t> hits_ = 0;
  std::atomic<uint64_t> misses_ = 0;
};

SignatureFetcher::SignatureFetcher(registry::Registry* registry,
                                   const CredentialFinder* credentials, base::WorkerPool* pool,
                                   const base::Clock* clock, Options options)
    : session_(std::make_shared<Session>(registry, credentials, clock, options)), flights_(pool) {}

SignatureFetcher::~SignatureFetcher() = default;

std::optional<SignatureFetcher::FindingPtr> SignatureFetcher::Recall(
    const oci::ImageReference& image, const CredentialScope& scope) {
  if (!image.digest().has_value()) return std::nullopt;
  return session_->Recall(image.repository(), *image.digest(), scope);
}

SignatureFetcher::Counts SignatureFetcher::counts() const { return session_->counts(); }

SignatureFetcher::Ticket SignatureFetcher::Fetch(const oci::ImageReference& image,
                                                 const CredentialScope& scope, Freshness freshness,
                                                 const base::Share& share) {
  const std::string key =
      absl::StrCat(image.FullName(), freshness == Freshness::kFresh ? " fresh " : " ", scope.Key());
  return flights_.Join(key, image.repository().registry, share,
                       [session = session_, image, scope, freshness, share] {
                         return session->Look(image, scope, freshness, share);
                       });
}

}  // namespace countersign::verifier
