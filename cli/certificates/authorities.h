#ifndef COUNTERSIGN_CLI_CERTIFICATES_AUTHORITIES_H_
#define COUNTERSIGN_CLI_CERTIFICATES_AUTHORITIES_H_

#include <optional>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "cli/certificates/certificate_authority.h"
#include "cli/certificates/certificate_secret.h"

namespace countersign::cli {

// The authorities that certificates come from and that are trusted, as the Secret `countersign-ca`
// holds them. Their life is: `next` (trusted more and more, issues nothing yet), `issuing`, `old`
// (issues nothing more, its key is gone, still trusted), gone.
struct Authorities {
  std::optional<KeyPair> issuing;
  std::optional<KeyPair> next;
  std::vector<crypto::Certificate> old;
  // Since when `next` is in every bundle.
  std::optional<absl::Time> next_trusted_since;
  // Since when no certificate of `old` is in a Secret.
  std::optional<absl::Time> old_unused_since;

  // All that are to be trusted at `now`; the one that issues comes first.
  std::vector<crypto::Certificate> Trusted(absl::Time now) const;
};

struct AuthoritiesRead {
  Authorities authorities;
  // What in the Secret could not be used, and why: sentences without a full stop.
  std::vector<std::string> faults;
};

// Reads what of the Secret can be used at `now`. An authority has ended, is malformed, is none, or
// has no key that belongs to it: it is left out, with a fault; but its certificate, if it still
// holds, is kept as an old one. An absent Secret is empty, without a fault.
AuthoritiesRead ReadAuthorities(const CertificateSecret& secret, absl::Time now);

// Puts them into the Secret.
void WriteAuthorities(const Authorities& authorities, absl::Time now, CertificateSecret* secret);

}  // namespace countersign::cli

#endif  // COUNTERSIGN_CLI_CERTIFICATES_AUTHORITIES_H_
