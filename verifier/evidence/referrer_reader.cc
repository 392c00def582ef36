#include "verifier/evidence/referrer_reader.h"

#include <algorithm>
#include <cstddef>
#include <iterator>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/algorithm/container.h"
#include "absl/container/flat_hash_set.h"
#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "base/byte_budget.h"
#include "base/status_macros.h"
#include "cosign/item.h"
#include "cosign/signature_layer.h"
#include "oci/descriptor.h"
#include "oci/digest.h"
#include "oci/manifest.h"
#include "verifier/evidence/attestation_layers.h"
#include "verifier/evidence/blob_item.h"
#include "verifier/evidence/evidence_layer.h"
#include "verifier/evidence/evidence_text.h"
#include "verifier/evidence/referrer_content.h"
#include "verifier/evidence/referrer_list.h"
#include "verifier/evidence/signature_layers.h"

namespace countersign::verifier {
namespace {

using HeldPtr = std::shared_ptr<base::HeldBytes>;

// Reads what refers to one image, step by step. For one thread, but for what it fans out.
class Reader {
 public:
  explicit Reader(const ImageSource& source) : source_(source) {}

  absl::Status ReadManifests(ReferrerList list) {
    for (absl::Status& fault : list.faults) faults_.push_back(std::move(fault));
    std::erase_if(list.manifests, [this](const Referrer& manifest) {
      if (manifest.size > oci::kMaxManifestBytes) {
        faults_.push_back(Of(
            manifest, absl::AbortedError(absl::StrCat("it is larger than ", oci::kMaxManifestBytes,
                                                      " bytes, and is not looked at"))));
        return true;
      }
      return !IsLeft(manifest.size);
    });
    std::vector<absl::StatusOr<Content>> contents(list.manifests.size(),
                                                  absl::InternalError("not asked for"));
    CS_RETURN_IF_ERROR(ForEachAtOnce(source_, contents.size(), [&](size_t i) {
      contents[i] = ReadManifest(list.manifests[i]);
    }));
    for (size_t i = 0; i < contents.size(); ++i) {
      if (contents[i].ok()) {
        Take(*std::move(contents[i]));
      } else {
        faults_.push_back(Of(list.manifests[i], contents[i].status()));
      }
    }
    return absl::OkStatus();
  }

  absl::Status ReadBundles() {
    std::erase_if(bundles_, [this](const Bundle& bundle) { return !IsLeft(bundle.size); });
    items_.assign(bundles_.size(), absl::InternalError("not asked for"));
    std::vector<HeldPtr> held(bundles_.size());
    CS_RETURN_IF_ERROR(ForEachAtOnce(source_, bundles_.size(), [&](size_t i) {
      held[i] = source_.looking.allowance->bytes().Hold();
      items_[i] = ReadBundle(bundles_[i], *held[i]);
    }));
    absl::c_move(held, std::back_inserter(held_));
    return absl::OkStatus();
  }

  // They are no signatures, whatever they say (cosign::FindRefusal), and a manifest's digest says that
  // its layers are attestations. They take no signature's place, and beyond a number are not counted.
  void LeaveOutAttestationLayers() {
    unread_.assign(std::min(attestations_.layers.size(), size_t{cosign::kMaxSignatures}),
                   cosign::UnreadAttestationItem());
    attestations_ = Layers{};
  }

  absl::Status ReadSignatureLayers() {
    // Half of what is looked at is for attestations, as far as there are any.
    const size_t for_others =
        std::min(attestations_.layers.size(), size_t{cosign::kMaxSignatures / 2});
    KeepOnlySoMany(layers_left_ - for_others, signatures_.layers);
    if (signatures_.layers.empty()) return absl::OkStatus();
    SignatureLayers layers(std::move(signatures_.layers), left_);
    signatures_.held.clear();
    left_ -= layers.payload_bytes();
    const HeldPtr held = source_.looking.allowance->bytes().Hold();
    // The layers are here already, whatever is waited for.
    absl::Status room = source_.looking.Reserve(*held, layers.bytes_here());
    if (room.ok()) room = source_.looking.Reserve(*held, layers.bytes_to_come());
    if (absl::IsCancelled(room)) return room;
    if (!room.ok()) {
      faults_.push_back(room);
      return absl::OkStatus();
    }
    CS_RETURN_IF_ERROR(layers.ReadPayloads(source_));
    source_.looking.Keep(*held);
    absl::c_move(std::move(layers).Take(), std::back_inserter(items_));
    held_.push_back(held);
    return absl::OkStatus();
  }

  absl::Status ReadAttestationLayers() {
    if (attestations_.layers.empty()) return absl::OkStatus();
    KeepOnlySoMany(layers_left_, attestations_.layers);
    CS_ASSIGN_OR_RETURN(ReadItems read, FetchEnvelopes(source_, std::move(attestations_.layers),
                                                       std::move(attestations_.held), left_));
    absl::c_move(read.items, std::back_inserter(items_));
    absl::c_move(read.held, std::back_inserter(held_));
    return absl::OkStatus();
  }

  ReadItems Take() && {
    if (too_many_layers_) {
      faults_.push_back(absl::AbortedError(
          absl::StrCat("more than ", cosign::kMaxSignatures,
                       " signatures and attestations refer to the image; no more are looked at")));
    }
    if (were_left_out_) {
      faults_.push_back(absl::AbortedError(
          absl::StrCat("what refers to the image has more than ", kMaxReferrerBytes,
                       " bytes together; not all of it is looked at")));
    }
    absl::c_move(unread_, std::back_inserter(items_));
    absl::c_move(faults_, std::back_inserter(items_));
    return {.items = std::move(items_), .held = std::move(held_)};
  }

 private:
  using Bundle = ReferrerContent::Bundle;
  struct Content {
    ReferrerContent read;
    HeldPtr held;  // its layers
  };
  // Of all manifests, and what holds them.
  struct Layers {
    EvidenceLayers layers;
    std::vector<HeldPtr> held;
  };

  static absl::Status Of(const Referrer& manifest, const absl::Status& fault) {
    return NotRead(absl::StrCat("the manifest ", manifest.digest.ToString()), fault);
  }

  // Whether so much may still be read; then it is taken for read.
  bool IsLeft(size_t bytes) {
    were_left_out_ = were_left_out_ || bytes > left_;
    if (bytes > left_) return false;
    left_ -= bytes;
    return true;
  }

  absl::StatusOr<Content> ReadManifest(Referrer& manifest) const {
    Content content = {.held = source_.looking.allowance->bytes().Hold()};
    CS_RETURN_IF_ERROR(FetchAndRead(
        source_, manifest.size, *content.held,
        [&]() -> absl::StatusOr<std::string> {
          if (!manifest.data.empty()) return std::move(manifest.data);
          return source_.registry->FetchManifest(source_.repository, manifest.digest, manifest.size,
                                                 source_.credential, source_.looking.deadline);
        },
        [&](const std::string& bytes) -> absl::Status {
          CS_ASSIGN_OR_RETURN(const oci::ImageManifest read,
                              oci::ParseImageManifest(bytes, cosign::kMaxSignatures + 1));
          CS_ASSIGN_OR_RETURN(content.read, ContentOfReferrer(read));
          return absl::OkStatus();
        }));
    CS_RETURN_IF_ERROR(HoldJust(content.read.memory_bytes(), *content.held));
    source_.looking.Keep(*content.held);
    return content;
  }

  void Take(Content content) {
    if (std::optional<Bundle>& bundle = content.read.bundle) {
      // Who says another size of it, says nothing of those who say the right one.
      const bool is_new = known_.emplace(bundle->digest, bundle->size).second;
      if (is_new) bundles_.push_back(*std::move(bundle));
    }
    const bool has_attestations = !content.read.attestations.empty();
    absl::c_move(content.read.signatures, std::back_inserter(signatures_.layers));
    absl::c_move(content.read.attestations, std::back_inserter(attestations_.layers));
    (has_attestations ? attestations_ : signatures_).held.push_back(std::move(content.held));
  }

  // No more layers are looked at in all than under a tag, so that those of other places are looked at,
  // too (policy::kMaxItems).
  void KeepOnlySoMany(size_t most, EvidenceLayers& layers) {
    if (layers.size() > most) {
      layers.erase(layers.begin() + static_cast<std::ptrdiff_t>(most), layers.end());
      too_many_layers_ = true;
    }
    layers_left_ -= layers.size();
  }

  absl::StatusOr<cosign::ItemPtr> ReadBundle(Bundle& bundle, base::HeldBytes& held) const {
    absl::StatusOr<cosign::ItemPtr> item =
        FetchItem(source_, bundle.digest, bundle.size, std::move(bundle.data), held,
                  [](std::string bytes) { return cosign::BundleItem(std::move(bytes)); });
    if (item.ok()) return item;
    return NotRead(absl::StrCat("the bundle ", bundle.digest.ToString()), item.status());
  }

  const ImageSource& source_;
  size_t left_ = kMaxReferrerBytes;
  bool were_left_out_ = false;
  std::vector<absl::Status> faults_;
  absl::flat_hash_set<std::pair<oci::Digest, size_t>> known_;  // bundles, and their sizes
  std::vector<Bundle> bundles_;
  Layers signatures_;
  Layers attestations_;
  policy::Items unread_;  // attestations that need not be read
  size_t layers_left_ = cosign::kMaxSignatures;
  bool too_many_layers_ = false;
  policy::Items items_;
  std::vector<HeldPtr> held_;  // hold those
};

}  // namespace

absl::StatusOr<ReadItems> FetchReferrers(const ImageSource& source) {
  CS_ASSIGN_OR_RETURN(ReferrerList list, ListReferrers(source));
  Reader reader(source);
  CS_RETURN_IF_ERROR(reader.ReadManifests(std::move(list)));
  if (!source.looking.wants_attestations) reader.LeaveOutAttestationLayers();
  CS_RETURN_IF_ERROR(reader.ReadBundles());
  CS_RETURN_IF_ERROR(reader.ReadSignatureLayers());
  CS_RETURN_IF_ERROR(reader.ReadAttestationLayers());
  return std::move(reader).Take();
}

}  // namespace countersign::verifier
