#ifndef COUNTERSIGN_VERIFIER_CREDENTIALS_PULL_SECRETS_H_
#define COUNTERSIGN_VERIFIER_CREDENTIALS_PULL_SECRETS_H_

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_map.h"
#include "absl/functional/function_ref.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "base/share.h"
#include "base/source_shares.h"
#include "kube/secret_reader.h"
#include "registry/docker_config.h"

namespace countersign::verifier {

// What the pull secrets of one request say, for all of its images. Those that are short, as all usual
// ones are, are parsed once and kept; the others are parsed for each image, of which a processor is
// kept busy by 1,000 images and 100 secrets of a megabyte: only so many bytes are. Long texts, kept or
// not, are parsed in turn (base::LargeTextTurn).
//
// Thread-safe.
class PullSecrets {
 public:
  // Of what is kept: what its Secrets hold, which stay in memory with it, and what is made of that.
  static constexpr size_t kMaxKeptBytes = 512 << 10;
  // Of what is not kept.
  static constexpr size_t kMaxParsedBytes = 8 << 20;

  // Where what is kept for all requests is counted, and whose this one is. One caller, who may be the
  // API server, has three quarters of it at the most, and of that each of his groups leaves half to the
  // next: little, where many have all that they may, but what finds no room there is only parsed for
  // each image.
  static constexpr base::SourceShares::Rules kRules = {.source = {.weight = 3},
                                                       .group = {.weight = 1}};
  struct Room {
    std::shared_ptr<base::SourceShares> shares;
    const base::Share& share;
  };

  using SecretPtr = std::shared_ptr<const kube::Secret>;
  using Parsed = absl::StatusOr<registry::DockerConfig>;

  // Reads a pull secret by its type (Kubernetes documentation, "Secrets", "Docker config Secrets"),
  // and calls `use` once with what it says. That must not wait for anybody (base::LargeTextTurn). `room`
  // is the same in all calls.
  //   NotFound           it is of another type
  //   InvalidArgument    it has no such member, or one that is not as registry/docker_config.h wants
  //   ResourceExhausted  it is not looked at, since too many bytes were
  void Read(const SecretPtr& secret, const Room& room, absl::FunctionRef<void(const Parsed&)> use);

 private:
  struct Kept {
    explicit Kept(SecretPtr one) : secret(std::move(one)) {}

    const SecretPtr secret;  // so that no other has its address
    // Held while it is parsed, so that it is once: also while that waits for its turn, which is why it
    // is not mutex_.
    absl::Mutex mutex;
    std::optional<Parsed> parsed ABSL_GUARDED_BY(mutex);
  };

  // Null if there is no room for it. As long as this lives.
  const Parsed* ReadKept(const SecretPtr& secret, const std::string& text, const Room& room)
      ABSL_LOCKS_EXCLUDED(mutex_);
  Kept* Keep(const SecretPtr& secret, size_t bytes, const Room& room) ABSL_LOCKS_EXCLUDED(mutex_);
  bool TakeRoom(size_t bytes, const Room& room) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  bool TakeBytes(size_t bytes) ABSL_LOCKS_EXCLUDED(mutex_);

  absl::Mutex mutex_;
  // None is ever removed.
  absl::flat_hash_map<const kube::Secret*, std::unique_ptr<Kept>> kept_ ABSL_GUARDED_BY(mutex_);
  // Of what is kept; the shares outlive the claim.
  std::shared_ptr<base::SourceShares> shares_ ABSL_GUARDED_BY(mutex_);
  std::optional<base::SourceShares::Claim> claim_ ABSL_GUARDED_BY(mutex_);
  size_t parsed_bytes_ ABSL_GUARDED_BY(mutex_) = 0;
};

}  // namespace countersign::verifier

#endif  // COUNTERSIGN_VERIFIER_CREDENTIALS_PULL_SECRETS_H_
