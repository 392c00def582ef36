#ifndef COUNTERSIGN_HTTP_CLIENT_RESPONSE_STREAM_H_
#define COUNTERSIGN_HTTP_CLIENT_RESPONSE_STREAM_H_

#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "http/client/client.h"

namespace countersign::http {

// A response whose body is read as it comes, however long that takes. One thread reads it; Cancel
// may come from any. Errors are those of Client::Send, and Cancelled after Cancel; after an error
// other than DeadlineExceeded there is nothing more to read. Destroyed before its end, the rest is
// given up at once.
class ResponseStream {
 public:
  virtual ~ResponseStream() = default;

  // Status and headers, once they are there; the body is empty.
  virtual absl::StatusOr<ClientResponse> AwaitHead(absl::Time deadline) = 0;

  // What has come of the body and was not read yet, at least one byte; "" at the body's end.
  virtual absl::StatusOr<std::string> Read(absl::Time deadline) = 0;

  // Calls in progress and later ones end with Cancelled at once.
  virtual void Cancel() = 0;
};

}  // namespace countersign::http

#endif  // COUNTERSIGN_HTTP_CLIENT_RESPONSE_STREAM_H_
