#ifndef COUNTERSIGN_SHIM_IMAGE_SHARES_H_
#define COUNTERSIGN_SHIM_IMAGE_SHARES_H_

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_map.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"

namespace countersign::shim {

// How many images are asked about at the same time, shared by caller first, by namespace second.
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
 public:
  explicit ImageShares(size_t total) : total_(total) {}
  ImageShares(const ImageShares&) = delete;
  ImageShares& operator=(const ImageShares&) = delete;

  // The places of one review's images, until it is destroyed.
  class Claim {
   public:
    Claim(Claim&& other) noexcept
        : shares_(std::exchange(other.shares_, nullptr)),
          caller_(std::move(other.caller_)),
          group_(std::move(other.group_)),
          images_(other.images_) {}
    Claim& operator=(Claim&&) = delete;
    ~Claim() {
      if (shares_ != nullptr) shares_->Give(caller_, group_, images_);
    }

   private:
    friend class ImageShares;
    Claim(ImageShares* shares, std::string_view caller, std::string_view group, size_t images)
        : shares_(shares), caller_(caller), group_(group), images_(images) {}

    ImageShares* shares_;
    std::string caller_;
    std::string group_;
    size_t images_;
  };

  // Waits for room until `deadline`. nullopt: there was none, or too many wait already.
  std::optional<Claim> Take(std::string_view caller, std::string_view group, size_t images,
                            absl::Time deadline) ABSL_LOCKS_EXCLUDED(mutex_);

  // Images that wait or are being asked about.
  size_t inside() const ABSL_LOCKS_EXCLUDED(mutex_);

 private:
  struct Group {
    size_t inside = 0;  // waiting or held
    size_t held = 0;
  };
  struct Caller {
    size_t inside = 0;
    size_t held = 0;
    absl::flat_hash_map<std::string, Group> groups;
  };

  size_t MostOfGroup() const;
  bool HasRoom(const Caller& caller, const Group& group, size_t images) const
      ABSL_SHARED_LOCKS_REQUIRED(mutex_);
  void Leave(std::string_view caller, std::string_view group, size_t images)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void Give(std::string_view caller, std::string_view group, size_t images)
      ABSL_LOCKS_EXCLUDED(mutex_);

  const size_t total_;
  mutable absl::Mutex mutex_;
  size_t inside_ ABSL_GUARDED_BY(mutex_) = 0;
  size_t held_ ABSL_GUARDED_BY(mutex_) = 0;
  absl::flat_hash_map<std::string, Caller> callers_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace countersign::shim

#endif  // COUNTERSIGN_SHIM_IMAGE_SHARES_H_
