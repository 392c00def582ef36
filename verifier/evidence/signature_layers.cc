#include "verifier/evidence/signature_layers.h"

#include <algorithm>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/status_macros.h"
#include "cosign/derived_payload.h"
#include "oci/image_reference.h"
#include "verifier/evidence/evidence_text.h"
#include "verifier/evidence/look_phases.h"

namespace countersign::verifier {

SignatureLayers::SignatureLayers(EvidenceLayers layers, size_t max_payload_bytes)
    : layers_(std::move(layers)) {
  for (absl::StatusOr<EvidenceLayer>& layer : layers_) {
    if (!layer.ok()) continue;
    const auto [entry, is_new] = blob_of_.try_emplace(layer->digest, blobs_.size());
    if (is_new) blobs_.push_back({.digest = layer->digest});
    Blob& blob = blobs_[entry->second];
    blob.size = std::max(blob.size, layer->size);
    // It has the digest, so all that layers embed of it is the same.
    std::string data = std::exchange(layer->data, "");
    if (!data.empty()) blob.data = std::move(data);
  }
  LeaveOutWhatIsTooMuch(max_payload_bytes);
  TakeWhatIsEmbedded();
}

void SignatureLayers::LeaveOutWhatIsTooMuch(size_t max_payload_bytes) {
  for (readable_ = 0; readable_ < blobs_.size(); ++readable_) {
    const size_t size = blobs_[readable_].size;
    if (size > max_payload_bytes - payload_bytes_) break;
    payload_bytes_ += size;
  }
  for (size_t i = readable_; i < blobs_.size(); ++i) {
    blobs_[i].payload = absl::AbortedError(
        absl::StrCat("not looked at: it and the payloads before it have more than ",
                     max_payload_bytes, " bytes together"));
  }
}

void SignatureLayers::TakeWhatIsEmbedded() {
  for (size_t i = 0; i < blobs_.size(); ++i) {
    std::string data = std::exchange(blobs_[i].data, "");
    if (i >= readable_ || data.empty()) continue;
    embedded_bytes_ += data.size();
    blobs_[i].payload = cosign::Payload::Of(std::move(data));
  }
}

size_t SignatureLayers::bytes_here() const {
  size_t bytes = embedded_bytes_;
  for (const absl::StatusOr<EvidenceLayer>& layer : layers_) {
    if (layer.ok()) bytes += layer->own_bytes();
  }
  return bytes;
}

std::vector<SignatureLayers::Blob*> SignatureLayers::FindMissing(const ImageSource& source) {
  std::vector<Blob*> missing;
  for (size_t i = 0; i < readable_; ++i) {
    if (!blobs_[i].payload.ok()) missing.push_back(&blobs_[i]);
  }
  if (missing.empty()) return missing;
  // It names the image's repository wherever the signature is kept; or that which holds a copy of both.
  std::vector<const oci::Repository*> repositories = {&source.repository};
  if (source.image_repository != nullptr) repositories.push_back(source.image_repository);
  const cosign::DerivedPayloads derived(repositories, source.image);
  std::erase_if(missing, [&derived](Blob* blob) {
    PayloadPtr payload = derived.Find(blob->digest);
    // There is room for no more than was said.
    if (payload == nullptr || payload->bytes().size() > blob->size) return false;
    blob->payload = std::move(payload);
    return true;
  });
  return missing;
}

absl::Status SignatureLayers::ReadPayloads(const ImageSource& source) {
  const std::vector<Blob*> missing = FindMissing(source);
  return ForEachAtOnce(source, missing.size(), [&](size_t i) {
    Blob& blob = *missing[i];
    absl::StatusOr<std::string> bytes = source.looking.During(LookPhase::kFetch, [&] {
      return source.registry->FetchBlob(source.repository, blob.digest, blob.size,
                                        source.credential, source.looking.deadline);
    });
    blob.payload = bytes.ok() ? absl::StatusOr<PayloadPtr>(cosign::Payload::Of(*std::move(bytes)))
                              : NotRead("its payload could not be read", bytes.status());
  });
}

policy::Items SignatureLayers::Take() && {
  policy::Items signatures;
  for (absl::StatusOr<EvidenceLayer>& layer : layers_) signatures.push_back(TakeSignature(layer));
  return signatures;
}

absl::StatusOr<cosign::ItemPtr> SignatureLayers::TakeSignature(
    absl::StatusOr<EvidenceLayer>& layer) const {
  CS_RETURN_IF_ERROR(layer.status());
  CS_ASSIGN_OR_RETURN(const PayloadPtr payload, blobs_[blob_of_.at(layer->digest)].payload);
  if (payload->bytes().size() != layer->size) {
    return absl::FailedPreconditionError(absl::StrCat("its payload has ", payload->bytes().size(),
                                                      " bytes, its manifest says ", layer->size));
  }
  return cosign::SignatureLayerItem(layer->digest, payload, std::move(layer->signature),
                                    std::move(layer->witnesses));
}

}  // namespace countersign::verifier
