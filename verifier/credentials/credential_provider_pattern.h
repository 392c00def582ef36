#ifndef COUNTERSIGN_VERIFIER_CREDENTIALS_CREDENTIAL_PROVIDER_PATTERN_H_
#define COUNTERSIGN_VERIFIER_CREDENTIALS_CREDENTIAL_PROVIDER_PATTERN_H_

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "oci/image_reference.h"

namespace countersign::verifier {

// HOST[:PORT][/PATH], as the kubelet's configuration of credential providers has it in
// `matchImages`, and the answers of plugins in the keys of `auth` (kubelet.config.k8s.io/v1 and
// credentialprovider.kubelet.k8s.io/v1). It matches an image if
// - the host names have as many parts between dots, and each part matches; `*` in a part of the
//   pattern stands for any characters of that part;
// - the ports are the same: without one, only a registry that is named without one;
// - the path is a prefix of the image's, which need not end where a component does.
//
// Docker Hub's images match by each of its names. Immutable value.
class CredentialProviderPattern {
 public:
  // InvalidArgument if it is not of that form, or has a wildcard where there can be none.
  static absl::StatusOr<CredentialProviderPattern> Parse(std::string_view text);

  // The same for a key of an answer, which may have a scheme in front, and in place of the path
  // /v1/ or /v2/, as docker's configuration writes registries.
  static absl::StatusOr<CredentialProviderPattern> ParseKey(std::string_view text);

  bool Matches(const oci::Repository& repository) const;

  // About what it takes in memory beside the object itself.
  size_t bytes() const;

 private:
  bool MatchesHost(std::string_view host) const;

  std::vector<std::string> host_parts_;
  std::string port_;  // without the colon; "" if there is none
  std::string path_;  // without the first slash
};

}  // namespace countersign::verifier

#endif  // COUNTERSIGN_VERIFIER_CREDENTIALS_CREDENTIAL_PROVIDER_PATTERN_H_
