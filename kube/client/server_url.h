#ifndef COUNTERSIGN_KUBE_CLIENT_SERVER_URL_H_
#define COUNTERSIGN_KUBE_CLIENT_SERVER_URL_H_

#include <string>
#include <string_view>

#include "absl/status/statusor.h"

namespace countersign::kube {

// The URL of an API server, which may have a path, without '/' at its end. InvalidArgument if it is
// no absolute https URL, has a query, or is an http URL of another host than this one: whatever
// goes over it, tokens too, could be read.
absl::StatusOr<std::string> ReadServerUrl(std::string_view text);

// "https://HOST:PORT" of an address or a name; an IPv6 address gets its brackets.
absl::StatusOr<std::string> BuildServerUrl(std::string_view host, std::string_view port);

// Whether `name` is made of letters, digits, dots and dashes, as the host names of certificates.
// "" too.
bool IsServerName(std::string_view name);

}  // namespace countersign::kube

#endif  // COUNTERSIGN_KUBE_CLIENT_SERVER_URL_H_
