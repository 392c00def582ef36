#ifndef COUNTERSIGN_REGISTRY_HTTP_REGISTRY_H_
#define COUNTERSIGN_REGISTRY_HTTP_REGISTRY_H_

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "base/clock.h"
#include "http/client/client.h"
#include "oci/digest.h"
#include "oci/image_reference.h"
#include "registry/credential.h"
#include "registry/redirect_follower.h"
#include "registry/registry.h"
#include "registry/transport.h"

namespace countersign::registry {

// A Registry over HTTP, with basic and bearer authentication.
//
// HTTPS only, but for hosts named insecure: those are asked by HTTPS without checking the
// certificate, and, where they speak none, by plain HTTP. Docker Hub's images are fetched from
// registry-1.docker.io. Redirects are followed as redirect_follower.h says, those of manifests and
// of lists of referrers to other registries only. To whom a credential is shown, authenticator.h says.
// A call's time, whatever it takes (token service, redirects, a second try), is the least of the
// deadline and `request_timeout`.
class HttpRegistry final : public Registry {
 public:
  struct Options {
    // "host" or "host:port" as written in references.
    std::vector<std::string> insecure_registries;
    absl::Duration request_timeout = absl::Seconds(8);
    // For tokens, and how each registry wants to be asked.
    size_t memory_bytes = 4 << 20;
    // How much of that time a call may wait for a repository that wants to be asked later (429).
    absl::Duration patience = absl::ZeroDuration();
  };

  // `client` and `clock` must outlive the registry.
  HttpRegistry(http::Client* client, const base::Clock* clock, const Options& options);

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

  // What is remembered of tokens and challenges.
  Transport::Memory memory() const { return transport_.memory(); }

 private:
  RepositoryAccess AccessTo(const oci::Repository& repository, const Credential& credential,
                            const Bounds& bounds) const;
  absl::StatusOr<std::string> GetTagged(std::string_view tag, const RepositoryAccess& access);
  absl::StatusOr<std::string> GetDigested(http::ClientRequest request,
                                          RedirectFollower::Targets targets,
                                          const oci::Digest& digest,
                                          const RepositoryAccess& access);
  absl::StatusOr<Transport::Reply> Get(http::ClientRequest request,
                                       RedirectFollower::Targets targets,
                                       const RepositoryAccess& access);
  absl::Status CheckStatus(const Transport::Reply& reply, const RepositoryAccess& access);
  absl::Status OtherBytes(const Transport::Reply& reply, std::string_view than,
                          const RepositoryAccess& access);

  Transport transport_;
  const absl::Duration request_timeout_;
};

}  // namespace countersign::registry

#endif  // COUNTERSIGN_REGISTRY_HTTP_REGISTRY_H_
