#ifndef COUNTERSIGN_CLI_SIGNERS_H_
#define COUNTERSIGN_CLI_SIGNERS_H_

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "cli/signer_flags.h"
#include "cosign/signer.h"
#include "cosign/trusted_root.h"

namespace countersign::cli {

// Who must have witnessed what a key signed (`is_certified` false), or what the holder of a certificate
// signed. A key's signature needs nobody, unless the flags ask: then an entry of a log
// (--require-tlog) or a timestamp (--use-signed-timestamps). A certificate's needs an entry of a log
// and that a log of certificates has seen the certificate, unless the flags ignore one of them, and a
// timestamp if they ask; and always one that says when it was signed.
cosign::Witnesses WitnessesOf(const SignerFlags& flags, bool is_certified);

// InvalidArgument if the flags for witnesses contradict each other. Names them.
absl::Status CheckWitnessFlags(const SignerFlags& flags);

// Of certificates: tells `warn` that something must say when one signed, where the flags ask for
// nobody who does.
void WarnOfTime(const SignerFlags& flags, absl::FunctionRef<void(std::string_view)> warn);

// Why the root has nobody to witness what is asked for; OK: it has. Names the flags.
absl::Status CheckRoot(const cosign::Witnesses& witnesses, const cosign::TrustedRoot& root);

// By whom certificates are judged, and who must have witnessed what their holders signed.
struct CertificateTrust {
  std::shared_ptr<const cosign::TrustedRoot> root;
  cosign::Witnesses witnesses;
};

// Where the flags name nobody, so that each certificate is judged by whom it names. An entry of a log
// and that a log of certificates has seen the certificate are asked for where the root has such logs.
// Warnings and errors as below.
absl::StatusOr<CertificateTrust> ReadCertificateTrust(
    const SignerFlags& flags, absl::FunctionRef<void(std::string_view)> warn);

struct NamedSigner {
  std::string name;  // for people: the key's file, or what the certificate must name
  cosign::SignerPtr signer;
};

// Those of whom one must have signed an image, at least one, in the flags' order. The trusted root is
// loaded only if something is judged by it. What is odd in the flags or the root and spoils nothing is
// told to `warn`. Errors name the flag.
absl::StatusOr<std::vector<NamedSigner>> ReadSigners(
    const SignerFlags& flags, absl::FunctionRef<void(std::string_view)> warn);

}  // namespace countersign::cli

#endif  // COUNTERSIGN_CLI_SIGNERS_H_
