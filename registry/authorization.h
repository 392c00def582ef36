#ifndef COUNTERSIGN_REGISTRY_AUTHORIZATION_H_
#define COUNTERSIGN_REGISTRY_AUTHORIZATION_H_

#include <string>
#include <string_view>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "registry/credential.h"

namespace countersign::registry {

// User name and password as Basic authentication encodes them (RFC 7617, section 2); "" for a
// credential without a user name.
inline std::string EncodeBasic(const Credential& credential) {
  if (credential.username.empty()) return "";
  return absl::Base64Escape(absl::StrCat(credential.username, ":", credential.password));
}

// The values of an Authorization header (there, and RFC 6750, section 2.1). Basic is "" for a
// credential without a user name.
inline std::string WriteBasic(const Credential& credential) {
  const std::string encoded = EncodeBasic(credential);
  return encoded.empty() ? "" : absl::StrCat("Basic ", encoded);
}

inline std::string WriteBearer(std::string_view token) { return absl::StrCat("Bearer ", token); }

}  // namespace countersign::registry

#endif  // COUNTERSIGN_REGISTRY_AUTHORIZATION_H_
