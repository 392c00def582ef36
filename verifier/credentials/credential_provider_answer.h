#ifndef COUNTERSIGN_VERIFIER_CREDENTIALS_CREDENTIAL_PROVIDER_ANSWER_H_
#define COUNTERSIGN_VERIFIER_CREDENTIALS_CREDENTIAL_PROVIDER_ANSWER_H_

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "oci/image_reference.h"
#include "registry/credential.h"
#include "verifier/credentials/credential_provider_pattern.h"

namespace countersign::verifier {

// What a kubelet credential provider plugin answered: a CredentialProviderResponse of
// credentialprovider.kubelet.k8s.io. Immutable value; not printable, as it holds secrets.
class CredentialProviderAnswer {
 public:
  // What the answer holds for: the image that was asked about, all images of its registry, or all
  // images that this provider is for.
  enum class Scope { kImage, kRegistry, kGlobal };

  // InvalidArgument says which member is wrong, never what it holds. Also refused is another
  // `api_version` than the one asked in. Members that are not known are passed over, and so are
  // keys that no image can match.
  static absl::StatusOr<CredentialProviderAnswer> Parse(std::string_view json,
                                                        std::string_view api_version);

  Scope scope() const { return scope_; }
  // How long it may be kept; zero: not at all. Nullopt: for as long as the configuration says.
  std::optional<absl::Duration> duration() const { return duration_; }

  // The credentials for a repository, in descending order of their keys, so that longer ones come
  // first, and a name before a wildcard; without duplicates and without empty ones. At most 16.
  std::vector<registry::Credential> FindCredentials(const oci::Repository& repository) const;

  // About what its credentials take in memory.
  size_t bytes() const;

 private:
  struct Entry {
    std::string key;
    CredentialProviderPattern pattern;
    registry::Credential credential;
  };
  Scope scope_ = Scope::kImage;
  std::optional<absl::Duration> duration_;
  std::vector<Entry> entries_;  // by key, the last first
};

}  // namespace countersign::verifier

#endif  // COUNTERSIGN_VERIFIER_CREDENTIALS_CREDENTIAL_PROVIDER_ANSWER_H_
