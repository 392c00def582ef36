#ifndef COUNTERSIGN_CLI_CERTIFICATES_CERTIFICATE_RUN_H_
#define COUNTERSIGN_CLI_CERTIFICATES_CERTIFICATE_RUN_H_

#include <functional>
#include <string_view>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "base/clock.h"
#include "cli/certificates/certificate_options.h"
#include "kube/client/object_store.h"

namespace countersign::cli {

// What a run reads and writes, and how it takes its time.
struct CertificateRun {
  kube::ObjectStore* store = nullptr;
  const base::Clock* clock = &base::Clock::Real();
  std::function<void(absl::Duration)> sleep;
  // Told every thing that is done, or left as it is, as a line without its end.
  std::function<void(std::string_view line)> say;
  // Say what would be done, and do not.
  bool is_dry_run = false;
  // Go on, as time passes, with what comes next within this time.
  absl::Duration wait;
};

// Does what PlanCertificates plans, until it plans nothing more. What others change meanwhile is
// read and planned for again, ten times at most. True: all is in order, or waits for its time.
// False: a webhook configuration does not exist. Errors as of ObjectStore and PlanCertificates;
// while there is time to wait, it is asked again after those that are base::IsTransient.
absl::StatusOr<bool> RunCertificates(const CertificateRun& run, CertificateOptions options);

}  // namespace countersign::cli

#endif  // COUNTERSIGN_CLI_CERTIFICATES_CERTIFICATE_RUN_H_
