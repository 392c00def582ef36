#include "registry/refusal_memory.h"

#include <cstddef>
#include <optional>
#include <string_view>
#include <utility>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "oci/image_reference.h"
#include "registry/credential.h"
#include "registry/credential_key.h"

namespace countersign::registry {
namespace {

// An entry is a sentence and a key of one length: half a kilobyte.
constexpr size_t kMaxEntries = 1000;
constexpr absl::Duration kRefusalLifetime = absl::Seconds(5);

}  // namespace

RefusalMemory::RefusalMemory(const base::Clock* clock)
    : clock_(clock), accounts_(clock, kMaxEntries), repositories_(clock, kMaxEntries) {}

std::optional<absl::Status> RefusalMemory::Find(const oci::Repository& repository,
                                                const Credential& credential) {
  std::optional<absl::Status> refusal =
      accounts_.Find(CredentialKey({repository.registry}, credential));
  if (refusal.has_value()) return refusal;
  std::optional<Refusal> known =
      repositories_.Find(CredentialKey({repository.registry, repository.path}, credential));
  if (!known.has_value()) return std::nullopt;
  return std::move(known->error);
}

absl::Time RefusalMemory::BusyUntil(const oci::Repository& repository,
                                    const Credential& credential) {
  if (accounts_.Find(CredentialKey({repository.registry}, credential)).has_value()) {
    return absl::InfinitePast();
  }
  const std::optional<Refusal> known =
      repositories_.Find(CredentialKey({repository.registry, repository.path}, credential));
  return known.has_value() ? known->busy_until : absl::InfinitePast();
}

void RefusalMemory::AddAccount(std::string_view registry, const Credential& credential,
                               absl::Status refusal) {
  accounts_.Put(CredentialKey({registry}, credential), std::move(refusal), kRefusalLifetime);
}

void RefusalMemory::AddRepository(const oci::Repository& repository, const Credential& credential,
                                  absl::Status refusal) {
  repositories_.Put(CredentialKey({repository.registry, repository.path}, credential),
                    {.error = std::move(refusal)}, kRefusalLifetime);
}

void RefusalMemory::AddBusy(const oci::Repository& repository, const Credential& credential,
                            absl::Status error, absl::Duration retry_after) {
  repositories_.Put(CredentialKey({repository.registry, repository.path}, credential),
                    {.error = std::move(error), .busy_until = clock_->Now() + retry_after},
                    retry_after);
}

}  // namespace countersign::registry
