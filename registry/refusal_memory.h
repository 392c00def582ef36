#ifndef COUNTERSIGN_REGISTRY_REFUSAL_MEMORY_H_
#define COUNTERSIGN_REGISTRY_REFUSAL_MEMORY_H_

#include <optional>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "base/clock.h"
#include "base/expiring_cache.h"
#include "oci/image_reference.h"
#include "registry/credential.h"

namespace countersign::registry {

// Remembers for some seconds that a credential was refused, so that it is not shown again and
// again, and that a registry wants to be asked less often. Thread-safe.
//
// What the owner of one repository provokes holds for that repository: each of its entries is for
// one repository and one credential. Only that the account itself is refused (account_check.h) holds
// for all repositories of the registry. Credentials are kept as digests.
class RefusalMemory {
 public:
  // `clock` must outlive this.
  explicit RefusalMemory(const base::Clock* clock);

  // The error that is still to be expected, if any.
  std::optional<absl::Status> Find(const oci::Repository& repository, const Credential& credential);

  // Until when the repository wants to be left alone by the credential; InfinitePast: that is not what the
  // error is that Find gives.
  absl::Time BusyUntil(const oci::Repository& repository, const Credential& credential);

  // The registry itself refused the credential: for five seconds.
  void AddAccount(std::string_view registry, const Credential& credential, absl::Status refusal);
  // The repository did: for five seconds.
  void AddRepository(const oci::Repository& repository, const Credential& credential,
                     absl::Status refusal);
  // It wants to be asked less often: for as long as it said (retry_after.h).
  void AddBusy(const oci::Repository& repository, const Credential& credential, absl::Status error,
               absl::Duration retry_after);

 private:
  struct Refusal {
    absl::Status error;
    absl::Time busy_until = absl::InfinitePast();
  };

  const base::Clock* const clock_;
  base::ExpiringCache<absl::Status> accounts_;
  base::ExpiringCache<Refusal> repositories_;
};

}  // namespace countersign::registry

#endif  // COUNTERSIGN_REGISTRY_REFUSAL_MEMORY_H_
