#include "verifier/policies/policy_status_reporter.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/deadline.h"
#include "base/json.h"
#include "base/log.h"
#include "base/transient.h"
#include "kube/metadata.h"
#include "verifier/policies/policy_resource.h"
#include "verifier/policies/policy_status.h"

namespace countersign::verifier {
namespace {

constexpr std::string_view kLogger = "policy-status";

std::string KeyOf(const base::Json& object) {
  return absl::StrCat(kube::UidOf(object), "/", kube::NameOf(object));
}

}  // namespace

PolicyStatusReporter::PolicyStatusReporter(kube::ObjectStore* objects, Options options)
    : objects_(objects), options_(options), thread_([this] { Run(); }) {}

PolicyStatusReporter::~PolicyStatusReporter() {
  {
    absl::MutexLock lock(&mutex_);
    is_stopping_ = true;
  }
  thread_.join();
}

void PolicyStatusReporter::Report(PolicyList policies) {
  absl::MutexLock lock(&mutex_);
  policies_ = std::move(policies);
  has_changed_ = true;
}

PolicyStatusReporter::Counts PolicyStatusReporter::counts() const {
  absl::MutexLock lock(&mutex_);
  return counts_;
}

void PolicyStatusReporter::Run() {
  absl::Time next_look = absl::InfiniteFuture();
  while (true) {
    PolicyList policies;
    {
      absl::MutexLock lock(&mutex_);
      const auto is_due = [this]() ABSL_SHARED_LOCKS_REQUIRED(mutex_) {
        return has_changed_ || is_stopping_;
      };
      options_.clock->Await(&mutex_, absl::Condition(&is_due), next_look);
      if (is_stopping_) return;
      has_changed_ = false;
      policies = policies_;
    }
    Forget(policies.objects);
    next_look = absl::InfiniteFuture();
    for (size_t i = 0; i < policies.objects.size(); ++i) {
      next_look = std::min(next_look, Look(policies, i));
    }
  }
}

// What is not there any more needs no memory.
void PolicyStatusReporter::Forget(const std::vector<kube::Object>& policies) {
  std::map<std::string, Attempt> kept;
  for (const kube::Object& policy : policies) {
    const auto found = attempts_.find(KeyOf(policy.json));
    if (found != attempts_.end()) kept.insert(attempts_.extract(found));
  }
  attempts_ = std::move(kept);
}

absl::Time PolicyStatusReporter::Look(const PolicyList& policies, size_t index) {
  const base::Json& object = policies.objects[index].json;
  const absl::Time now = options_.clock->Now();
  const base::Json status = BuildPolicyStatus(policies, index, now);
  const base::Json* stored = base::FindMember(object, "status");
  if (stored != nullptr && *stored == status) return absl::InfiniteFuture();

  const auto [entry, is_new] = attempts_.try_emplace(KeyOf(object));
  Attempt& attempt = entry->second;
  // The time of a transition is no other content.
  const bool is_other = is_new || !IsSamePolicyStatus(attempt.status, status);
  if (is_other || now > attempt.not_before + options_.longest_wait) {
    attempt = {.status = status, .wait = options_.first_wait, .not_before = absl::InfinitePast()};
  }
  if (!attempt.outdated_version.empty() &&
      attempt.outdated_version == kube::ResourceVersionOf(object)) {
    return absl::InfiniteFuture();
  }
  if (now < attempt.not_before) return attempt.not_before;
  Write(object, status, attempt);
  return attempt.failure.ok() || absl::IsAborted(attempt.failure) ? absl::InfiniteFuture()
                                                                  : attempt.not_before;
}

void PolicyStatusReporter::Write(const base::Json& object, const base::Json& status,
                                 Attempt& attempt) {
  base::Json replacement = object;
  replacement["status"] = status;
  const kube::ObjectPath path = PolicyStatusPath(object);
  const absl::Status written =
      objects_->Replace(path, replacement, base::In(options_.write_timeout)).status();
  const bool is_lasting = !written.ok() && !base::IsTransient(written);
  if (is_lasting) attempt.wait = options_.longest_wait;
  attempt.not_before = options_.clock->Now() + attempt.wait;
  attempt.wait = std::min(2 * attempt.wait, options_.longest_wait);
  attempt.outdated_version = absl::IsAborted(written) ? kube::ResourceVersionOf(object) : "";
  const bool is_news = attempt.failure.code() != written.code();
  attempt.failure = written;
  if (!written.ok() && !absl::IsAborted(written) && is_news) {
    base::LogWarning(kLogger, "The status of a policy cannot be written. The policy itself counts.",
                     {{"object", path.Describe()}, {"error", std::string(written.message())}});
  }
  absl::MutexLock lock(&mutex_);
  ++(written.ok() ? counts_.writes : counts_.failures);
}

}  // namespace countersign::verifier
