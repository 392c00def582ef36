#ifndef COUNTERSIGN_POLICY_SIGSTORE_TRUST_ROOT_H_
#define COUNTERSIGN_POLICY_SIGSTORE_TRUST_ROOT_H_

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "base/json.h"
#include "cosign/trusted_root.h"
#include "policy/sigstore/trust_root_error.h"
#include "tuf/update.h"

namespace countersign::policy {

inline constexpr std::string_view kTrustRootKind = "TrustRoot";
inline constexpr std::string_view kTrustRootPlural = "trustroots";
inline constexpr std::string_view kTrustRootGroup = "policy.sigstore.dev";
inline constexpr std::string_view kTrustRootVersion = "v1alpha1";

// `spec.remote`: a TUF repository on a mirror, and the root to begin with.
struct RemoteRepository {
  std::string mirror;  // URL, http or https, with a host
  std::string root;    // root.json; whole by its own signatures
  tuf::TargetNames names;

  friend bool operator==(const RemoteRepository& a, const RemoteRepository& b) {
    return a.mirror == b.mirror && a.root == b.root && a.names.target == b.names.target &&
           a.names.targets_folder == b.names.targets_folder;
  }
};

// `spec.repository`: the same in a file (tuf/archive.h), where nobody can be asked.
struct PackedRepository {
  std::string archive;
  std::string root;
  tuf::TargetNames names;
};

// A trusted root, of so many bytes of JSON.
struct StatedRoot {
  std::shared_ptr<const cosign::TrustedRoot> root;  // not null
  size_t bytes = 0;
};

// A TrustRoot (policy.sigstore.dev/v1alpha1), read:
//   spec.remote: {mirror, root: base64 of JSON, targets, trustedRootTarget}
//   spec.repository: {mirrorFS: base64 of tar.gz, root, targets, trustedRootTarget}
//   spec.sigstoreKeys (sigstore_keys.h)
// of which it has exactly one. `targets` is "targets" unless something else is said,
// `trustedRootTarget` "trusted_root.json".
struct TrustRoot {
  std::string name;
  // Everything that is wrong, in the order of the members above: empty exactly if there is a source.
  // What the archive of a repository holds is not looked at (OpenRepository).
  std::vector<TrustRootError> errors;
  std::variant<std::monostate, RemoteRepository, PackedRepository, StatedRoot> source;
};

// Errors are the Policy Controller's (pkg/apis/policy/v1alpha1/trustroot_validation.go), with the
// paths of the fields that they are about. It keeps the last entry's alone; all are here. What it
// finds when it uses the object, or never, is an error here: chains, keys, names of hashes and TUF
// roots that cannot be read, and members that it does not know. Pure.
TrustRoot ReadTrustRoot(const base::Json& object);

// What an archive holds, and when what vouches for it expires.
struct OpenedRepository {
  StatedRoot root;
  absl::Time expires;
};

// Brings the archive's trusted root to light. InvalidArgument, ResourceExhausted: it is no archive, or
// too large, or its target no trusted root; OutOfRange: it had expired at `now`, which with
// absl::InfinitePast() nothing has; FailedPrecondition: it vouches for no such target. Pure; the work
// is bounded by the limits of tuf/archive.h and tuf/update.h.
absl::StatusOr<OpenedRepository> OpenRepository(const PackedRepository& repository, absl::Time now);

// All that is wrong with an object that somebody applies at `now`: what ReadTrustRoot finds, and if
// that is nothing, why a repository's archive cannot be opened. What has expired since is used on.
std::vector<TrustRootError> ValidateTrustRoot(const base::Json& object, absl::Time now);

}  // namespace countersign::policy

#endif  // COUNTERSIGN_POLICY_SIGSTORE_TRUST_ROOT_H_
