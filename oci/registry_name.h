#ifndef COUNTERSIGN_OCI_REGISTRY_NAME_H_
#define COUNTERSIGN_OCI_REGISTRY_NAME_H_

#include <string>
#include <string_view>

#include "absl/status/statusor.h"

namespace countersign::oci {

// Docker Hub's names: as credentials and patterns call it, as people write it, and the host that is
// asked.
inline constexpr std::string_view kDockerHub = "index.docker.io";
inline constexpr std::string_view kDockerHubShortName = "docker.io";
inline constexpr std::string_view kDockerHubHost = "registry-1.docker.io";

// All that it goes by in references, patterns and credentials: those above, and an old one.
inline constexpr std::string_view kDockerHubNames[] = {kDockerHub, kDockerHubShortName,
                                                       kDockerHubHost, "registry.hub.docker.com"};

// What stands there before a path of one component: "nginx" is "library/nginx".
inline constexpr std::string_view kDockerHubLibrary = "library/";

// Whether a host, in lower case, is one of those names; the port 443 may be written.
bool IsDockerHub(std::string_view host);

// Reads the name of a registry as it stands in references: `host` or `host:port`, where the host is
// a DNS name, an IPv4 address or an IPv6 address in brackets (distribution/reference grammar,
// `domain`). The result is one form for all that mean the same registry: in lower case, an IPv6
// address as RFC 5952 writes it, each of Docker Hub's names as `index.docker.io`. But a port stays
// as it was written, 443 too, also after a name of Docker Hub's, which then is left as it is.
//
// InvalidArgument, in words that go on a sentence about the reference ("its registry …"), if it is
// empty, longer than 253 bytes, has a character that no host has, a part that is empty or begins or
// ends with '-', brackets around no IPv6 address or around an IPv4 address in IPv6 (`[::ffff:a00:1]`),
// an address that is not four decimal numbers (`127.1`, `0x7f.1`, `2130706433`: what resolvers take
// for a number is no name), or a port that is not 1 to 65535 without leading zeros.
absl::StatusOr<std::string> ParseRegistryName(std::string_view text);

}  // namespace countersign::oci

#endif  // COUNTERSIGN_OCI_REGISTRY_NAME_H_
