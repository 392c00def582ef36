#include "kube/secret_reader.h"

#include "absl/status/status.h"

namespace countersign::kube {

const std::string* Secret::Find(std::string_view key) const {
  for (const auto& [name, value] : data) {
    if (name == key) return &value;
  }
  return nullptr;
}

absl::StatusOr<Secret> NoSecrets::FetchSecret(std::string_view, std::string_view, absl::Time) {
  return absl::NotFoundError("there are no Secrets here");
}

absl::StatusOr<ServiceAccount> NoSecrets::FetchServiceAccount(std::string_view, std::string_view,
                                                              absl::Time) {
  return absl::NotFoundError("there are no service accounts here");
}

}  // namespace countersign::kube
