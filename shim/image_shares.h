#ifndef COUNTERSIGN_SHIM_IMAGE_SHARES_H_
#define COUNTERSIGN_SHIM_IMAGE_SHARES_H_

#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "base/source_shares.h"

namespace countersign::shim {

// How many images are asked about at the same time, shared by caller first, by namespace second
// (base/source_shares.h).
//
// A caller may have half of what he and nobody else holds, a namespace of his two thirds of what it
// and no other namespace of his holds; so something is left for the next that comes. Of a cluster's
// tenants all ask through one caller, its API server, and only their namespaces tell them apart.
//
// What has no room waits for it, in memory and with its connection, so that waiting is shared, too:
// a namespace has no more images waiting and being asked about than it could have being asked about
// alone. What is beyond that is refused at once.
//
// Thread-safe. Must outlive its claims.
class ImageShares {
 private:
  // A caller, and a namespace of his.
  using Namespace = std::pair<std::string, std::string>;

 public:
  explicit ImageShares(size_t total);
  ImageShares(const ImageShares&) = delete;
  ImageShares& operator=(const ImageShares&) = delete;

  // The places of one review's images, until it is destroyed.
  class Claim {
   public:
    Claim(Claim&& other) noexcept
        : shares_(std::exchange(other.shares_, nullptr)),
          of_(std::move(other.of_)),
          images_(other.images_),
          held_(std::move(other.held_)) {}
    Claim& operator=(Claim&&) = delete;
    ~Claim() {
      if (shares_ != nullptr) shares_->Leave(of_, images_);
    }

   private:
    friend class ImageShares;
    Claim(ImageShares* shares, Namespace of, size_t images)
        : shares_(shares), of_(std::move(of)), images_(images) {}

    ImageShares* shares_;
    Namespace of_;
    size_t images_;
    // None as long as they wait.
    std::optional<base::SourceShares::Claim> held_;
  };

  // Waits for room until `deadline`. nullopt: there was none, or too many wait already.
  std::optional<Claim> Take(std::string_view caller, std::string_view group, size_t images,
                            absl::Time deadline) ABSL_LOCKS_EXCLUDED(mutex_);

  // The same without waiting: nullopt if there is no room now.
  std::optional<Claim> TryTake(std::string_view caller, std::string_view group, size_t images)
      ABSL_LOCKS_EXCLUDED(mutex_);

  // Images that wait or are being asked about.
  size_t inside() const ABSL_LOCKS_EXCLUDED(mutex_);

 private:
  // False: too many are inside already.
  bool TryEnter(const Namespace& of, size_t images) ABSL_LOCKS_EXCLUDED(mutex_);
  void Leave(const Namespace& of, size_t images) ABSL_LOCKS_EXCLUDED(mutex_);

  const size_t most_of_namespace_;
  base::SourceShares held_;
  mutable absl::Mutex mutex_;
  std::map<Namespace, size_t> inside_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace countersign::shim

#endif  // COUNTERSIGN_SHIM_IMAGE_SHARES_H_
