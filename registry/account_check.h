#ifndef COUNTERSIGN_REGISTRY_ACCOUNT_CHECK_H_
#define COUNTERSIGN_REGISTRY_ACCOUNT_CHECK_H_

#include <string>

#include "absl/time/time.h"
#include "base/clock.h"
#include "base/expiring_cache.h"
#include "registry/bearer_tokens.h"
#include "registry/credential.h"
#include "registry/registry_host.h"
#include "registry/registry_ping.h"

namespace countersign::registry {

// Tells whether a credential that was refused for one repository is refused as such, which only the
// registry itself says: at GET /v2/, or by the token service that it names there, asked for no
// repository at all. Thread-safe.
class AccountCheck {
 public:
  // All must outlive this.
  AccountCheck(RegistryPing* ping, RegistryHosts* hosts, BearerTokens* tokens,
               const base::Clock* clock);

  // False too where it cannot be found out. That it is false is remembered for a minute; that it is
  // true, not here (refusal_memory.h does).
  bool IsRefused(const std::string& registry, const Credential& credential, absl::Time deadline);

 private:
  bool Ask(const std::string& registry, const Credential& credential, absl::Time deadline);

  RegistryPing& ping_;
  RegistryHosts& hosts_;
  BearerTokens& tokens_;
  base::ExpiringCache<bool> not_refused_;  // by registry and credential
};

}  // namespace countersign::registry

#endif  // COUNTERSIGN_REGISTRY_ACCOUNT_CHECK_H_
