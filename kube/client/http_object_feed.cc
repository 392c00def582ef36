#include "kube/client/http_object_feed.h"

#include <utility>

namespace countersign::kube {

HttpObjectFeed::HttpObjectFeed(std::shared_ptr<ApiConnection> connection,
                               const ObjectReflector::Options& options)
    : connection_(std::move(connection)), options_(options) {}

HttpObjectFeed::~HttpObjectFeed() = default;

std::unique_ptr<ObjectWatch> HttpObjectFeed::WatchPolicies(PoliciesCallback on_change) {
  std::unique_ptr<ObjectWatch> watch = watches_.Add(std::move(on_change));
  absl::MutexLock lock(&mutex_);
  if (reflector_ == nullptr) {
    reflector_ = std::make_unique<ObjectReflector>(connection_, &watches_, options_);
  }
  return watch;
}

}  // namespace countersign::kube
