#include "cli/tree_reader.h"

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "absl/algorithm/container.h"
#include "absl/container/flat_hash_map.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "base/byte_budget.h"
#include "base/transient.h"
#include "cli/layer_item.h"
#include "cli/tree_manifest.h"
#include "cli/tree_piece.h"
#include "cosign/item.h"
#include "cosign/layer_form.h"
#include "cosign/payload.h"
#include "cosign/signature_layer.h"
#include "oci/descriptor.h"
#include "oci/digest.h"
#include "oci/image_reference.h"
#include "oci/index.h"
#include "registry/registry.h"
#include "verifier/evidence/evidence_text.h"
#include "verifier/evidence/referrer_list.h"
#include "verifier/evidence/referrer_reader.h"

namespace countersign::cli {
namespace {

using cosign::LayerForm;

// Of one place, what is read of evidence.
constexpr size_t kMaxEvidenceBytes = verifier::kMaxReferrerBytes;

bool IsRefusal(const absl::Status& status) {
  return absl::IsUnauthenticated(status) || absl::IsPermissionDenied(status);
}

// Reads one place. For one thread, but for what it fans out.
class BranchReader {
 public:
  BranchReader(const verifier::ImageSource& source, PieceJudge& judge, TreePlace place)
      : source_(source), judge_(judge), branch_{.place = place} {}

  // The manifest under the tag, whose layers are read so.
  void OpenTag(std::string tag, LayerForm form) {
    if (tag.size() > oci::kMaxTagBytes) return;  // nothing can be there
    branch_.tag = std::move(tag);
    const absl::StatusOr<std::string> bytes = source_.registry->FetchManifestByTag(
        source_.repository, branch_.tag, source_.credential, source_.looking.deadline);
    if (absl::IsNotFound(bytes.status())) return;
    if (!bytes.ok()) return CouldNotBeRead(bytes.status());
    AddManifest(OpenManifest(oci::Digest::Of(*bytes), *bytes, form));
  }

  void OpenReferrers() {
    absl::StatusOr<verifier::ReferrerList> list =
        verifier::ListReferrers(source_, verifier::Indexes::kListed);
    if (!list.ok()) return CouldNotBeRead(list.status());
    if (list->by_tag) {
      branch_.place = TreePlace::kReferrersTag;
      branch_.tag = oci::ReferrersTag(source_.image);
    }
    for (const absl::Status& fault : list->faults) {
      branch_.faults.push_back(Shown(fault.message()));
      Note(fault);
    }
    OpenEach(list->manifests);
  }

  // The evidence in the manifests that were opened.
  void ReadEvidence() {
    const std::vector<Blob> blobs = BlobsToRead();
    const absl::Status read =
        verifier::ForEachAtOnce(source_, blobs.size(), [&](size_t i) { ReadBlob(blobs[i]); });
    if (!read.ok()) CouldNotBeRead(read);
  }

  bool is_complete() const { return is_complete_; }
  // OK: the place did not refuse the credential.
  const absl::Status& refusal() const { return refusal_; }
  TreeBranch Take() && { return std::move(branch_); }

 private:
  struct Layer {
    size_t manifest;  // of branch_
    LayerToRead evidence;
  };
  // What layers are read of, in one way: one layer or more.
  struct Blob {
    oci::Digest digest;
    LayerForm form;
    size_t size = 0;  // the largest that a layer says
    std::vector<const Layer*> layers;
  };

  // Remembers it if more may be known another time.
  void Note(const absl::Status& fault) {
    if (base::IsTransient(fault) || IsRefusal(fault)) is_complete_ = false;
  }

  void CouldNotBeRead(const absl::Status& why) {
    branch_.faults.push_back(Shown(why.message()));
    is_complete_ = false;
    if (IsRefusal(why)) refusal_.Update(why);
  }

  void Fail(const Layer& layer, const absl::Status& why) {
    SetUnreadable(why, PieceOf(layer));
    Note(why);
  }

  TreePiece& PieceOf(const Layer& layer) {
    return branch_.manifests[layer.manifest].pieces[layer.evidence.piece];
  }

  void OpenEach(const std::vector<verifier::Referrer>& referrers) {
    std::vector<OpenedManifest> opened(referrers.size());
    size_t left = verifier::kMaxReferrerBytes;
    for (size_t i = 0; i < referrers.size(); ++i) {
      opened[i].shown.digest = referrers[i].digest.ToString();
      std::string& fault = opened[i].shown.fault;
      if (referrers[i].size > oci::kMaxManifestBytes) {
        fault = absl::StrCat("not looked at: it is larger than ", oci::kMaxManifestBytes, " bytes");
      } else if (referrers[i].size > left) {
        fault = absl::StrCat("not looked at: it and the manifests before it have more than ",
                             verifier::kMaxReferrerBytes, " bytes together");
      } else {
        left -= referrers[i].size;
      }
      if (!fault.empty()) is_complete_ = false;
    }
    const absl::Status read = verifier::ForEachAtOnce(source_, opened.size(), [&](size_t i) {
      if (opened[i].shown.fault.empty()) OpenReferrer(referrers[i], opened[i]);
    });
    if (!read.ok()) CouldNotBeRead(read);
    for (OpenedManifest& manifest : opened) AddManifest(std::move(manifest));
  }

  void OpenReferrer(const verifier::Referrer& referrer, OpenedManifest& opened) {
    const std::shared_ptr<base::HeldBytes> held = source_.looking.allowance->bytes().Hold();
    const absl::Status read = verifier::FetchAndRead(
        source_, referrer.size, *held,
        [&] {
          return source_.registry->FetchManifest(source_.repository, referrer.digest, referrer.size,
                                                 source_.credential, source_.looking.deadline);
        },
        [&](const std::string& bytes) {
          opened = OpenManifest(referrer.digest, bytes, std::nullopt);
          return absl::OkStatus();
        });
    if (read.ok()) return;
    opened.shown.fault = Shown(read.message());
    Note(read);
  }

  void AddManifest(OpenedManifest opened) {
    TreeManifest& shown = opened.shown;
    if (!opened.layers.empty()) {
      const size_t count = std::min(shown.pieces.size(), pieces_left_);
      pieces_left_ -= count;
      shown.more_pieces += shown.pieces.size() - count;
      shown.pieces.resize(count);
      if (shown.more_pieces > 0) is_complete_ = false;
      for (LayerToRead& layer : opened.layers) {
        if (layer.piece < count) layers_.push_back({branch_.manifests.size(), std::move(layer)});
      }
    }
    branch_.manifests.push_back(std::move(shown));
  }

  std::vector<Blob> BlobsToRead() {
    std::vector<Blob> blobs;
    absl::flat_hash_map<std::pair<oci::Digest, LayerForm>, size_t> known;
    size_t left = kMaxEvidenceBytes;
    for (const Layer& layer : layers_) {
      const LayerForm form = layer.evidence.form;
      const oci::Descriptor& described = layer.evidence.descriptor;
      const size_t size = static_cast<size_t>(described.size);
      if (size > cosign::MaxBlobBytes(form)) {
        Fail(layer, absl::AbortedError(absl::StrCat("not looked at: it is larger than ",
                                                    cosign::MaxBlobBytes(form), " bytes")));
        continue;
      }
      const auto [entry, is_new] =
          known.try_emplace(std::pair(described.digest, form), blobs.size());
      if (is_new) blobs.push_back({.digest = described.digest, .form = form});
      Blob& blob = blobs[entry->second];
      // A payload is read once for all signatures of it; what states something, for each layer.
      const size_t more = form == LayerForm::kSignature ? size - std::min(size, blob.size) : size;
      if (more > left) {
        Fail(layer, absl::AbortedError(
                        absl::StrCat("not looked at: it and the layers before it have more than ",
                                     kMaxEvidenceBytes, " bytes together")));
        continue;
      }
      left -= more;
      blob.size = std::max(blob.size, size);
      blob.layers.push_back(&layer);
    }
    return blobs;
  }

  void ReadBlob(const Blob& blob) {
    if (blob.layers.empty()) return;
    const std::shared_ptr<base::HeldBytes> held = source_.looking.allowance->bytes().Hold();
    const absl::Status read = verifier::FetchAndRead(
        source_, blob.size, *held,
        [&] {
          return source_.registry->FetchBlob(source_.repository, blob.digest, blob.size,
                                             source_.credential, source_.looking.deadline);
        },
        [&](const std::string& bytes) {
          std::shared_ptr<const cosign::Payload> payload;
          for (const Layer* layer : blob.layers) ReadLayer(*layer, bytes, payload);
          return absl::OkStatus();
        });
    if (read.ok()) return;
    for (const Layer* layer : blob.layers) Fail(*layer, read);
  }

  void ReadLayer(const Layer& layer, const std::string& bytes,
                 std::shared_ptr<const cosign::Payload>& payload) {
    const absl::StatusOr<cosign::ItemPtr> item = ItemOfLayer(layer.evidence, bytes, payload);
    if (!item.ok()) return Fail(layer, item.status());
    TreePiece& piece = PieceOf(layer);
    DescribeItem(**item, piece);
    judge_.Judge(**item, source_.image, piece);
  }

  const verifier::ImageSource& source_;
  PieceJudge& judge_;
  TreeBranch branch_;
  std::vector<Layer> layers_;
  size_t pieces_left_ = cosign::kMaxSignatures;  // of evidence
  std::atomic<bool> is_complete_ = true;
  absl::Status refusal_;
};

void Add(BranchReader& reader, TreePart& part) {
  reader.ReadEvidence();
  part.is_complete = part.is_complete && reader.is_complete();
  part.refusal.Update(reader.refusal());
  TreeBranch branch = std::move(reader).Take();
  if (branch.manifests.empty() && branch.faults.empty()) return;
  part.branches.push_back(std::move(branch));
}

}  // namespace

bool TreePart::HasManifests() const {
  return absl::c_any_of(branches,
                        [](const TreeBranch& branch) { return !branch.manifests.empty(); });
}

TreePart ReadTreePart(const verifier::ImageSource& source, ReferrersAre referrers,
                      PieceJudge& judge) {
  TreePart part;
  const auto add_tag = [&](TreePlace place, const std::string& tag, LayerForm form) {
    BranchReader reader(source, judge, place);
    reader.OpenTag(absl::StrCat(source.tag_prefix, tag), form);
    Add(reader, part);
  };
  add_tag(TreePlace::kSignatureTag, cosign::SignatureTag(source.image), LayerForm::kSignature);
  add_tag(TreePlace::kAttestationTag, cosign::AttestationTag(source.image),
          LayerForm::kAttestation);
  add_tag(TreePlace::kSbomTag, absl::StrCat(oci::ReferrersTag(source.image), ".sbom"),
          LayerForm::kUnspecified);
  if (referrers == ReferrersAre::kLeftOut) return part;
  BranchReader reader(source, judge, TreePlace::kReferrersApi);
  reader.OpenReferrers();
  Add(reader, part);
  return part;
}

}  // namespace countersign::cli
