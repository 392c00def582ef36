#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "cosign/signed_payload.h"
#include "nlohmann/json.hpp"

namespace countersign::cosign {

// Invariant: what is accepted says the same to a parser that is lenient (the last of duplicate
// members wins, any depth and size) and knows nothing of ours.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  const auto payload = ParseSignedPayload(bytes);
  if (!payload.ok()) return 0;

  const nlohmann::json lenient = nlohmann::json::parse(bytes, nullptr, /*allow_exceptions=*/false);
  const nlohmann::json::json_pointer digest("/critical/image/docker-manifest-digest");
  if (!lenient.is_object() || !lenient.contains(digest)) std::abort();
  if (lenient[digest] != payload->docker_manifest_digest) std::abort();
  if (payload->docker_manifest_digest.empty()) std::abort();
  if (size > kMaxPayloadBytes) std::abort();
  return 0;
}

}  // namespace countersign::cosign
