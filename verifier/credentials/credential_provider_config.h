#ifndef COUNTERSIGN_VERIFIER_CREDENTIALS_CREDENTIAL_PROVIDER_CONFIG_H_
#define COUNTERSIGN_VERIFIER_CREDENTIALS_CREDENTIAL_PROVIDER_CONFIG_H_

#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "base/subprocess.h"
#include "oci/image_reference.h"
#include "verifier/credentials/credential_provider_pattern.h"

namespace countersign::verifier {

// A program that gives credentials for the images of some registries.
struct CredentialProvider {
  // The name of its executable file.
  std::string name;
  // In which the question is put and the answer must come.
  std::string api_version;
  std::vector<CredentialProviderPattern> match_images;
  // For answers that do not say how long they may be kept; zero: not at all.
  absl::Duration default_cache_duration;
  std::vector<std::string> arguments;
  std::vector<base::Command::Variable> environment;

  bool Matches(const oci::Repository& repository) const;
};

// Reads the kubelet's configuration of credential providers: a CredentialProviderConfig of
// kubelet.config.k8s.io (v1; v1beta1 and v1alpha1 are the same as far as it goes), YAML or, in a
// file *.json, JSON. The order of the providers is the file's.
//
// InvalidArgument "FILE:LINE: /pointer: reason" names the first member that is missing, unknown or
// wrong. Refused, where the kubelet would take it, are tokenAttributes (there is no pod yet whose
// service account token could be shown), and patterns that can match no image. Values are not
// quoted, but for names, versions and patterns.
absl::StatusOr<std::vector<CredentialProvider>> ParseCredentialProviderConfig(
    std::string_view file, const std::string& text);

}  // namespace countersign::verifier

#endif  // COUNTERSIGN_VERIFIER_CREDENTIALS_CREDENTIAL_PROVIDER_CONFIG_H_
