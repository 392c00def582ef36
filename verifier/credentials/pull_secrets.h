#ifndef COUNTERSIGN_VERIFIER_CREDENTIALS_PULL_SECRETS_H_
#define COUNTERSIGN_VERIFIER_CREDENTIALS_PULL_SECRETS_H_

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_map.h"
#include "absl/functional/function_ref.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "kube/secret_reader.h"
#include "registry/docker_config.h"

namespace countersign::verifier {

// What the pull secrets of one request say, for all of its images. Those that are short, as all usual
// ones are, are parsed once and kept; the others are parsed for each image, of which a processor is
// kept busy by 1,000 images and 100 secrets of a megabyte: only so many bytes are.
//
// Thread-safe.
class PullSecrets {
 public:
  // Of what is kept: what its Secrets hold, which stay in memory with it, and a bit for each.
  static constexpr size_t kMaxKeptBytes = 128 << 10;
  // Of what is not kept.
  static constexpr size_t kMaxParsedBytes = 8 << 20;

  using SecretPtr = std::shared_ptr<const kube::Secret>;
  using Parsed = absl::StatusOr<registry::DockerConfig>;

  // Reads a pull secret by its type (Kubernetes documentation, "Secrets", "Docker config Secrets"),
  // and calls `use` once with what it says. That must not wait for anybody (base::LargeTextTurn).
  //   NotFound           it is of another type
  //   InvalidArgument    it has no such member, or one that is not as registry/docker_config.h wants
  //   ResourceExhausted  it is not looked at, since too many bytes were
  void Read(const SecretPtr& secret, absl::FunctionRef<void(const Parsed&)> use);

 private:
  struct Kept {
    SecretPtr secret;  // so that no other has its address
    std::shared_ptr<const Parsed> parsed;
  };

  // Null if there is no room for it.
  std::shared_ptr<const Parsed> ReadKept(const SecretPtr& secret, const std::string& text);
  bool TakeBytes(size_t bytes);

  absl::Mutex mutex_;
  absl::flat_hash_map<const kube::Secret*, Kept> kept_ ABSL_GUARDED_BY(mutex_);
  size_t kept_bytes_ ABSL_GUARDED_BY(mutex_) = 0;
  size_t parsed_bytes_ ABSL_GUARDED_BY(mutex_) = 0;
};

}  // namespace countersign::verifier

#endif  // COUNTERSIGN_VERIFIER_CREDENTIALS_PULL_SECRETS_H_
