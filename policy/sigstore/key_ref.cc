#include "policy/sigstore/key_ref.h"

#include "absl/algorithm/container.h"
#include "absl/strings/ascii.h"
#include "base/pem_block.h"
#include "crypto/public_key.h"
#include "policy/sigstore/kms_reference.h"
#include "policy/sigstore/part_reader.h"

namespace countersign::policy {
namespace {

using base::JsonPlace;

SecretRefSpec ReadSecretRef(const JsonPlace& place, std::vector<Problem>& problems) {
  SecretRefSpec secret;
  PartReader reader(place, problems);
  reader.Read("name", secret.name);
  reader.Read("namespace", secret.name_space);
  secret.broken = reader.Finish();
  return secret;
}

bool IsHashAlgorithm(std::string_view name) {
  constexpr std::string_view kNames[] = {"sha224", "sha256", "sha384", "sha512"};
  const std::string known =
      absl::AsciiStrToLower(std::string(absl::StripAsciiWhitespace(std::string(name))));
  return absl::c_linear_search(kNames, known);
}

// Whether the first PEM block, which is all that is looked at, is a public key.
bool IsPublicKey(std::string_view data) {
  const std::optional<std::string_view> block = base::FirstPemBlock(data);
  return block.has_value() && crypto::PublicKey::FromPem(*block).ok();
}

}  // namespace

KeyRef ReadKeyRef(const JsonPlace& place, std::vector<Problem>& problems) {
  KeyRef key;
  PartReader reader(place, problems);
  reader.Read("secretRef", key.secret, ReadSecretRef);
  reader.Read("data", key.data);
  reader.Read("kms", key.kms);
  reader.Read("hashAlgorithm", key.hash_algorithm);
  key.broken = reader.Finish();
  return key;
}

void ValidateKeyRef(const KeyRef& key, std::string_view installation, std::string_view path,
                    FieldErrors& errors) {
  const int given = !key.data.empty() + !key.kms.empty() + key.secret.has_value();
  if (given == 0) errors.AddNeither(path, {"data", "kms", "secretRef"});
  if (given > 1) errors.AddBoth(path, {"data", "kms", "secretRef"});
  if (!key.hash_algorithm.empty() && !IsHashAlgorithm(key.hash_algorithm)) {
    errors.AddInvalid(key.hash_algorithm, FieldPath(path, "hashAlgorithm"));
  }
  if (!key.data.empty() && !IsPublicKey(key.data)) {
    errors.AddInvalid(key.data, FieldPath(path, "data"));
  }
  if (!key.kms.empty()) {
    const std::string fault = KmsFault(key.kms);
    if (!fault.empty()) errors.AddInvalid(key.kms, FieldPath(path, "kms"), fault);
  }
  if (key.secret.has_value() && !key.secret->name_space.empty() &&
      key.secret->name_space != installation) {
    errors.AddInvalid(
        key.secret->name_space, FieldPath(path, "secretRef.namespace"),
        "secretref.namespace is invalid. If set, it should use the same namespace where the "
        "policy-controller was deployed");
  }
}

}  // namespace countersign::policy
