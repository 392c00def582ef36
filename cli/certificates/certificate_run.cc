#include "cli/certificates/certificate_run.h"

#include <algorithm>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "base/deadline.h"
#include "base/status_macros.h"
#include "base/transient.h"
#include "cli/certificates/certificate_plan.h"

namespace countersign::cli {
namespace {

constexpr int kMaxRounds = 10;
constexpr absl::Duration kCallTimeout = absl::Seconds(30);
constexpr absl::Duration kConflictPause = absl::Milliseconds(200);
constexpr absl::Duration kPollInterval = absl::Seconds(2);

class Runner {
 public:
  Runner(const CertificateRun& run, CertificateOptions options)
      : run_(run), options_(std::move(options)) {}

  // Until nothing is to be written now.
  absl::StatusOr<CertificatePlan> Settle() {
    for (int round = 0; round < kMaxRounds; ++round) {
      CS_ASSIGN_OR_RETURN(const CertificateObjects objects, Read());
      CS_ASSIGN_OR_RETURN(CertificatePlan plan,
                          PlanCertificates(objects, options_, run_.clock->Now()));
      if (run_.is_dry_run) Announce(plan);
      if (plan.writes.empty() || run_.is_dry_run) return plan;
      const absl::Status written = Write(plan);
      if (absl::IsAborted(written)) {
        run_.say(absl::StrCat(ToText(written), ": reading again"));
        run_.sleep(kConflictPause * (round + 1));
      } else if (!written.ok()) {
        return written;
      }
    }
    return absl::AbortedError("the objects are changed by somebody else again and again");
  }

 private:
  absl::Status ReadInto(FoundObject* found) {
    absl::StatusOr<base::Json> object = run_.store->Get(found->path, Deadline());
    if (absl::IsNotFound(object.status())) return absl::OkStatus();
    if (!object.ok()) return Annotated(found->path, object.status());
    found->object = *std::move(object);
    return absl::OkStatus();
  }

  absl::StatusOr<CertificateObjects> Read() {
    CertificateObjects objects = PathsOf(options_);
    CS_RETURN_IF_ERROR(ReadInto(&objects.authorities));
    for (FoundObject& found : objects.leaves) CS_RETURN_IF_ERROR(ReadInto(&found));
    for (FoundObject& found : objects.webhooks) CS_RETURN_IF_ERROR(ReadInto(&found));
    return objects;
  }

  absl::Status Write(const CertificatePlan& plan) {
    for (const CertificateWrite& write : plan.writes) {
      const absl::StatusOr<base::Json> stored =
          write.is_new ? run_.store->Create(write.path, write.object, Deadline())
                       : run_.store->Replace(write.path, write.object, Deadline());
      if (IsConflict(write, stored.status())) {
        return absl::AbortedError(stored.status().message());
      }
      if (!stored.ok()) return CouldNotWrite(write, stored.status());
      run_.say(absl::StrCat(write.path.Describe(), ": ", write.is_new ? "created" : "changed", ": ",
                            write.reason));
      // What was asked for is done with the first thing that is written, the authorities' Secret.
      options_.replace_authority = false;
    }
    return absl::OkStatus();
  }

  void Announce(const CertificatePlan& plan) {
    for (const CertificateWrite& write : plan.writes) {
      run_.say(absl::StrCat(write.path.Describe(), ": would be ",
                            write.is_new ? "created" : "changed", ": ", write.reason));
    }
  }

  // Somebody else has changed, created or deleted the object. (What cannot be created because of
  // something that is not there is in no namespace.)
  static bool IsConflict(const CertificateWrite& write, const absl::Status& status) {
    return absl::IsAborted(status) || absl::IsAlreadyExists(status) ||
           (absl::IsNotFound(status) && !write.is_new);
  }

  static absl::Status CouldNotWrite(const CertificateWrite& write, const absl::Status& status) {
    const absl::Status annotated = Annotated(write.path, status);
    if (!write.is_new || !absl::IsPermissionDenied(status)) return annotated;
    return absl::PermissionDeniedError(absl::StrCat(
        annotated.message(),
        "; the object does not exist, and this client may only fill what is there: install it anew "
        "as the chart has it (helm upgrade, or kubectl apply)"));
  }

  static absl::Status Annotated(const kube::ObjectPath& path, const absl::Status& status) {
    return base::Annotate(path.Describe(), status);
  }

  static std::string ToText(const absl::Status& status) { return std::string(status.message()); }

  static absl::Time Deadline() { return base::In(kCallTimeout); }

  const CertificateRun& run_;
  CertificateOptions options_;
};

}  // namespace

absl::StatusOr<bool> RunCertificates(const CertificateRun& run, CertificateOptions options) {
  const absl::Time deadline = run.clock->Now() + run.wait;
  Runner runner(run, std::move(options));
  while (true) {
    const absl::StatusOr<CertificatePlan> plan = runner.Settle();
    if (!plan.ok() && !base::IsTransient(plan.status())) return plan.status();
    const absl::Time now = run.clock->Now();
    absl::Time wake = now + kPollInterval;
    if (plan.ok()) {
      if (!plan->is_waiting_for_webhooks) wake = plan->next;
      wake = std::min(wake, plan->next);
    }
    if (wake <= deadline && !run.is_dry_run) {
      run.sleep(std::max(wake - now, absl::ZeroDuration()));
      continue;
    }
    if (!plan.ok()) return plan.status();
    for (const std::string& note : plan->notes) run.say(note);
    return !plan->is_waiting_for_webhooks;
  }
}

}  // namespace countersign::cli
