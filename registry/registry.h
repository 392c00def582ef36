#ifndef COUNTERSIGN_REGISTRY_REGISTRY_H_
#define COUNTERSIGN_REGISTRY_REGISTRY_H_

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "base/byte_budget.h"
#include "oci/digest.h"
#include "oci/image_reference.h"
#include "registry/credential.h"

namespace countersign::registry {

// What a call to a registry may take.
struct Bounds {
  // A deadline alone, where what is read need not be counted.
  Bounds(absl::Time by) : deadline(by) {}  // NOLINT: meant to be implicit
  Bounds(absl::Time by, std::shared_ptr<base::HeldBytes> counter)
      : deadline(by), held(std::move(counter)) {}

  absl::Time deadline;
  // Where the bytes of bodies, those of errors and redirects included, are counted while they
  // arrive; null: nowhere. The caller gives back what it does not keep.
  std::shared_ptr<base::HeldBytes> held;
};

// Some of the manifests that refer to another one.
struct ReferrersPage {
  // The bytes of an image index that lists them (oci/index.h), at most 4 MiB. Nobody has signed it:
  // it may say anything.
  std::string index;
  // What the next page is asked for by; empty: this is the last. An error (FailedPrecondition): where
  // the next is could not be understood.
  absl::StatusOr<std::string> next = "";
};

// Reads from OCI registries (OCI distribution specification 1.1, "Pull" and "Listing
// Referrers"): where the world begins.
// Thread-safe.
//
// Errors, which name the registry, or the proxy or the host it redirects to whose fault it is, and
// never a secret:
//   NotFound            the registry answered that there is no such manifest, blob or repository
//   Unauthenticated, PermissionDenied  this credential was refused (401, 403; or by the token
//                       service), perhaps some seconds ago
//   Unavailable         no connection, TLS refused, 5xx, cut short; or nothing of use where the
//                       registry redirects to
//   ResourceExhausted   429, perhaps some seconds ago, or a body over its limit
//   DeadlineExceeded    not by `deadline`
//   FailedPrecondition  the registry's answer cannot be trusted or understood: bytes of another
//                       digest than asked for, a redirect to plain HTTP or in a loop, an unknown
//                       authentication scheme, a token service that it does not stand up for
class Registry {
 public:
  virtual ~Registry() = default;

  // The digest that `tag` means now. A HEAD; a GET whose body is hashed where the answer to that has
  // no digest or is a refusal, which many give to HEAD alone.
  virtual absl::StatusOr<oci::Digest> ResolveTag(const oci::Repository& repository,
                                                 std::string_view tag, const Credential& credential,
                                                 const Bounds& bounds) = 0;

  // The bytes of the manifest under a tag, at most 4 MiB, of any of the media types of
  // oci/manifest.h. If the registry names the digest, the bytes have it.
  virtual absl::StatusOr<std::string> FetchManifestByTag(const oci::Repository& repository,
                                                         std::string_view tag,
                                                         const Credential& credential,
                                                         const Bounds& bounds) = 0;

  // The bytes of the manifest with this digest, which they have; at most `max_bytes`, and 4 MiB.
  virtual absl::StatusOr<std::string> FetchManifest(const oci::Repository& repository,
                                                    const oci::Digest& digest, size_t max_bytes,
                                                    const Credential& credential,
                                                    const Bounds& bounds) = 0;

  // The bytes of the blob with this digest, which they have; at most `max_bytes`.
  virtual absl::StatusOr<std::string> FetchBlob(const oci::Repository& repository,
                                                const oci::Digest& digest, size_t max_bytes,
                                                const Credential& credential,
                                                const Bounds& bounds) = 0;

  // The manifests that refer to the one with the digest `subject`: the first page of them, or the one
  // that is called `page`, as the page before had it in `next`. NotFound also where the registry has
  // no API for that.
  virtual absl::StatusOr<ReferrersPage> FetchReferrers(const oci::Repository& repository,
                                                       const oci::Digest& subject,
                                                       std::string_view page,
                                                       const Credential& credential,
                                                       const Bounds& bounds) = 0;
};

}  // namespace countersign::registry

#endif  // COUNTERSIGN_REGISTRY_REGISTRY_H_
