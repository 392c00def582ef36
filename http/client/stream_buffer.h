#ifndef COUNTERSIGN_HTTP_CLIENT_STREAM_BUFFER_H_
#define COUNTERSIGN_HTTP_CLIENT_STREAM_BUFFER_H_

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "http/client/client.h"

namespace countersign::http {

// What has come of a response and waits to be read (see ResponseStream). The first end counts,
// whether the transfer's or the reader's. Thread-safe.
class StreamBuffer {
 public:
  explicit StreamBuffer(size_t max_unread_bytes) : max_unread_bytes_(max_unread_bytes) {}

  // Of the transfer. Append is false, and nothing is kept, where more would be unread than allowed.
  void SetHead(ClientResponse head);
  bool Append(std::string_view bytes);
  // OK: the response was complete.
  void End(absl::Status why);

  // Of the reader, as ResponseStream says; `late` is the message of DeadlineExceeded.
  absl::StatusOr<ClientResponse> AwaitHead(absl::Time deadline, std::string_view late);
  absl::StatusOr<std::string> Read(absl::Time deadline, std::string_view late);
  void Cancel();

 private:
  bool HasHead() const ABSL_SHARED_LOCKS_REQUIRED(mutex_) {
    return head_.has_value() || end_.has_value();
  }
  bool HasBytes() const ABSL_SHARED_LOCKS_REQUIRED(mutex_) {
    return !unread_.empty() || end_.has_value();
  }

  const size_t max_unread_bytes_;
  absl::Mutex mutex_;
  std::optional<ClientResponse> head_ ABSL_GUARDED_BY(mutex_);
  std::string unread_ ABSL_GUARDED_BY(mutex_);
  std::optional<absl::Status> end_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace countersign::http

#endif  // COUNTERSIGN_HTTP_CLIENT_STREAM_BUFFER_H_
