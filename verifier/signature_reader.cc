#include "verifier/signature_reader.h"

#include <map>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/status_macros.h"
#include "cosign/signed_payload.h"
#include "oci/manifest.h"

namespace countersign::verifier {
namespace {

// All payloads of one image together; a real one has a few hundred bytes. Whoever may push to a
// repository must not be able to fill the memory of those who look at it.
constexpr size_t kMaxPayloadBytesPerImage = 16 << 20;

// The layers of one signature manifest, read one after another.
class LayerReader {
 public:
  LayerReader(registry::Registry* registry, const oci::Repository& repository,
              const registry::Credential& credential, absl::Time deadline)
      : registry_(registry),
        repository_(repository),
        credential_(credential),
        deadline_(deadline) {}

  absl::StatusOr<cosign::Signature> Read(const absl::StatusOr<oci::Descriptor>& layer) {
    CS_RETURN_IF_ERROR(layer.status());
    CS_ASSIGN_OR_RETURN(std::string signature, cosign::SignatureBytes(*layer));
    CS_ASSIGN_OR_RETURN(std::string payload, Payload(*layer));
    return cosign::Signature{
        .layer = layer->digest, .payload = std::move(payload), .signature = std::move(signature)};
  }

 private:
  absl::StatusOr<std::string> Payload(const oci::Descriptor& layer) {
    // Signatures by several keys usually share one payload.
    auto [entry, is_new] = payloads_.try_emplace(layer.digest, absl::UnknownError(""));
    if (is_new) entry->second = FetchPayload(layer);
    CS_RETURN_IF_ERROR(entry->second.status());
    if (entry->second->size() != static_cast<size_t>(layer.size)) {
      return absl::FailedPreconditionError(absl::StrCat("its payload has ", entry->second->size(),
                                                        " bytes, its manifest says ", layer.size));
    }
    return *entry->second;
  }

  absl::StatusOr<std::string> FetchPayload(const oci::Descriptor& layer) {
    if (layer.size > static_cast<int64_t>(cosign::kMaxPayloadBytes)) {
      return absl::OutOfRangeError(
          absl::StrCat("its payload is larger than ", cosign::kMaxPayloadBytes, " bytes"));
    }
    if (payload_bytes_ >= kMaxPayloadBytesPerImage) {
      return absl::OutOfRangeError(
          absl::StrCat("not looked at: the payloads before it have more than ",
                       kMaxPayloadBytesPerImage, " bytes together"));
    }
    absl::StatusOr<std::string> payload = registry_->FetchBlob(
        repository_, layer.digest, cosign::kMaxPayloadBytes, credential_, deadline_);
    if (!payload.ok()) return base::Annotate("its payload could not be read", payload.status());
    payload_bytes_ += payload->size();
    return payload;
  }

  registry::Registry* const registry_;
  const oci::Repository& repository_;
  const registry::Credential& credential_;
  const absl::Time deadline_;
  std::map<oci::Digest, absl::StatusOr<std::string>> payloads_;
  size_t payload_bytes_ = 0;
};

}  // namespace

absl::StatusOr<Signatures> FetchSignatures(registry::Registry* registry,
                                           const oci::Repository& repository,
                                           const oci::Digest& image,
                                           const registry::Credential& credential,
                                           absl::Time deadline) {
  const std::string tag = cosign::SignatureTag(image);
  const absl::StatusOr<std::string> bytes =
      registry->FetchManifestByTag(repository, tag, credential, deadline);
  if (absl::IsNotFound(bytes.status())) return Signatures{};
  CS_RETURN_IF_ERROR(bytes.status());
  const absl::StatusOr<oci::ImageManifest> manifest = oci::ParseImageManifest(*bytes);
  if (!manifest.ok()) {
    return Signatures{
        base::Annotate(absl::StrCat("the manifest under tag ", tag), manifest.status())};
  }
  if (manifest->layers.size() > cosign::kMaxSignatures) {
    return Signatures{absl::OutOfRangeError(
        absl::StrCat("the manifest under tag ", tag, " has ", manifest->layers.size(),
                     " signatures; at most ", cosign::kMaxSignatures, " are looked at"))};
  }
  LayerReader reader(registry, repository, credential, deadline);
  Signatures signatures;
  for (const absl::StatusOr<oci::Descriptor>& layer : manifest->layers)
    signatures.push_back(reader.Read(layer));
  return signatures;
}

}  // namespace countersign::verifier
