#include "verifier/evidence/signature_layers.h"

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/fan_out.h"
#include "base/status_macros.h"
#include "cosign/signature_layer.h"
#include "cosign/signed_payload.h"

namespace countersign::verifier {
namespace {

constexpr size_t kPayloadsAtOnce = 8;

}  // namespace

SignatureLayers::SignatureLayers(absl::Span<const absl::StatusOr<oci::Descriptor>> layers,
                                 const Limit& limit) {
  for (const absl::StatusOr<oci::Descriptor>& described : layers) {
    layers_.push_back(ReadLayer(described));
    if (!layers_.back().ok()) continue;
    const Layer& layer = *layers_.back();
    const auto [entry, is_new] = blob_of_.try_emplace(layer.digest, blobs_.size());
    if (is_new) blobs_.push_back({.digest = layer.digest});
    Blob& blob = blobs_[entry->second];
    blob.size = std::max(blob.size, layer.size);
  }
  LeaveOutWhatIsTooMuch(limit);
}

absl::StatusOr<SignatureLayers::Layer> SignatureLayers::ReadLayer(
    const absl::StatusOr<oci::Descriptor>& layer) {
  CS_RETURN_IF_ERROR(layer.status());
  CS_ASSIGN_OR_RETURN(std::string signature, cosign::SignatureBytes(*layer));
  if (layer->size > static_cast<int64_t>(cosign::kMaxPayloadBytes)) {
    return absl::OutOfRangeError(
        absl::StrCat("its payload is larger than ", cosign::kMaxPayloadBytes, " bytes"));
  }
  return Layer{layer->digest, static_cast<size_t>(layer->size), std::move(signature)};
}

void SignatureLayers::LeaveOutWhatIsTooMuch(const Limit& limit) {
  for (readable_ = 0; readable_ < blobs_.size(); ++readable_) {
    const size_t size = blobs_[readable_].size;
    if (size > limit.bytes - payload_bytes_) break;
    payload_bytes_ += size;
  }
  for (size_t i = readable_; i < blobs_.size(); ++i) {
    blobs_[i].payload = absl::Status(
        limit.beyond, absl::StrCat("not looked at: it and the payloads before it have more than ",
                                   limit.bytes, " bytes together"));
  }
}

size_t SignatureLayers::signature_bytes() const {
  size_t bytes = 0;
  for (const absl::StatusOr<Layer>& layer : layers_) {
    if (layer.ok()) bytes += layer->signature.size();
  }
  return bytes;
}

absl::Status SignatureLayers::ReadPayloads(registry::Registry* registry,
                                           const oci::Repository& repository,
                                           const registry::Credential& credential,
                                           const Looking& looking) {
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
                     bytes.ok() ? absl::StatusOr<PayloadPtr>(cosign::Payload::Of(*std::move(bytes)))
                                : base::Annotate("its payload could not be read", bytes.status());
               });
  // What is left out so is nothing to know of the image.
  if (was_given_up) return absl::CancelledError("nobody waits for it any more");
  return absl::OkStatus();
}

Signatures SignatureLayers::Take() && {
  Signatures signatures;
  for (absl::StatusOr<Layer>& layer : layers_) signatures.push_back(TakeSignature(layer));
  return signatures;
}

absl::StatusOr<cosign::ItemPtr> SignatureLayers::TakeSignature(absl::StatusOr<Layer>& layer) const {
  CS_RETURN_IF_ERROR(layer.status());
  CS_ASSIGN_OR_RETURN(const PayloadPtr payload, blobs_[blob_of_.at(layer->digest)].payload);
  if (payload->bytes().size() != layer->size) {
    return absl::FailedPreconditionError(absl::StrCat("its payload has ", payload->bytes().size(),
                                                      " bytes, its manifest says ", layer->size));
  }
  return cosign::SignatureLayerItem(layer->digest, payload, std::move(layer->signature));
}

}  // namespace countersign::verifier
