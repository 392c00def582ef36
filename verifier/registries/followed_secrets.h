#ifndef COUNTERSIGN_VERIFIER_REGISTRIES_FOLLOWED_SECRETS_H_
#define COUNTERSIGN_VERIFIER_REGISTRIES_FOLLOWED_SECRETS_H_

#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "base/clock.h"
#include "base/deadline.h"
#include "base/log.h"
#include "base/periodic.h"
#include "kube/secret_reader.h"

namespace countersign::verifier {

struct FollowedSecret {
  std::string secret_namespace;
  std::string name;

  // "NAMESPACE/NAME"; nullopt if `text` is anything else.
  static std::optional<FollowedSecret> Parse(std::string_view text) {
    const size_t slash = text.find('/');
    if (slash == 0 || slash == std::string_view::npos || slash + 1 == text.size() ||
        text.find('/', slash + 1) != std::string_view::npos) {
      return std::nullopt;
    }
    return FollowedSecret{.secret_namespace = std::string(text.substr(0, slash)),
                          .name = std::string(text.substr(slash + 1))};
  }

  // For the log: "Secret NAMESPACE/NAME".
  std::string Describe() const { return absl::StrCat("Secret ", secret_namespace, "/", name); }
};

struct FollowOptions {
  absl::Duration interval = absl::Minutes(1);
  // As long as something is wrong with one.
  absl::Duration retry_interval = absl::Seconds(10);
  absl::Duration read_timeout = absl::Seconds(3);
  const base::Clock* clock = &base::Clock::Real();
};

// Logs that `what`, such as "The authorities for registries", have changed and how many there are
// now, or why they could not be changed. Whether they have.
inline bool LogChange(std::string_view logger, std::string_view what,
                      const std::pair<std::string_view, size_t>& count,
                      const absl::Status& applied) {
  if (applied.ok()) {
    base::LogInfo(logger, absl::StrCat(what, " have changed."),
                  {{count.first, absl::StrCat(count.second)}});
  } else {
    base::LogError(logger, absl::StrCat(what, " could not be changed."),
                   {{"error", std::string(applied.message())}});
  }
  return applied.ok();
}

// What some Secrets hold, as values of the type `Value`, whose default is that of a Secret without
// any: read at the start, and again every so often, as nobody tells of changes. What is wrong with
// a Secret stops nothing: one that is certainly not there holds nothing, one that cannot be read
// now what it held last.
template <typename Value>
class FollowedSecrets {
 public:
  struct Reading {
    Value value;
    std::string fault;  // what is wrong with the Secret, for the operator; "" if nothing is
  };
  using Read = std::function<Reading(const kube::Secret& secret)>;
  // Takes over all values, each at the place of its Secret's name. False: it could not, and is to
  // be called again.
  using Apply = std::function<bool(const std::vector<Value>& values)>;
  // Tells of a fault of the Secret at that place; one that stays is told once.
  using Complain = std::function<void(size_t place, const std::string& fault)>;

  // All have been read once, or their time was over, when this returns. The functions are called
  // from one thread at a time, `apply` whenever there are other values than it took over last,
  // which are all defaults at first. `reader` must outlive this.
  FollowedSecrets(kube::SecretReader* reader, const std::vector<FollowedSecret>& names, Read read,
                  Apply apply, Complain complain, const FollowOptions& options)
      : reader_(reader),
        read_(std::move(read)),
        apply_(std::move(apply)),
        complain_(std::move(complain)),
        options_(options),
        names_(names),
        values_(names.size()),
        applied_(names.size()),
        faults_(names.size()) {
    if (names.empty()) return;
    const absl::Duration wait = Look();
    periodic_.emplace(options_.clock, wait, [this] { return Look(); });
  }

 private:
  // Returns when to look again.
  absl::Duration Look() {
    bool is_complete = true;
    for (size_t i = 0; i < names_.size(); ++i) {
      Fetch(i, values_[i]);
      is_complete = is_complete && faults_[i].empty();
    }
    if (values_ != applied_) {
      if (apply_(values_)) {
        applied_ = values_;
      } else {
        is_complete = false;
      }
    }
    return is_complete ? options_.interval : options_.retry_interval;
  }

  void Fetch(size_t place, Value& value) {
    const FollowedSecret& name = names_[place];
    const absl::StatusOr<kube::Secret> secret =
        reader_->FetchSecret(name.secret_namespace, name.name, base::In(options_.read_timeout));
    std::string fault;
    if (secret.ok()) {
      Reading reading = read_(*secret);
      value = std::move(reading.value);
      fault = std::move(reading.fault);
    } else if (absl::IsNotFound(secret.status())) {
      value = Value();
      fault = "not found";
    } else {
      fault = std::string(secret.status().message());
    }
    if (fault == faults_[place]) return;
    faults_[place] = std::move(fault);
    if (!faults_[place].empty()) complain_(place, faults_[place]);
  }

  kube::SecretReader* const reader_;
  const Read read_;
  const Apply apply_;
  const Complain complain_;
  const FollowOptions options_;
  // Of one thread at a time: the constructor's, then that of `periodic_`.
  const std::vector<FollowedSecret> names_;
  std::vector<Value> values_;   // as they were read last
  std::vector<Value> applied_;  // as they were taken over last
  std::vector<std::string> faults_;
  std::optional<base::Periodic> periodic_;
};

}  // namespace countersign::verifier

#endif  // COUNTERSIGN_VERIFIER_REGISTRIES_FOLLOWED_SECRETS_H_
