#ifndef COUNTERSIGN_REGISTRY_FAKE_REGISTRY_H_
#define COUNTERSIGN_REGISTRY_FAKE_REGISTRY_H_

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "registry/registry.h"

namespace countersign::registry {

// A registry in memory, for tests: it keeps manifests, tags and blobs, wants credentials where told
// to, and fails or hangs where told to. Thread-safe.
class FakeRegistry final : public Registry {
 public:
  // Stores, and returns the digest. An empty tag is none.
  oci::Digest PutManifest(const oci::Repository& repository, std::string_view tag,
                          std::string bytes);
  oci::Digest PutBlob(const oci::Repository& repository, std::string bytes);
  // Makes the bytes under a digest something else, as a broken registry would serve them (the
  // caller then sees FailedPrecondition).
  void CorruptBlob(const oci::Repository& repository, const oci::Digest& digest);
  // Makes these pages, each the bytes of an index, what the registry has as referrers of `subject`;
  // where that was never said of any, the repository has no API for them.
  void SetReferrers(const oci::Repository& repository, const oci::Digest& subject,
                    std::vector<std::string> pages);
  void RemoveTag(const oci::Repository& repository, std::string_view tag);

  // From now on `repository` answers only to one of these credentials; Unauthenticated to others.
  void RequireCredential(const oci::Repository& repository, std::vector<Credential> accepted);

  // Every call about `repository` that begins with `what`, as Calls has them, fails with `failure`
  // (OK: no longer).
  void FailWith(const oci::Repository& repository, absl::Status failure,
                std::string_view what = "");
  // From now on calls about `repository` are not answered, until LetGo, or the call's deadline
  // (DeadlineExceeded): those that begin with `what`, as Calls has them.
  void Hold(const oci::Repository& repository, std::string_view what = "");
  void LetGo(const oci::Repository& repository);
  // How many calls about `repository` are being held.
  int CountHeld(const oci::Repository& repository) const;

  // The calls so far, as "resolve host/path:tag", "manifest host/path:tag", "blob
  // host/path@sha256:…", "referrers host/path@sha256:…" and then "?PAGE" but of the first, each with " as USERNAME" if a credential was shown.
  std::vector<std::string> Calls() const;

  absl::StatusOr<oci::Digest> ResolveTag(const oci::Repository& repository, std::string_view tag,
                                         const Credential& credential,
                                         const Bounds& bounds) override;
  absl::StatusOr<std::string> FetchManifestByTag(const oci::Repository& repository,
                                                 std::string_view tag, const Credential& credential,
                                                 const Bounds& bounds) override;
  absl::StatusOr<std::string> FetchManifest(const oci::Repository& repository,
                                            const oci::Digest& digest, size_t max_bytes,
                                            const Credential& credential,
                                            const Bounds& bounds) override;
  absl::StatusOr<std::string> FetchBlob(const oci::Repository& repository,
                                        const oci::Digest& digest, size_t max_bytes,
                                        const Credential& credential,
                                        const Bounds& bounds) override;
  absl::StatusOr<ReferrersPage> FetchReferrers(const oci::Repository& repository,
                                               const oci::Digest& subject, std::string_view page,
                                               const Credential& credential,
                                               const Bounds& bounds) override;

 private:
  // What one repository holds, and how it behaves.
  struct Contents {
    std::map<std::string, oci::Digest, std::less<>> tags;
    std::map<oci::Digest, std::string> manifests;
    std::map<oci::Digest, std::string> blobs;
    std::map<oci::Digest, std::vector<std::string>> referrers;
    std::vector<Credential> accepted;  // empty: everybody
    absl::Status failure;
    std::string failing;              // how calls begin that fail so
    std::optional<std::string> held;  // how calls begin that are
    int count_held = 0;
  };

  // Notes the call, waits and fails as told to; then the repository's contents as they are now.
  absl::StatusOr<Contents> Serve(std::string_view what, const oci::Repository& repository,
                                 const Credential& credential, const Bounds& bounds);

  mutable absl::Mutex mutex_;
  std::map<std::string, Contents> repositories_ ABSL_GUARDED_BY(mutex_);
  std::vector<std::string> calls_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace countersign::registry

#endif  // COUNTERSIGN_REGISTRY_FAKE_REGISTRY_H_
