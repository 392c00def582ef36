#ifndef COUNTERSIGN_REGISTRY_CREDENTIAL_KEY_H_
#define COUNTERSIGN_REGISTRY_CREDENTIAL_KEY_H_

#include <initializer_list>
#include <string>
#include <string_view>

#include "registry/credential.h"

namespace countersign::registry {

// One text of one length for these texts and a credential, as a key to what depends on all of them:
// a digest, so that passwords are not copied about.
std::string CredentialKey(std::initializer_list<std::string_view> texts,
                          const Credential& credential);

}  // namespace countersign::registry

#endif  // COUNTERSIGN_REGISTRY_CREDENTIAL_KEY_H_
