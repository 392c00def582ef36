#ifndef COUNTERSIGN_CLI_CERTIFICATES_CERTIFICATE_PLAN_H_
#define COUNTERSIGN_CLI_CERTIFICATES_CERTIFICATE_PLAN_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "cli/certificates/certificate_objects.h"
#include "cli/certificates/certificate_options.h"

namespace countersign::cli {

// What is to be done now. Once `writes` are done, in their order, the objects are read and planned
// for again, until nothing is to be written: some things are only known to be so, and noted with
// their time, when they have been seen.
struct CertificatePlan {
  std::vector<CertificateWrite> writes;
  // What is as it is, and until when; what is waited for. Sentences.
  std::vector<std::string> notes;
  // When there is something to do next, by the passing of time alone.
  absl::Time next = absl::InfiniteFuture();
  // A webhook configuration does not exist.
  bool is_waiting_for_webhooks = false;
};

// Decides what must be written. Pure but for new keys and serial numbers.
//
// An authority is replaced when less than a third of its life is left, or when the options say so.
// At no time is a certificate in use by somebody who does not trust it:
//   1. The new authority is written to countersign-ca, then into every bundle. It issues nothing.
//   2. When it was seen in every bundle, that time is noted. options.propagation_time later it is
//      the one that issues, all certificates are made anew, and the key of the old one is dropped.
//   3. When no certificate of the old authority was seen in a Secret, that time is noted.
//      options.propagation_time later it leaves the bundles.
// A bundle that somebody has changed meanwhile is mended, and the time runs anew.
//
// Other certificates are made anew, by the authority that issues, when less than a third of their
// life is left, and at once when they cannot be used: absent, malformed, ended, for other names,
// not of a trusted authority.
//
// Where countersign-ca is lost or cannot be read, there is a new authority. The lost one stays
// trusted, where a certificate of it is in use and a bundle still has it, and is replaced in the
// steps above; if there is nothing to keep alive, all is new at once.
//
// FailedPrecondition, saying what to do, if an object is not this command's to write.
// InvalidArgument if lifetimes are too short for the propagation time, or a name is no name.
absl::StatusOr<CertificatePlan> PlanCertificates(const CertificateObjects& objects,
                                                 const CertificateOptions& options, absl::Time now);

}  // namespace countersign::cli

#endif  // COUNTERSIGN_CLI_CERTIFICATES_CERTIFICATE_PLAN_H_
