#ifndef COUNTERSIGN_REGISTRY_RESPONSE_STATUS_H_
#define COUNTERSIGN_REGISTRY_RESPONSE_STATUS_H_

#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "registry/credential.h"

namespace countersign::registry {

// How sentences name a registry: "registry host:5000".
std::string Who(std::string_view registry);

// What a registry or token service means by an HTTP status code, in one sentence about `who`
// (for a registry, Who), who was shown `credential`. Of a registry, `body` is what it says itself
// about it, of which the first error is quoted, unless the credential is in it:
//   OK                  200, which is all that either should answer
//   Unauthenticated     401
//   PermissionDenied    403
//   NotFound            404
//   ResourceExhausted   429
//   Unavailable         408, 5xx
//   FailedPrecondition  any other
absl::Status ResponseStatus(int http_status, std::string_view who, const Credential& credential,
                            std::string_view body = "");

}  // namespace countersign::registry

#endif  // COUNTERSIGN_REGISTRY_RESPONSE_STATUS_H_
