#include "verifier/policies/secret_keys.h"

#include <algorithm>
#include <string_view>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/deadline.h"
#include "base/fan_out.h"
#include "base/log.h"
#include "base/printable.h"
#include "base/share.h"
#include "crypto/public_key.h"

namespace countersign::verifier {
namespace {

constexpr std::string_view kLogger = "policy-keys";
// So many Secrets are read at a time.
constexpr int kAtOnce = 8;

// A sentence about the Secret, with the code that says that this is certain.
absl::Status Fault(std::string_view name, std::string_view what) {
  return absl::FailedPreconditionError(absl::StrCat("secret ", base::Quoted(name), " ", what));
}

bool IsCertain(const absl::Status& why) { return absl::IsFailedPrecondition(why); }

absl::StatusOr<std::string> ReadKey(std::string_view name, const kube::Secret& secret) {
  if (secret.data.empty()) return Fault(name, "contains no data");
  if (secret.data.size() > 1) {
    return Fault(name, "contains multiple data entries, only one is supported");
  }
  const std::string& pem = secret.data.front().second;
  const absl::Status key = crypto::PublicKey::FromPem(pem).status();
  if (!key.ok()) {
    return Fault(name, absl::StrCat("contains an invalid public key: ", key.message()));
  }
  return pem;
}

}  // namespace

SecretKeys::SecretKeys(kube::SecretReader* reader, Options options, std::function<void()> on_change)
    : reader_(reader),
      options_(std::move(options)),
      on_change_(std::move(on_change)),
      pool_({.threads = kAtOnce, .threads_per_lane = kAtOnce}),
      thread_([this] { Run(); }) {}

SecretKeys::~SecretKeys() {
  {
    absl::MutexLock lock(&mutex_);
    is_stopping_ = true;
  }
  thread_.join();
}

void SecretKeys::Want(const std::vector<std::string>& names, bool again) {
  absl::MutexLock lock(&mutex_);
  WantedKeys wanted;
  for (const std::string& name : names) {
    if (wanted.size() >= options_.max_secrets) break;
    if (wanted.contains(name)) continue;
    const auto known = wanted_.find(name);
    if (known == wanted_.end()) {
      const std::string unread =
          absl::StrCat("secret ", base::Quoted(name), " has not been read yet");
      wanted.emplace(name, Wanted{.key = {.pem = absl::UnavailableError(unread)}});
    } else {
      wanted.insert(wanted_.extract(known)).position->second.is_due |= again;
    }
  }
  wanted_ = std::move(wanted);
  is_called_ = std::any_of(wanted_.begin(), wanted_.end(),
                           [](const auto& entry) { return entry.second.is_due; });
}

SecretKeys::Keys SecretKeys::keys() const {
  absl::MutexLock lock(&mutex_);
  Keys keys;
  for (const auto& [name, wanted] : wanted_) keys.emplace_hint(keys.end(), name, wanted.key);
  return keys;
}

bool SecretKeys::HaveBeenTried() const {
  absl::MutexLock lock(&mutex_);
  return std::all_of(wanted_.begin(), wanted_.end(),
                     [](const auto& entry) { return entry.second.key.has_been_tried; });
}

void SecretKeys::Run() {
  while (const std::optional<std::vector<std::string>> names = AwaitTurn()) {
    TakeTurn(*names);
    EndTurn();
  }
}

std::optional<std::vector<std::string>> SecretKeys::AwaitTurn() {
  absl::MutexLock lock(&mutex_);
  const auto is_wanted = [this]() ABSL_SHARED_LOCKS_REQUIRED(mutex_) {
    return is_called_ || is_stopping_;
  };
  options_.clock->Await(&mutex_, absl::Condition(&is_wanted), std::min(next_reading_, next_retry_));
  if (is_stopping_) return std::nullopt;
  is_called_ = false;
  const absl::Time now = options_.clock->Now();
  if (now >= next_reading_) next_reading_ = absl::InfiniteFuture();
  std::vector<std::string> names;
  std::vector<std::string> last;
  for (auto& [name, wanted] : wanted_) {
    const bool is_due = std::exchange(wanted.is_due, false);
    if (is_due || next_reading_ == absl::InfiniteFuture() ||
        (now >= next_retry_ && !wanted.unread.ok())) {
      (wanted.unread.ok() ? names : last).push_back(name);
    }
  }
  names.insert(names.end(), last.begin(), last.end());
  return names;
}

void SecretKeys::TakeTurn(const std::vector<std::string>& names) {
  const absl::Time end = base::In(options_.turn_timeout);
  base::FanOut(&pool_, "secrets", base::Share(), names.size(), kAtOnce, [&](size_t i) {
    if (base::HasPassed(end)) return PutOff(names[i]);
    Take(names[i], Fetch(names[i], std::min(end, base::In(options_.read_timeout))));
  });
}

void SecretKeys::PutOff(const std::string& name) {
  absl::MutexLock lock(&mutex_);
  const auto found = wanted_.find(name);
  if (found != wanted_.end()) found->second.is_due = true;
}

absl::Status SecretKeys::NotReadNow(const std::string& name) {
  return absl::UnavailableError(
      absl::StrCat("secret ", base::Quoted(name), " could not be read yet"));
}

absl::StatusOr<std::string> SecretKeys::Fetch(const std::string& name, absl::Time deadline) const {
  const absl::StatusOr<kube::Secret> secret =
      reader_->FetchSecret(options_.secret_namespace, name, deadline);
  if (secret.ok()) return ReadKey(name, *secret);
  if (absl::IsNotFound(secret.status())) return Fault(name, "not found");
  if (absl::IsInvalidArgument(secret.status())) {
    return Fault(name, absl::StrCat("is malformed: ", secret.status().message()));
  }
  return absl::UnavailableError(absl::StrCat("secret ", base::Quoted(name),
                                             " could not be read: ", secret.status().message()));
}

void SecretKeys::Take(const std::string& name, absl::StatusOr<std::string> pem) {
  absl::Status complaint;
  {
    absl::MutexLock lock(&mutex_);
    const auto found = wanted_.find(name);
    if (found == wanted_.end()) return;
    Wanted& wanted = found->second;
    const Key before = wanted.key;
    Key& key = wanted.key;
    key.has_been_tried = true;
    wanted.unread = pem.ok() || IsCertain(pem.status()) ? absl::OkStatus() : pem.status();
    if (wanted.unread.ok()) key.fault = pem.status();
    // What is certain is not replaced by what may pass.
    if (pem.ok() || (!key.pem.ok() && (IsCertain(pem.status()) || !IsCertain(key.pem.status())))) {
      // Why it cannot be read now names the API server, and is for the log alone.
      const bool may_be_told = pem.ok() || IsCertain(pem.status());
      key.pem = may_be_told ? std::move(pem) : absl::StatusOr<std::string>(NotReadNow(name));
    }
    if (key == before) return;
    has_changed_ = true;
    if (key.fault != before.fault) complaint = key.fault;
  }
  if (complaint.ok()) return;
  base::LogError(kLogger,
                 "A Secret that a policy names holds no key. The last good one stays in force; "
                 "without one, what needs it cannot pass.",
                 {{"object", absl::StrCat("Secret ", options_.secret_namespace, "/", name)},
                  {"error", std::string(complaint.message())}});
}

void SecretKeys::EndTurn() {
  absl::Status outage;
  bool has_changed = false;
  {
    absl::MutexLock lock(&mutex_);
    for (const auto& [name, wanted] : wanted_) {
      // Those that had no turn have the next, as have those that are wanted again meanwhile.
      is_called_ |= wanted.is_due;
      if (outage.ok()) outage = wanted.unread;
    }
    has_changed = std::exchange(has_changed_, false);
  }
  const absl::Time now = options_.clock->Now();
  if (next_reading_ == absl::InfiniteFuture()) next_reading_ = now + options_.interval;
  next_retry_ = outage.ok() ? absl::InfiniteFuture() : now + options_.retry_interval;
  if (!outage.ok() && !is_outage_logged_) {
    base::LogWarning(kLogger,
                     "Secrets that policies name cannot be read now; the last good keys stay.",
                     {{"error", std::string(outage.message())}});
  }
  is_outage_logged_ = !outage.ok();
  if (has_changed && on_change_) on_change_();
}

}  // namespace countersign::verifier
