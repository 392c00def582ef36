#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "absl/strings/ascii.h"
#include "cosign/signed_envelope.h"
#include "nlohmann/json.hpp"

namespace countersign::cosign {
namespace {

void Require(bool condition) {
  if (!condition) std::abort();
}

// Base64 has four digits for three bytes, at the least.
void CheckDecoded(const nlohmann::json& text, std::string_view bytes) {
  Require(text.is_string() && !bytes.empty());
  Require(bytes.size() <= text.get_ref<const std::string&>().size() / 4 * 3 + 2);
}

}  // namespace

// Invariant: what is accepted is whole, and says the same to a parser that is lenient (the last of
// duplicate members wins, any depth and size) and knows nothing of ours; what is not says why in
// printable words.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto read = ParseSignedEnvelope(text);
  if (!read.ok()) {
    for (const char c : read.status().message()) {
      Require(absl::ascii_isprint(static_cast<unsigned char>(c)));
    }
    return 0;
  }
  nlohmann::json lenient = nlohmann::json::parse(text, nullptr, /*allow_exceptions=*/false);
  Require(size <= kMaxEnvelopeBytes && lenient.is_object());
  Require(!read->envelope.payload_type.empty());
  Require(lenient["payloadType"] == read->envelope.payload_type);
  CheckDecoded(lenient["payload"], read->envelope.payload);
  Require(!read->signatures.empty() && read->signatures.size() <= kMaxEnvelopeSignatures);
  Require(lenient["signatures"].size() == read->signatures.size());
  for (size_t i = 0; i < read->signatures.size(); ++i) {
    CheckDecoded(lenient["signatures"][i]["sig"], read->signatures[i]);
  }
  return 0;
}

}  // namespace countersign::cosign
