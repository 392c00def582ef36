#include "verifier/evidence/signature_layers.h"

#include <algorithm>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/status_macros.h"
#include "verifier/evidence/evidence_text.h"

namespace countersign::verifier {

SignatureLayers::SignatureLayers(EvidenceLayers layers, size_t max_payload_bytes)
    : layers_(std::move(layers)) {
  for (const absl::StatusOr<EvidenceLayer>& layer : layers_) {
    if (!layer.ok()) continue;
    const auto [entry, is_new] = blob_of_.try_emplace(layer->digest, blobs_.size());
    if (is_new) blobs_.push_back({.digest = layer->digest});
    Blob& blob = blobs_[entry->second];
    blob.size = std::max(blob.size, layer->size);
  }
  LeaveOutWhatIsTooMuch(max_payload_bytes);
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

size_t SignatureLayers::own_bytes() const {
  size_t bytes = 0;
  for (const absl::StatusOr<EvidenceLayer>& layer : layers_) {
    if (layer.ok()) bytes += layer->own_bytes();
  }
  return bytes;
}

absl::Status SignatureLayers::ReadPayloads(const ImageSource& source) {
  return ForEachAtOnce(source, readable_, [&](size_t i) {
    Blob& blob = blobs_[i];
    absl::StatusOr<std::string> bytes = source.registry->FetchBlob(
        source.repository, blob.digest, blob.size, source.credential, source.looking.deadline);
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
