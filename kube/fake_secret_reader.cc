#include "kube/fake_secret_reader.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "base/deadline.h"
#include "base/status_macros.h"

namespace countersign::kube {
namespace {

std::string Key(std::string_view object_namespace, std::string_view name) {
  return absl::StrCat(object_namespace, "/", name);
}

template <typename T>
absl::StatusOr<T> Find(const std::map<std::string, T>& objects, const std::string& key) {
  const auto found = objects.find(key);
  if (found == objects.end()) return absl::NotFoundError(absl::StrCat("there is no ", key));
  return found->second;
}

}  // namespace

void FakeSecretReader::PutSecret(std::string_view secret_namespace, std::string_view name,
                                 Secret secret) {
  absl::MutexLock lock(&mutex_);
  secrets_.insert_or_assign(Key(secret_namespace, name), std::move(secret));
}

void FakeSecretReader::PutServiceAccount(std::string_view account_namespace, std::string_view name,
                                         ServiceAccount account) {
  absl::MutexLock lock(&mutex_);
  accounts_.insert_or_assign(Key(account_namespace, name), std::move(account));
}

void FakeSecretReader::RemoveSecret(std::string_view secret_namespace, std::string_view name) {
  absl::MutexLock lock(&mutex_);
  secrets_.erase(Key(secret_namespace, name));
}

void FakeSecretReader::FailWith(absl::Status failure) {
  absl::MutexLock lock(&mutex_);
  failure_ = std::move(failure);
}

int FakeSecretReader::fetches() const {
  absl::MutexLock lock(&mutex_);
  return fetches_;
}

absl::Status FakeSecretReader::Begin(absl::Time deadline) {
  ++fetches_;
  if (base::HasPassed(deadline)) return absl::DeadlineExceededError("no answer in time");
  return failure_;
}

absl::StatusOr<Secret> FakeSecretReader::FetchSecret(std::string_view secret_namespace,
                                                     std::string_view name, absl::Time deadline) {
  absl::MutexLock lock(&mutex_);
  CS_RETURN_IF_ERROR(Begin(deadline));
  return Find(secrets_, Key(secret_namespace, name));
}

absl::StatusOr<ServiceAccount> FakeSecretReader::FetchServiceAccount(
    std::string_view account_namespace, std::string_view name, absl::Time deadline) {
  absl::MutexLock lock(&mutex_);
  CS_RETURN_IF_ERROR(Begin(deadline));
  return Find(accounts_, Key(account_namespace, name));
}

}  // namespace countersign::kube
