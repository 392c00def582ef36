#ifndef COUNTERSIGN_CLI_CERTIFICATES_LEAF_CERTIFICATE_H_
#define COUNTERSIGN_CLI_CERTIFICATES_LEAF_CERTIFICATE_H_

#include <optional>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "cli/certificates/certificate_authority.h"
#include "cli/certificates/certificate_options.h"
#include "cli/certificates/certificate_secret.h"

namespace countersign::cli {

// A certificate that a Secret is to hold.
struct LeafSpec {
  std::string secret_name;
  std::string common_name;
  std::vector<std::string> names;
  bool for_servers = false;
  bool for_clients = false;
  bool has_bundle = false;  // the Secret also holds ca.crt: whom its user trusts
};

// In the order in which they are written: the verifiers' own, the one that the shim shows them, the
// shim's own.
std::vector<LeafSpec> LeafSpecs(const CertificateOptions& options);

// What a Secret holds, as far as it can be read.
struct Leaf {
  std::optional<KeyPair> pair;
  std::string fault;  // why there is no pair: "holds no certificate"
  // ca.crt; empty if there is none or it cannot be read.
  std::vector<crypto::Certificate> bundle;
};
Leaf ReadLeaf(const CertificateSecret& secret);

// Why the leaf cannot be used at all, as a phrase after "its certificate": "has ended". "" if it
// can: it fits `spec`, and one of `trusted` has signed it.
std::string FaultOf(const Leaf& leaf, const LeafSpec& spec,
                    const std::vector<crypto::Certificate>& trusted, absl::Time now);

// Whether less than a third of the certificate's life is left.
bool IsNearItsEnd(const crypto::Certificate& certificate, absl::Time now);
// When that begins.
absl::Time NearItsEndFrom(const crypto::Certificate& certificate);

// From a little before `now`, for clocks that are slow, to `now` and `lifetime`.
Validity ValidityFrom(absl::Time now, absl::Duration lifetime);

// A new one; it ends with its authority at the latest. Errors as of IssueLeaf.
absl::StatusOr<KeyPair> MakeLeaf(const KeyPair& authority, const LeafSpec& spec,
                                 absl::Duration lifetime, absl::Time now);

}  // namespace countersign::cli

#endif  // COUNTERSIGN_CLI_CERTIFICATES_LEAF_CERTIFICATE_H_
