#include "cosign/signer.h"

#include "absl/strings/str_cat.h"

namespace countersign::cosign {

SignerPtr KeySigner(const crypto::PublicKey& key) {
  return std::make_shared<const Signer>(
      Signer{.key = key, .id = crypto::Sha256(absl::StrCat("key ", key.Fingerprint()))});
}

}  // namespace countersign::cosign
