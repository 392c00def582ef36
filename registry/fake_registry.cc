#include "registry/fake_registry.h"

#include <algorithm>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "base/deadline.h"
#include "base/status_macros.h"

namespace countersign::registry {
namespace {

absl::StatusOr<std::string> FindBytes(const std::map<oci::Digest, std::string>& contents,
                                      const oci::Digest& digest,
                                      const oci::Repository& repository) {
  const auto found = contents.find(digest);
  if (found == contents.end()) {
    return absl::NotFoundError(
        absl::StrCat("registry ", repository.registry, ": has no ", digest.ToString()));
  }
  if (!(oci::Digest::Of(found->second) == digest)) {
    return absl::FailedPreconditionError(
        absl::StrCat("registry ", repository.registry,
                     ": answered with bytes of another digest than asked for"));
  }
  return found->second;
}

// Counts the bytes, as those that come over a network are.
absl::StatusOr<std::string> Deliver(absl::StatusOr<std::string> bytes, const Bounds& bounds) {
  if (bytes.ok() && bounds.held != nullptr && !bounds.held->Take(bytes->size())) {
    return absl::ResourceExhaustedError("there is no room for what the registry sends");
  }
  return bytes;
}

absl::StatusOr<std::string> DeliverUpTo(size_t max_bytes, absl::StatusOr<std::string> bytes,
                                        const oci::Repository& repository, const Bounds& bounds) {
  if (bytes.ok() && bytes->size() > max_bytes) {
    return absl::ResourceExhaustedError(absl::StrCat("registry ", repository.registry,
                                                     ": it is larger than ", max_bytes, " bytes"));
  }
  return Deliver(std::move(bytes), bounds);
}

}  // namespace

oci::Digest FakeRegistry::PutManifest(const oci::Repository& repository, std::string_view tag,
                                      std::string bytes) {
  const oci::Digest digest = oci::Digest::Of(bytes);
  absl::MutexLock lock(&mutex_);
  Contents& contents = repositories_[repository.ToString()];
  if (!tag.empty()) contents.tags.insert_or_assign(std::string(tag), digest);
  contents.manifests.insert_or_assign(digest, std::move(bytes));
  return digest;
}

oci::Digest FakeRegistry::PutBlob(const oci::Repository& repository, std::string bytes) {
  const oci::Digest digest = oci::Digest::Of(bytes);
  absl::MutexLock lock(&mutex_);
  repositories_[repository.ToString()].blobs.insert_or_assign(digest, std::move(bytes));
  return digest;
}

void FakeRegistry::CorruptBlob(const oci::Repository& repository, const oci::Digest& digest) {
  absl::MutexLock lock(&mutex_);
  repositories_[repository.ToString()].blobs.insert_or_assign(digest, "other bytes");
}

void FakeRegistry::SetReferrers(const oci::Repository& repository, const oci::Digest& subject,
                                std::vector<std::string> pages) {
  absl::MutexLock lock(&mutex_);
  repositories_[repository.ToString()].referrers.insert_or_assign(subject, std::move(pages));
}

void FakeRegistry::RemoveTag(const oci::Repository& repository, std::string_view tag) {
  absl::MutexLock lock(&mutex_);
  repositories_[repository.ToString()].tags.erase(std::string(tag));
}

void FakeRegistry::RequireCredential(const oci::Repository& repository,
                                     std::vector<Credential> accepted) {
  absl::MutexLock lock(&mutex_);
  repositories_[repository.ToString()].accepted = std::move(accepted);
}

void FakeRegistry::FailWith(const oci::Repository& repository, absl::Status failure,
                            std::string_view what) {
  absl::MutexLock lock(&mutex_);
  Contents& contents = repositories_[repository.ToString()];
  contents.failure = std::move(failure);
  contents.failing = what;
}

void FakeRegistry::Hold(const oci::Repository& repository, std::string_view what) {
  absl::MutexLock lock(&mutex_);
  repositories_[repository.ToString()].held = what;
}

void FakeRegistry::LetGo(const oci::Repository& repository) {
  absl::MutexLock lock(&mutex_);
  repositories_[repository.ToString()].held.reset();
}

int FakeRegistry::CountHeld(const oci::Repository& repository) const {
  absl::MutexLock lock(&mutex_);
  const auto found = repositories_.find(repository.ToString());
  return found == repositories_.end() ? 0 : found->second.count_held;
}

std::vector<std::string> FakeRegistry::Calls() const {
  absl::MutexLock lock(&mutex_);
  return calls_;
}

absl::StatusOr<FakeRegistry::Contents> FakeRegistry::Serve(std::string_view what,
                                                           const oci::Repository& repository,
                                                           const Credential& credential,
                                                           const Bounds& bounds) {
  absl::MutexLock lock(&mutex_);
  calls_.push_back(
      absl::StrCat(what, credential.username.empty() ? "" : " as ", credential.username));
  Contents& contents = repositories_[repository.ToString()];
  const auto may_go = [&] {
    return !contents.held.has_value() || !absl::StartsWith(what, *contents.held);
  };
  ++contents.count_held;
  mutex_.AwaitWithDeadline(absl::Condition(&may_go), bounds.deadline);
  --contents.count_held;
  if (base::HasPassed(bounds.deadline)) {
    return absl::DeadlineExceededError(
        absl::StrCat("registry ", repository.registry, ": did not answer in time"));
  }
  if (absl::StartsWith(what, contents.failing)) CS_RETURN_IF_ERROR(contents.failure);
  if (!contents.accepted.empty() && std::find(contents.accepted.begin(), contents.accepted.end(),
                                              credential) == contents.accepted.end()) {
    return absl::UnauthenticatedError(
        absl::StrCat("registry ", repository.registry, ": refused the credential"));
  }
  return contents;
}

absl::StatusOr<oci::Digest> FakeRegistry::ResolveTag(const oci::Repository& repository,
                                                     std::string_view tag,
                                                     const Credential& credential,
                                                     const Bounds& bounds) {
  CS_ASSIGN_OR_RETURN(const Contents contents,
                      Serve(absl::StrCat("resolve ", repository.ToString(), ":", tag), repository,
                            credential, bounds));
  const auto found = contents.tags.find(tag);
  if (found == contents.tags.end()) {
    return absl::NotFoundError(
        absl::StrCat("registry ", repository.registry, ": has no tag ", tag));
  }
  return found->second;
}

absl::StatusOr<std::string> FakeRegistry::FetchManifestByTag(const oci::Repository& repository,
                                                             std::string_view tag,
                                                             const Credential& credential,
                                                             const Bounds& bounds) {
  CS_ASSIGN_OR_RETURN(const Contents contents,
                      Serve(absl::StrCat("manifest ", repository.ToString(), ":", tag), repository,
                            credential, bounds));
  const auto found = contents.tags.find(tag);
  if (found == contents.tags.end()) {
    return absl::NotFoundError(
        absl::StrCat("registry ", repository.registry, ": has no tag ", tag));
  }
  return Deliver(FindBytes(contents.manifests, found->second, repository), bounds);
}

absl::StatusOr<std::string> FakeRegistry::FetchManifest(const oci::Repository& repository,
                                                        const oci::Digest& digest, size_t max_bytes,
                                                        const Credential& credential,
                                                        const Bounds& bounds) {
  CS_ASSIGN_OR_RETURN(
      const Contents contents,
      Serve(absl::StrCat("manifest ", repository.ToString(), "@", digest.ToString()), repository,
            credential, bounds));
  return DeliverUpTo(max_bytes, FindBytes(contents.manifests, digest, repository), repository,
                     bounds);
}

absl::StatusOr<std::string> FakeRegistry::FetchBlob(const oci::Repository& repository,
                                                    const oci::Digest& digest, size_t max_bytes,
                                                    const Credential& credential,
                                                    const Bounds& bounds) {
  CS_ASSIGN_OR_RETURN(const Contents contents,
                      Serve(absl::StrCat("blob ", repository.ToString(), "@", digest.ToString()),
                            repository, credential, bounds));
  return DeliverUpTo(max_bytes, FindBytes(contents.blobs, digest, repository), repository, bounds);
}

absl::StatusOr<ReferrersPage> FakeRegistry::FetchReferrers(const oci::Repository& repository,
                                                           const oci::Digest& subject,
                                                           std::string_view page,
                                                           const Credential& credential,
                                                           const Bounds& bounds) {
  CS_ASSIGN_OR_RETURN(const Contents contents,
                      Serve(absl::StrCat("referrers ", repository.ToString(), "@",
                                         subject.ToString(), page.empty() ? "" : "?", page),
                            repository, credential, bounds));
  if (contents.referrers.empty()) {
    return absl::NotFoundError(
        absl::StrCat("registry ", repository.registry, ": has no list of referrers"));
  }
  const auto found = contents.referrers.find(subject);
  if (found == contents.referrers.end()) {
    return ReferrersPage{.index = R"({"schemaVersion":2,"manifests":[]})"};
  }
  size_t number = 0;
  if (!page.empty() && !absl::SimpleAtoi(page, &number)) number = found->second.size();
  if (number >= found->second.size()) {
    return absl::NotFoundError(
        absl::StrCat("registry ", repository.registry, ": has no such page"));
  }
  CS_ASSIGN_OR_RETURN(std::string index, Deliver(found->second[number], bounds));
  const bool is_last = number + 1 == found->second.size();
  return ReferrersPage{.index = std::move(index), .next = is_last ? "" : absl::StrCat(number + 1)};
}

}  // namespace countersign::registry
