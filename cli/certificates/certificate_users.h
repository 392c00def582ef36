#ifndef COUNTERSIGN_CLI_CERTIFICATES_CERTIFICATE_USERS_H_
#define COUNTERSIGN_CLI_CERTIFICATES_CERTIFICATE_USERS_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "cli/certificates/authorities.h"
#include "cli/certificates/certificate_objects.h"
#include "cli/certificates/certificate_options.h"
#include "cli/certificates/certificate_secret.h"
#include "cli/certificates/leaf_certificate.h"

namespace countersign::cli {

// What is to be written for those who show a certificate or trust an authority.
struct CertificateUsersPlan {
  std::vector<CertificateWrite> leaves;
  std::vector<CertificateWrite> webhooks;
  // As those of CertificatePlan (certificate_plan.h).
  std::vector<std::string> notes;
  absl::Time next = absl::InfiniteFuture();
  bool is_waiting_for_webhooks = false;
  // A bundle did not hold what it is to hold.
  bool is_bundle_written = false;
};

// The Secrets of leaves as they are, in the order of `specs`, each with what was read of it.
struct LeafSecrets {
  std::vector<LeafSpec> specs;
  std::vector<CertificateSecret> secrets;
  std::vector<Leaf> leaves;
};

// What follows for them from `authorities`, one of which issues or is next, and of which all that
// are trusted at `now` are in every bundle: see PlanCertificates, whose part this is. Pure but for
// new keys and serial numbers. Errors as of MakeLeaf.
absl::StatusOr<CertificateUsersPlan> PlanCertificateUsers(const Authorities& authorities,
                                                          const LeafSecrets& leaves,
                                                          const std::vector<FoundObject>& webhooks,
                                                          const CertificateOptions& options,
                                                          absl::Time now);

}  // namespace countersign::cli

#endif  // COUNTERSIGN_CLI_CERTIFICATES_CERTIFICATE_USERS_H_
