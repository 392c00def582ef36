#include "kube/fake_api.h"

#include <map>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/strings/str_cat.h"
#include "absl/synchronization/mutex.h"
#include "base/status_macros.h"
#include "kube/object_watches.h"

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

class FakeApi::State {
 public:
  mutable absl::Mutex mutex;
  std::map<std::string, Secret> secrets ABSL_GUARDED_BY(mutex);
  std::map<std::string, ServiceAccount> accounts ABSL_GUARDED_BY(mutex);
  absl::Status failure ABSL_GUARDED_BY(mutex);
  int fetches ABSL_GUARDED_BY(mutex) = 0;
  ObjectWatches watches{std::vector<Object>()};
};

FakeApi::FakeApi() : state_(std::make_shared<State>()) {}
FakeApi::~FakeApi() = default;

void FakeApi::PutSecret(std::string_view secret_namespace, std::string_view name, Secret secret) {
  absl::MutexLock lock(&state_->mutex);
  state_->secrets.insert_or_assign(Key(secret_namespace, name), std::move(secret));
}

void FakeApi::PutServiceAccount(std::string_view account_namespace, std::string_view name,
                                ServiceAccount account) {
  absl::MutexLock lock(&state_->mutex);
  state_->accounts.insert_or_assign(Key(account_namespace, name), std::move(account));
}

void FakeApi::RemoveSecret(std::string_view secret_namespace, std::string_view name) {
  absl::MutexLock lock(&state_->mutex);
  state_->secrets.erase(Key(secret_namespace, name));
}

void FakeApi::SetPolicies(absl::StatusOr<std::vector<base::Json>> policies) {
  if (!policies.ok()) return state_->watches.Publish(policies.status());
  std::vector<Object> objects;
  for (base::Json& policy : *policies) {
    objects.push_back({.json = std::move(policy),
                       .locate = [](std::string_view pointer) { return std::string(pointer); }});
  }
  state_->watches.Publish(std::move(objects));
}

void FakeApi::FailWith(absl::Status failure) {
  absl::MutexLock lock(&state_->mutex);
  state_->failure = std::move(failure);
}

int FakeApi::fetches() const {
  absl::MutexLock lock(&state_->mutex);
  return state_->fetches;
}

absl::StatusOr<Secret> FakeApi::FetchSecret(std::string_view secret_namespace,
                                            std::string_view name, absl::Time) {
  absl::MutexLock lock(&state_->mutex);
  ++state_->fetches;
  CS_RETURN_IF_ERROR(state_->failure);
  return Find(state_->secrets, Key(secret_namespace, name));
}

absl::StatusOr<ServiceAccount> FakeApi::FetchServiceAccount(std::string_view account_namespace,
                                                            std::string_view name, absl::Time) {
  absl::MutexLock lock(&state_->mutex);
  ++state_->fetches;
  CS_RETURN_IF_ERROR(state_->failure);
  return Find(state_->accounts, Key(account_namespace, name));
}

std::unique_ptr<Watch> FakeApi::WatchPolicies(PoliciesCallback on_change) {
  return state_->watches.Add(std::move(on_change));
}

}  // namespace countersign::kube
