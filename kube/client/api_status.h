#ifndef COUNTERSIGN_KUBE_CLIENT_API_STATUS_H_
#define COUNTERSIGN_KUBE_CLIENT_API_STATUS_H_

#include <string>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "base/json.h"
#include "http/client/client.h"

namespace countersign::kube {

// How an API server says that something failed: metav1.Status.
struct ApiStatus {
  int code = 0;
  std::string reason;   // for programs: "AlreadyExists"
  std::string message;  // for people; foreign text
  // Whether it was such a Status, and not the answer of something in between, such as a proxy.
  bool is_kubernetes = false;
};

// Whatever can be read of it; what is not as it should be is passed over.
ApiStatus ReadApiStatus(const base::Json& object);
// Of a response that is no success (2xx).
ApiStatus ReadApiStatus(const http::ClientResponse& response);

// The error that `status` means:
//   InvalidArgument     400, 405, 413, 415, 422: the API server refuses the object or the request
//   Unauthenticated     401
//   PermissionDenied    403; the message has the server's own, which names the user and what RBAC
//                       must allow
//   NotFound            404 of the API server itself
//   AlreadyExists, Aborted  409, by its reason
//   OutOfRange          410: what was asked for is too old
//   ResourceExhausted   429
//   Unavailable         all others, and a 404 of something else than an API server
// The server's message is made printable, and cut.
absl::Status ToError(const ApiStatus& status);

// What the header Retry-After asks to wait, in seconds; zero without one.
absl::Duration RetryAfter(const http::ClientResponse& response);

}  // namespace countersign::kube

#endif  // COUNTERSIGN_KUBE_CLIENT_API_STATUS_H_
