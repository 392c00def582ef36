#ifndef COUNTERSIGN_REGISTRY_NEXT_LINK_H_
#define COUNTERSIGN_REGISTRY_NEXT_LINK_H_

#include <optional>
#include <string>

#include "http/client/client.h"

namespace countersign::registry {

// Where the first link with the relation "next" leads, of those in Link headers (RFC 8288, section
// 3): a URL or a reference to one, as it is written. Nullopt if there is none; what cannot be read of
// a header is no link, nor what follows it there.
std::optional<std::string> FindNextLink(const http::Headers& headers);

}  // namespace countersign::registry

#endif  // COUNTERSIGN_REGISTRY_NEXT_LINK_H_
