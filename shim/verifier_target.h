#ifndef COUNTERSIGN_SHIM_VERIFIER_TARGET_H_
#define COUNTERSIGN_SHIM_VERIFIER_TARGET_H_

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"

namespace countersign::shim {

// What a gRPC target (grpc/doc/naming.md) says about where verifiers are: addresses, or a name that has
// some, or something else, which gRPC alone knows how to follow.
struct VerifierTarget {
  // "192.0.2.1:8090", "[2001:db8::1]:8090", each once, as the system would write them. None: by a name.
  std::vector<std::string> addresses = {};
  // Empty unless there are no addresses.
  std::string host = {};
  std::string port = {};
  // The IPv4 address of the only name server to ask, and its port; empty: as the system is set up.
  std::string name_server = {};
  int name_server_port = 53;
  // None of these: the target, for gRPC, whatever is behind it.
  std::string for_grpc = {};
};

// What is not well-formed is InvalidArgument.
absl::StatusOr<VerifierTarget> ReadVerifierTarget(std::string_view target);

// "192.0.2.1:8090" of an IPv4 address, "[2001:db8::1]:8090" of an IPv6 address, however that is written;
// none of anything else.
std::optional<std::string> AddressWithPort(std::string_view address, std::string_view port);

// The gRPC target that is this address alone.
std::string TargetOfAddress(std::string_view address_with_port);
// Of each.
std::vector<std::string> TargetsOf(const std::vector<std::string>& addresses);

}  // namespace countersign::shim

#endif  // COUNTERSIGN_SHIM_VERIFIER_TARGET_H_
