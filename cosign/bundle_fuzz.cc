// The corpus is made by hand: its certificates are a signer's, P-256, for code signing, with the
// SAN https://example.org/signer and Fulcio's two extensions for the issuer, and the intermediate's
// and root's above it (openssl req, openssl x509 -req); all else is filler of the right size.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>
#include <variant>

#include "cosign/bundle.h"
#include "nlohmann/json.hpp"

namespace countersign::cosign {
namespace {

void Require(bool condition) {
  if (!condition) std::abort();
}

void CheckEntry(const LogEntry& entry, Form form) {
  Require(!entry.log_id.empty() && !entry.kind.empty() && !entry.version.empty());
  Require(!entry.body.empty() && entry.integrated_time >= 0);
  Require(form == Form::kBundleV01 ? !entry.promise.empty() : entry.proof.has_value());
  if (!entry.proof) return;
  Require(entry.proof->index < entry.proof->tree_size);
  Require(entry.proof->hashes.size() <= 64 && !entry.proof->checkpoint.empty());
}

void CheckContent(const Bundle& bundle, const nlohmann::json& lenient) {
  Require(!bundle.signature.empty());
  if (const auto* envelope = std::get_if<Envelope>(&bundle.content)) {
    Require(!envelope->payload.empty());
    Require(lenient["dsseEnvelope"]["payloadType"] == envelope->payload_type);
    Require(!lenient.contains("messageSignature") || lenient["messageSignature"].is_null());
  } else {
    const auto& digest = std::get<MessageSignature>(bundle.content).digest;
    Require(!digest || digest->bytes.size() == crypto::DigestSize(digest->algorithm));
    Require(!lenient.contains("dsseEnvelope") || lenient["dsseEnvelope"].is_null());
  }
}

}  // namespace

// Invariant: what is accepted is whole, as its version asks, and says the same to a parser that is
// lenient (the last of duplicate members wins, any depth and size) and knows nothing of ours.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto bundle = ParseBundle(text);
  if (!bundle.ok()) return 0;

  const nlohmann::json lenient = nlohmann::json::parse(text, nullptr, /*allow_exceptions=*/false);
  Require(size <= kMaxBundleBytes && lenient.is_object());
  CheckContent(*bundle, lenient);
  const nlohmann::json& material = lenient["verificationMaterial"];
  Require(!std::holds_alternative<std::monostate>(bundle->material));
  Require(bundle->form != Form::kBundleV03 || !material.contains("x509CertificateChain") ||
          material["x509CertificateChain"].is_null());
  Require(bundle->entries.size() <= kMaxLogEntries);
  if (!bundle->entries.empty()) Require(material["tlogEntries"].size() == bundle->entries.size());
  for (const LogEntry& entry : bundle->entries) {
    CheckEntry(entry, bundle->form);
    Require(1 == std::count_if(bundle->entries.begin(), bundle->entries.end(),
                               [&](const LogEntry& other) {
                                 return other.log_id == entry.log_id && other.index == entry.index;
                               }));
  }
  Require(bundle->timestamps.size() <= kMaxTimestamps);
  return 0;
}

}  // namespace countersign::cosign
