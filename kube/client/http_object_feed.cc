#include "kube/client/http_object_feed.h"

#include <utility>

#include "absl/status/status.h"
#include "kube/client/selection_url.h"

namespace countersign::kube {

HttpObjectFeed::HttpObjectFeed(std::shared_ptr<ApiConnection> connection,
                               const ObjectReflector::Options& options)
    : connection_(std::move(connection)), options_(options) {}

HttpObjectFeed::~HttpObjectFeed() = default;

std::unique_ptr<ObjectWatch> HttpObjectFeed::Watch(const ObjectSelection& selection,
                                                   ObjectsCallback on_change) {
  if (const absl::Status fault = CheckSelection(selection); !fault.ok()) {
    on_change(fault);
    return std::make_unique<ObjectWatch>();
  }
  return Follow(selection).Add(std::move(on_change));
}

ObjectWatches HttpObjectFeed::Follow(const ObjectSelection& selection) {
  absl::MutexLock lock(&mutex_);
  Followed& followed = followed_[ListUrl(selection, /*limit=*/0, /*next=*/"")];
  if (followed.reflector == nullptr) {
    followed.reflector =
        std::make_unique<ObjectReflector>(connection_, selection, &followed.watches, options_);
  }
  return followed.watches;
}

}  // namespace countersign::kube
