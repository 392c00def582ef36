#include "verifier/evidence/signature_reader.h"

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/str_cat.h"
#include "base/fan_out.h"
#include "base/status_macros.h"
#include "cosign/payload.h"
#include "cosign/signature_layer.h"
#include "cosign/signed_payload.h"
#include "oci/manifest.h"

namespace countersign::verifier {
namespace {

// All payloads of one image together; a real one has a few hundred bytes. Whoever may push to a
// repository must not be able to fill the memory of those who look at it.
constexpr size_t kMaxPayloadBytesPerImage = 16 << 20;
constexpr size_t kPayloadsAtOnce = 8;
// A manifest's text, its JSON, and what is read of it are there at the same time.
constexpr size_t kManifestCopies = 3;

using PayloadPtr = std::shared_ptr<const cosign::Payload>;

// A layer as the manifest describes it.
struct Layer {
  oci::Digest digest;
  size_t size;
  std::string signature;
};

// A blob that one layer or more name.
struct Blob {
  oci::Digest digest;
  size_t size = 0;  // the largest that a layer says
  absl::StatusOr<PayloadPtr> payload = absl::InternalError("not asked for");
};

absl::StatusOr<Layer> ReadLayer(const absl::StatusOr<oci::Descriptor>& layer) {
  CS_RETURN_IF_ERROR(layer.status());
  CS_ASSIGN_OR_RETURN(std::string signature, cosign::SignatureBytes(*layer));
  if (layer->size > static_cast<int64_t>(cosign::kMaxPayloadBytes)) {
    return absl::OutOfRangeError(
        absl::StrCat("its payload is larger than ", cosign::kMaxPayloadBytes, " bytes"));
  }
  return Layer{layer->digest, static_cast<size_t>(layer->size), std::move(signature)};
}

// The layers of one signature manifest, on their way to signatures.
class Layers {
 public:
  explicit Layers(const oci::ImageManifest& manifest) {
    for (const absl::StatusOr<oci::Descriptor>& described : manifest.layers) {
      layers_.push_back(ReadLayer(described));
      if (!layers_.back().ok()) continue;
      const Layer& layer = *layers_.back();
      const auto [entry, is_new] = blob_of_.try_emplace(layer.digest, blobs_.size());
      if (is_new) blobs_.push_back({.digest = layer.digest});
      Blob& blob = blobs_[entry->second];
      blob.size = std::max(blob.size, layer.size);
    }
    LeaveOutWhatIsTooMuch();
  }

  size_t signature_bytes() const {
    size_t bytes = 0;
    for (const absl::StatusOr<Layer>& layer : layers_) {
      if (layer.ok()) bytes += layer->signature.size();
    }
    return bytes;
  }
  // Of what is to be read.
  size_t payload_bytes() const { return payload_bytes_; }

  absl::Status ReadPayloads(registry::Registry* registry, const oci::Repository& repository,
                            const registry::Credential& credential, const Looking& looking) {
    std::atomic<bool> was_given_up = false;
    base::FanOut(looking.pool, repository.registry, looking.allowance->share(), readable_,
                 kPayloadsAtOnce, [&](size_t i) {
                   Blob& blob = blobs_[i];
                   if (!looking.IsWanted()) {
                     was_given_up = true;
                     return;
                   }
                   absl::StatusOr<std::string> bytes = registry->FetchBlob(
                       repository, blob.digest, blob.size, credential, looking.deadline);
                   blob.payload =
                       bytes.ok()
                           ? absl::StatusOr<PayloadPtr>(cosign::Payload::Of(*std::move(bytes)))
                           : base::Annotate("its payload could not be read", bytes.status());
                 });
    // What is left out so is nothing to know of the image.
    if (was_given_up) return absl::CancelledError("nobody waits for it any more");
    return absl::OkStatus();
  }

  Signatures Take() && {
    Signatures signatures;
    for (absl::StatusOr<Layer>& layer : layers_) signatures.push_back(TakeSignature(layer));
    return signatures;
  }

 private:
  void LeaveOutWhatIsTooMuch() {
    for (readable_ = 0; readable_ < blobs_.size(); ++readable_) {
      const size_t size = blobs_[readable_].size;
      if (size > kMaxPayloadBytesPerImage - payload_bytes_) break;
      payload_bytes_ += size;
    }
    for (size_t i = readable_; i < blobs_.size(); ++i) {
      blobs_[i].payload = absl::OutOfRangeError(
          absl::StrCat("not looked at: it and the payloads before it have more than ",
                       kMaxPayloadBytesPerImage, " bytes together"));
    }
  }

  absl::StatusOr<cosign::ItemPtr> TakeSignature(absl::StatusOr<Layer>& layer) const {
    CS_RETURN_IF_ERROR(layer.status());
    CS_ASSIGN_OR_RETURN(const PayloadPtr payload, blobs_[blob_of_.at(layer->digest)].payload);
    if (payload->bytes().size() != layer->size) {
      return absl::FailedPreconditionError(absl::StrCat("its payload has ", payload->bytes().size(),
                                                        " bytes, its manifest says ", layer->size));
    }
    return cosign::SignatureLayerItem(layer->digest, payload, std::move(layer->signature));
  }

  std::vector<absl::StatusOr<Layer>> layers_;
  std::vector<Blob> blobs_;
  absl::flat_hash_map<oci::Digest, size_t> blob_of_;
  size_t readable_ = 0;  // the first of blobs_, which are small enough together
  size_t payload_bytes_ = 0;
};

// The layers under the signature tag, with nothing more of them held than is needed; nullopt if
// there is no such tag. A manifest that is of no use is one broken layer, in `broken`.
absl::StatusOr<std::optional<Layers>> FetchLayers(
    registry::Registry* registry, const oci::Repository& repository, const oci::Digest& image,
    const registry::Credential& credential, const Looking& looking, base::Turnstile& turns,
    const std::shared_ptr<base::HeldBytes>& held, absl::Status& broken) {
  const std::string tag = cosign::SignatureTag(image);
  const absl::StatusOr<std::string> bytes = registry->FetchManifestByTag(
      repository, tag, credential, registry::Bounds(looking.deadline, held));
  if (absl::IsNotFound(bytes.status())) return std::nullopt;
  CS_RETURN_IF_ERROR(bytes.status());
  held->KeepOnly(bytes->size());
  CS_RETURN_IF_ERROR(
      held->Reserve((kManifestCopies - 1) * bytes->size(), looking.deadline, looking.is_wanted));
  CS_ASSIGN_OR_RETURN(const base::Turnstile::Place place,
                      turns.Enter(looking.allowance->share(), looking.is_wanted, looking.deadline));
  const absl::StatusOr<oci::ImageManifest> manifest = oci::ParseImageManifest(*bytes);
  if (!manifest.ok()) {
    broken = base::Annotate(absl::StrCat("the manifest under tag ", tag), manifest.status());
    return std::nullopt;
  }
  if (manifest->layers.size() > cosign::kMaxSignatures) {
    broken = absl::OutOfRangeError(absl::StrCat("the manifest under tag ", tag, " has ",
                                                manifest->layers.size(), " signatures; at most ",
                                                cosign::kMaxSignatures, " are looked at"));
    return std::nullopt;
  }
  return Layers(*manifest);
}

}  // namespace

absl::StatusOr<ReadSignatures> FetchSignatures(registry::Registry* registry,
                                               const oci::Repository& repository,
                                               const oci::Digest& image,
                                               const registry::Credential& credential,
                                               const Looking& looking, base::Turnstile& turns) {
  const std::shared_ptr<base::HeldBytes> held = looking.allowance->bytes().Hold();
  absl::Status broken;
  CS_ASSIGN_OR_RETURN(
      std::optional<Layers> layers,
      FetchLayers(registry, repository, image, credential, looking, turns, held, broken));
  if (!broken.ok()) return ReadSignatures{.signatures = {broken}};
  if (!layers.has_value()) return ReadSignatures{};
  held->KeepOnly(layers->signature_bytes());
  CS_RETURN_IF_ERROR(held->Reserve(layers->payload_bytes(), looking.deadline, looking.is_wanted));
  CS_RETURN_IF_ERROR(layers->ReadPayloads(registry, repository, credential, looking));
  return ReadSignatures{.signatures = std::move(*layers).Take(), .held = held};
}

}  // namespace countersign::verifier
