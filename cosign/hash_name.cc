#include "cosign/hash_name.h"

namespace countersign::cosign {

crypto::HashAlgorithm HashNamed(std::string_view name) {
  if (name == "SHA2_256") return crypto::HashAlgorithm::kSha256;
  if (name == "SHA2_384") return crypto::HashAlgorithm::kSha384;
  if (name == "SHA2_512") return crypto::HashAlgorithm::kSha512;
  return crypto::HashAlgorithm::kUnspecified;
}

}  // namespace countersign::cosign
