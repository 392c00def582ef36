#include "registry/credential_key.h"

#include <initializer_list>
#include <string>
#include <string_view>

#include "absl/strings/str_cat.h"
#include "crypto/sha256.h"
#include "registry/credential.h"

namespace countersign::registry {

std::string CredentialKey(std::initializer_list<std::string_view> texts,
                          const Credential& credential) {
  std::string all;
  const auto add = [&all](std::string_view text) { absl::StrAppend(&all, text.size(), ":", text); };
  for (const std::string_view text : texts) add(text);
  for (const std::string& text : {credential.username, credential.password,
                                  credential.identity_token, credential.registry_token}) {
    add(text);
  }
  return crypto::Sha256Hex(all);
}

}  // namespace countersign::registry
