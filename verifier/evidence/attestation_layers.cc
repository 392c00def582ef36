#include "verifier/evidence/attestation_layers.h"

#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "base/status_macros.h"
#include "cosign/item.h"
#include "verifier/evidence/blob_item.h"
#include "verifier/evidence/evidence_text.h"

namespace countersign::verifier {
namespace {

using HeldPtr = std::shared_ptr<base::HeldBytes>;

// Layers on their way to items. For one thread, but for what it fans out.
class Attestations {
 public:
  Attestations(const ImageSource& source, EvidenceLayers layers, std::vector<HeldPtr> of_layers,
               size_t max_bytes)
      : source_(source),
        of_layers_(std::move(of_layers)),
        layers_(std::move(layers)),
        max_bytes_(max_bytes),
        left_(max_bytes) {}

  void Choose() {
    for (const absl::StatusOr<EvidenceLayer>& layer : layers_) {
      absl::Status why_not = Count(layer);
      if (why_not.ok()) {
        chosen_.push_back(items_.size());
        why_not = absl::InternalError("not read");
      }
      items_.push_back(std::move(why_not));
      held_.push_back(source_.looking.allowance->bytes().Hold());
    }
  }

  absl::Status Read() {
    return ForEachAtOnce(source_, chosen_.size(), [this](size_t place) {
      const size_t i = chosen_[place];
      items_[i] = Fetch(*layers_[i], *held_[i]);
    });
  }

  ReadItems Take() && { return {.items = std::move(items_), .held = std::move(held_)}; }

 private:
  // Why it is not looked at; OK: it is, and its bytes are taken for read.
  absl::Status Count(const absl::StatusOr<EvidenceLayer>& layer) {
    CS_RETURN_IF_ERROR(layer.status());
    if (layer->size > left_) {
      return absl::AbortedError(
          absl::StrCat("not looked at: it and the attestations before it have more than ",
                       max_bytes_, " bytes together"));
    }
    left_ -= layer->size;
    return absl::OkStatus();
  }

  absl::StatusOr<cosign::ItemPtr> Fetch(EvidenceLayer& layer, base::HeldBytes& held) const {
    absl::StatusOr<cosign::ItemPtr> item =
        FetchItem(source_, layer.digest, layer.size, std::move(layer.data), held,
                  [&layer](std::string bytes) {
                    return cosign::AttestationLayerItem(layer.digest, std::move(bytes),
                                                        std::move(layer.witnesses));
                  });
    if (item.ok()) return item;
    return NotRead(absl::StrCat("the attestation ", layer.digest.ToString()), item.status());
  }

  const ImageSource& source_;
  const std::vector<HeldPtr> of_layers_;  // hold them, until all are read
  EvidenceLayers layers_;
  const size_t max_bytes_;
  size_t left_;
  policy::Items items_;        // one for each layer
  std::vector<HeldPtr> held_;  // hold them
  std::vector<size_t> chosen_;
};

}  // namespace

absl::StatusOr<ReadItems> FetchEnvelopes(const ImageSource& source, EvidenceLayers layers,
                                         std::vector<HeldPtr> of_layers, size_t max_bytes) {
  Attestations attestations(source, std::move(layers), std::move(of_layers), max_bytes);
  attestations.Choose();
  CS_RETURN_IF_ERROR(attestations.Read());
  return std::move(attestations).Take();
}

}  // namespace countersign::verifier
