#include "verifier/credentials/caching_secret_reader.h"

#include <algorithm>
#include <memory>
#include <string>
#include <utility>
#include <variant>

#include "absl/hash/hash.h"
#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "base/deadline.h"

namespace countersign::verifier {
namespace {

// How long somebody waits for the API server who could use what is remembered instead.
constexpr absl::Duration kPatienceWithMemory = absl::Seconds(1);
// How long it is not asked for what is remembered after it could not be asked.
constexpr absl::Duration kPause = absl::Seconds(5);

size_t SizeOf(const kube::Secret& secret) {
  size_t size = secret.type.size();
  for (const auto& [name, value] : secret.data) size += name.size() + value.size() + 64;
  return size;
}

size_t SizeOf(const kube::ServiceAccount& account) {
  size_t size = 0;
  for (const std::string& name : account.image_pull_secrets) size += name.size() + 32;
  return size;
}

// How long the object, or that there is none, will do for everybody, since it was asked for.
absl::Duration LifeOf(std::string_view key, bool is_there, absl::Time asked,
                      const CachingSecretReader::Options& options) {
  if (!is_there) return options.max_absence_age;
  const double spread = static_cast<double>(absl::HashOf(key, asked) % 1000) / 1000;
  return options.max_age * (1 - spread / 5);
}

}  // namespace

// Which object, and how it is asked for.
template <typename T>
struct CachingSecretReader::Question {
  Fetch<T> fetch;
  std::string object_namespace;
  std::string name;
  std::string key;
};

CachingSecretReader::CachingSecretReader(kube::SecretReader* reader, const base::Clock* clock,
                                         Options options)
    : reader_(reader),
      clock_(clock),
      options_(options),
      pool_({.threads = options.max_reads, .threads_per_lane = options.max_reads, .shares = true}),
      memory_(&pool_, clock,
              {.max_entries = options.max_entries,
               .max_weight = options.max_bytes,
               .patience = kPatienceWithMemory,
               .pause = kPause}) {}

template <typename T>
ObjectReading<T> CachingSecretReader::Read(const Question<T>& question, absl::Time not_before,
                                           absl::Time deadline, const base::Share& share) {
  if (options_.max_age <= absl::ZeroDuration()) {
    const absl::Time asked = clock_->Now();
    absl::StatusOr<T> object =
        (reader_->*question.fetch)(question.object_namespace, question.name, deadline);
    if (!object.ok()) return {object.status(), asked};
    return {std::make_shared<const T>(*std::move(object)), asked};
  }
  const absl::StatusOr<Memory::Reading> read = memory_.Get(
      question.key, "", share, not_before, std::min(deadline, base::In(options_.read_timeout)),
      [question, reader = reader_, clock = clock_, options = options_] {
        return ReadAnew(question, reader, clock, options);
      });
  if (absl::IsDeadlineExceeded(read.status())) {
    return {absl::DeadlineExceededError("the API server did not answer in time"), clock_->Now()};
  }
  if (!read.ok()) return {read.status(), clock_->Now()};
  const std::shared_ptr<const Remembered>& object = read->value;
  if (const auto* absence = std::get_if<absl::Status>(object.get())) {
    return {*absence, read->asked};
  }
  return {std::shared_ptr<const T>(object, std::get_if<T>(object.get())), read->asked};
}

// Asks the reader below. Only an object, or that there is none, is something to remember.
template <typename T>
absl::StatusOr<CachingSecretReader::Memory::Fresh> CachingSecretReader::ReadAnew(
    const Question<T>& question, kube::SecretReader* reader, const base::Clock* clock,
    const Options& options) {
  const absl::Time asked = clock->Now();
  absl::StatusOr<T> object = (reader->*question.fetch)(question.object_namespace, question.name,
                                                       base::In(options.read_timeout));
  if (!object.ok() && !absl::IsNotFound(object.status())) return object.status();
  const absl::Duration keep = LifeOf(question.key, object.ok(), asked, options);
  Memory::Fresh fresh = {.value = nullptr, .keep = keep - (clock->Now() - asked)};
  if (object.ok()) {
    fresh.weight = SizeOf(*object);
    fresh.keep_stale = options.max_stale_age;
    fresh.value = std::make_shared<const Remembered>(*std::move(object));
  } else {
    fresh.weight = object.status().message().size();
    fresh.value = std::make_shared<const Remembered>(object.status());
  }
  return fresh;
}

ObjectReading<kube::Secret> CachingSecretReader::ReadSecret(std::string_view secret_namespace,
                                                            std::string_view name,
                                                            absl::Time not_before,
                                                            absl::Time deadline,
                                                            const base::Share& share) {
  const Question<kube::Secret> question = {&kube::SecretReader::FetchSecret,
                                           std::string(secret_namespace), std::string(name),
                                           absl::StrCat("secret ", secret_namespace, "/", name)};
  return Read(question, not_before, deadline, share);
}

ObjectReading<kube::ServiceAccount> CachingSecretReader::ReadServiceAccount(
    std::string_view account_namespace, std::string_view name, absl::Time not_before,
    absl::Time deadline, const base::Share& share) {
  const Question<kube::ServiceAccount> question = {
      &kube::SecretReader::FetchServiceAccount, std::string(account_namespace), std::string(name),
      absl::StrCat("account ", account_namespace, "/", name)};
  return Read(question, not_before, deadline, share);
}

CachingSecretReader::Counts CachingSecretReader::counts() const {
  const Memory::Counts counts = memory_.counts();
  return {.hits = counts.hits,
          .misses = counts.misses,
          .stale = counts.stale,
          .entries = counts.entries,
          .bytes = counts.weight};
}

}  // namespace countersign::verifier
