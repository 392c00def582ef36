#ifndef COUNTERSIGN_REGISTRY_TRANSPORT_H_
#define COUNTERSIGN_REGISTRY_TRANSPORT_H_

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "base/byte_budget.h"
#include "base/clock.h"
#include "http/client/client.h"
#include "oci/image_reference.h"
#include "registry/account_check.h"
#include "registry/authenticator.h"
#include "registry/bearer_tokens.h"
#include "registry/credential.h"
#include "registry/insecure_hosts.h"
#include "registry/redirect_follower.h"
#include "registry/refusal_memory.h"
#include "registry/registry_host.h"
#include "registry/registry_ping.h"

namespace countersign::registry {

// Which repository is asked, as whom, until when, and where the bytes of its answers are counted.
struct RepositoryAccess {
  const oci::Repository& repository;
  const Credential& credential;
  absl::Time deadline;
  const std::shared_ptr<base::HeldBytes>& held;
};

// Brings a request to the registry of a repository, in the way that registry wants it: by HTTPS or,
// where that is allowed and needed, plain HTTP; authenticated; redirected. Thread-safe.
//
// What it remembers of all registries together (tokens, how each wants to be asked) takes
// `memory_bytes` at most. A credential that was refused, and a repository that answered 429, are
// left alone for a while (RefusalMemory): whose deadline allows it waits for the latter, up to `patience`,
// and a few times at the most.
class Transport {
 public:
  struct Reply {
    RedirectFollower::Result result;
    bool showed_credential = false;  // to the registry; it is never shown to a redirect's target
  };

  // `client` and `clock` must outlive this. `insecure_registries` as of InsecureHosts.
  Transport(http::Client* client, const base::Clock* clock,
            const std::vector<std::string>& insecure_registries, size_t memory_bytes,
            absl::Duration patience);

  // `request.url` is the path alone ("/v2/…"). Any status but 401 is a result, as is a 401 of a
  // host that the registry redirects to. Errors are those of registry.h, but NotFound.
  absl::StatusOr<Reply> Send(const http::ClientRequest& request, RedirectFollower::Targets targets,
                             const RepositoryAccess& access);

  // What is remembered at this moment, and what it weighs.
  struct Memory {
    size_t entries = 0;
    size_t bytes = 0;
  };
  Memory memory() const;

  // What a reply from where the registry redirects, and of no use, becomes
  // (RedirectFollower::TargetFailed).
  absl::Status TargetFailed(const Reply& reply, std::string_view cause);

 private:
  using Targets = RedirectFollower::Targets;

  absl::StatusOr<Reply> Ask(const http::ClientRequest& request, Targets targets,
                            const RepositoryAccess& access);
  absl::StatusOr<Reply> AskHidden(Reply seen, const http::ClientRequest& request, Targets targets,
                                  const RepositoryAccess& access);
  absl::StatusOr<Reply> SendAs(const std::string& authorization, http::ClientRequest request,
                               Targets targets, const RepositoryAccess& access);
  absl::StatusOr<Reply> SendElsewhere(Reply unauthorized, http::ClientRequest request,
                                      Targets targets, absl::Time deadline);
  void Remember(const absl::StatusOr<Reply>& outcome, const RepositoryAccess& access);
  // Where the repository wants to be left alone, and by `latest` of this clock no more: until then. Whether it is
  // worth asking.
  bool WaitWhileBusy(const RepositoryAccess& access, absl::Time latest);

  const base::Clock& clock_;
  const absl::Duration patience_;
  const InsecureHosts insecure_;
  RedirectFollower follower_;
  RegistryHosts hosts_;
  RegistryPing ping_;
  BearerTokens tokens_;
  Authenticator authenticator_;
  AccountCheck accounts_;
  RefusalMemory refusals_;
};

}  // namespace countersign::registry

#endif  // COUNTERSIGN_REGISTRY_TRANSPORT_H_
