#ifndef COUNTERSIGN_BASE_LOOPBACK_H_
#define COUNTERSIGN_BASE_LOOPBACK_H_

#include <string_view>

namespace countersign::base {

// Whether an address to listen on, or a gRPC target, stays on this machine: "127.0.0.1:8090",
// "[::1]:0", "localhost:8090", "unix:/run/x", "dns:///localhost:1",
// "ipv4:127.0.0.1:1,127.0.0.1:2" (all of them must). A name other than "localhost" may mean
// anything, so it does not count.
bool IsLoopback(std::string_view address);

}  // namespace countersign::base

#endif  // COUNTERSIGN_BASE_LOOPBACK_H_
