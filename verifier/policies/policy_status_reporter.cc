#include "verifier/policies/policy_status_reporter.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/deadline.h"
#include "base/json.h"
#include "base/log.h"
#include "base/printable.h"
#include "base/transient.h"
#include "kube/metadata.h"
#include "verifier/policies/status_conditions.h"

namespace countersign::verifier {
namespace {

constexpr std::string_view kLogger = "policy-status";

// Of a status that is only told, so much.
constexpr size_t kMaxToldBytes = 2 << 10;

std::string KeyOf(const ReportedObject& reported) {
  return absl::StrCat(reported.path.group, "/", reported.path.resource, "/",
                      kube::UidOf(*reported.object), "/", kube::NameOf(*reported.object));
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

void PolicyStatusReporter::Report(std::vector<ReportedObject> objects) {
  auto reported = std::make_shared<const std::vector<ReportedObject>>(std::move(objects));
  absl::MutexLock lock(&mutex_);
  reported_ = std::move(reported);
  has_changed_ = true;
}

PolicyStatusReporter::Counts PolicyStatusReporter::counts() const {
  absl::MutexLock lock(&mutex_);
  return counts_;
}

void PolicyStatusReporter::Run() {
  absl::Time next_look = absl::InfiniteFuture();
  while (true) {
    std::shared_ptr<const std::vector<ReportedObject>> reported;
    {
      absl::MutexLock lock(&mutex_);
      const auto is_due = [this]() ABSL_SHARED_LOCKS_REQUIRED(mutex_) {
        return has_changed_ || is_stopping_;
      };
      options_.clock->Await(&mutex_, absl::Condition(&is_due), next_look);
      if (is_stopping_) return;
      has_changed_ = false;
      reported = reported_;
    }
    next_look = absl::InfiniteFuture();
    if (reported == nullptr) continue;
    Forget(*reported);
    for (const ReportedObject& object : *reported) next_look = std::min(next_look, Look(object));
  }
}

// What is not there any more needs no memory.
void PolicyStatusReporter::Forget(const std::vector<ReportedObject>& reported) {
  std::map<std::string, Attempt> kept;
  for (const ReportedObject& object : reported) {
    const auto found = attempts_.find(KeyOf(object));
    if (found != attempts_.end()) kept.insert(attempts_.extract(found));
  }
  attempts_ = std::move(kept);
}

absl::Time PolicyStatusReporter::Look(const ReportedObject& reported) {
  const base::Json& object = *reported.object;
  const absl::Time now = options_.clock->Now();
  const base::Json status = reported.build_status(now);
  const base::Json* stored = base::FindMember(object, "status");
  if (stored != nullptr && *stored == status) return absl::InfiniteFuture();
  if (reported.is_held) {
    Tell(reported, status);
    return absl::InfiniteFuture();
  }

  const auto [entry, is_new] = attempts_.try_emplace(KeyOf(reported));
  Attempt& attempt = entry->second;
  // The time of a transition is no other content.
  const bool is_other = is_new || !IsSameStatus(attempt.status, status);
  if (is_other || now > attempt.not_before + options_.longest_wait) {
    attempt = {.status = status, .wait = options_.first_wait, .not_before = absl::InfinitePast()};
  }
  if (!attempt.outdated_version.empty() &&
      attempt.outdated_version == kube::ResourceVersionOf(object)) {
    return absl::InfiniteFuture();
  }
  if (now < attempt.not_before) return attempt.not_before;
  Write(reported, status, attempt);
  return attempt.failure.ok() || absl::IsAborted(attempt.failure) ? absl::InfiniteFuture()
                                                                  : attempt.not_before;
}

void PolicyStatusReporter::Tell(const ReportedObject& reported, const base::Json& status) {
  const auto [entry, is_new] = attempts_.try_emplace(KeyOf(reported));
  Attempt& attempt = entry->second;
  if (!is_new && IsSameStatus(attempt.status, status)) return;
  // Whoever writes it later does so at once.
  attempt = {.status = status, .wait = options_.first_wait, .not_before = absl::InfinitePast()};
  base::LogInfo(
      kLogger, "The status of a policy is not written, as another controller's finalizer is on it.",
      {{"object", reported.path.Describe()},
       {"status", base::Printable(status.dump(-1, ' ', false, base::Json::error_handler_t::replace),
                                  kMaxToldBytes)}});
  absl::MutexLock lock(&mutex_);
  ++counts_.held;
}

void PolicyStatusReporter::Write(const ReportedObject& reported, const base::Json& status,
                                 Attempt& attempt) {
  const base::Json& object = *reported.object;
  base::Json replacement = object;
  replacement["status"] = status;
  const kube::ObjectPath& path = reported.path;
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
