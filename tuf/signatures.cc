#include "tuf/signatures.h"

#include <algorithm>
#include <set>
#include <string_view>

#include "crypto/message.h"
#include "crypto/signature_scheme.h"

namespace countersign::tuf {

std::optional<size_t> CountSigners(const SignedBytes& signed_bytes, const Role& role,
                                   SignatureBudget& budget) {
  const crypto::Message message(signed_bytes.bytes);
  std::set<std::string_view> signers;
  for (const Signature& signature : signed_bytes.signatures) {
    const auto key = std::find_if(role.keys.begin(), role.keys.end(), [&](const Key& candidate) {
      return candidate.id == signature.key_id;
    });
    if (key == role.keys.end() || signers.contains(key->key.der())) continue;
    if (!budget.Take()) return std::nullopt;
    if (key->key.VerifyAs(key->scheme, message, signature.bytes, crypto::EcdsaEncoding::kDer)) {
      signers.insert(key->key.der());
    }
  }
  return signers.size();
}

}  // namespace countersign::tuf
