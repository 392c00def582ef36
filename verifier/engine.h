#ifndef COUNTERSIGN_VERIFIER_ENGINE_H_
#define COUNTERSIGN_VERIFIER_ENGINE_H_

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "kube/api.h"
#include "verifier/credential_finder.h"
#include "verifier/image_verifier.h"

namespace countersign::verifier {

// What the operator decides about verifying, whichever door the questions come through.
struct EngineOptions {
  // A directory of manifests that stands in for the cluster (kube/directory_api.h); not read if
  // Create is given an API.
  std::string objects;
  // PEM files with roots trusted for registries beside the system's.
  std::vector<std::string> registry_ca_files;
  // Hosts, as written in references, that may be spoken to without TLS or with any certificate.
  std::vector<std::string> insecure_registries;
  bool allow_unmatched_images = false;
  std::string registry_credentials_namespace = "image-policy-system";
  // Credentials from outside the cluster, asked first.
  std::optional<LocalCredentials> local_credentials;
  // Called whenever a policy, or the certain absence of one, has been put in force; maybe on
  // another thread.
  std::function<void()> on_policy_read;
};

// The real parts behind the verify API, wired together: the cluster's objects, the policy in force,
// credentials, registries and the ImageVerifier over them. Thread-safe.
class Engine {
 public:
  // The policy has been looked for once when this returns; it may be unreadable (PolicyStatus says
  // so, and everything is denied). Errors name the option at fault.
  static absl::StatusOr<std::unique_ptr<Engine>> Create(const EngineOptions& options,
                                                        std::unique_ptr<kube::Api> api = nullptr);
  ~Engine();

  ImageVerifier& verifier();

  // OK once a policy, or the certain absence of one, is in force; otherwise why not.
  absl::Status PolicyStatus() const;

 private:
  struct Parts;
  explicit Engine(std::unique_ptr<Parts> parts);
  std::unique_ptr<Parts> parts_;
};

}  // namespace countersign::verifier

#endif  // COUNTERSIGN_VERIFIER_ENGINE_H_
