#ifndef COUNTERSIGN_HTTP_CLIENT_NETWORK_FAULT_H_
#define COUNTERSIGN_HTTP_CLIENT_NETWORK_FAULT_H_

#include "absl/status/status.h"

namespace countersign::http {

// What kept a request from being answered at all, as far as that says something of whether its host, or the
// proxy before it, can be reached, and nothing of what was asked for.
enum class NetworkFault {
  kNone = 0,      // anything else: a status, an answer cut short, a connection closed without one
  kNotConnected,  // no address for the name, or no connection
  kNoTls,         // no TLS that is trusted, on either side
  kSilent,        // the request was sent, and not a byte came until its deadline
};

// The same error with that mark, which Client::Send gives its errors; and what an error is marked with.
absl::Status MarkFault(absl::Status error, NetworkFault fault);
NetworkFault NetworkFaultOf(const absl::Status& error);

}  // namespace countersign::http

#endif  // COUNTERSIGN_HTTP_CLIENT_NETWORK_FAULT_H_
