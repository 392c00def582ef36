#include "verifier/credentials/credential_scope.h"

#include <string_view>

#include "absl/strings/str_cat.h"
#include "crypto/sha256.h"

namespace countersign::verifier {
namespace {

std::string Hash(std::string_view text) {
  const crypto::Sha256Digest digest = crypto::Sha256(text);
  return std::string(digest.begin(), digest.end());
}

// Length-prefixed, so that no two different lists of texts give the same key.
void AppendKeyPart(std::string* key, std::string_view part) {
  absl::StrAppend(key, part.size(), ":", part, ",");
}

}  // namespace

std::string CredentialScope::Key() const {
  if (anonymous_only) return Hash("anonymous");
  std::string key;
  AppendKeyPart(&key, workload_namespace);
  AppendKeyPart(&key, service_account);
  absl::StrAppend(&key, image_pull_secrets.size(), ";");
  for (const std::string& secret : image_pull_secrets) AppendKeyPart(&key, secret);
  for (const policy::SecretReference& secret : policy_secrets) {
    AppendKeyPart(&key, secret.secret_namespace);
    AppendKeyPart(&key, secret.name);
  }
  return Hash(key);
}

}  // namespace countersign::verifier
