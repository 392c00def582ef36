#include "verifier/evidence/referrer_reader.h"

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
        faults_.push_back(
            Of(manifest, absl::OutOfRangeError(absl::StrCat("it is larger than ",
                                                            oci::kMaxManifestBytes, " bytes"))));
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

  absl::Status ReadSignatureLayers() {
    if (layers_.size() > cosign::kMaxSignatures) {
      layers_.erase(layers_.begin() + cosign::kMaxSignatures, layers_.end());
      faults_.push_back(absl::AbortedError(
          absl::StrCat("more than ", cosign::kMaxSignatures,
                       " signatures refer to the image; no more are looked at")));
    }
    if (layers_.empty()) return absl::OkStatus();
    SignatureLayers layers(std::exchange(layers_, {}),
                           {.bytes = left_, .beyond = absl::StatusCode::kAborted});
    of_layers_.clear();
    const HeldPtr held = source_.looking.allowance->bytes().Hold();
    const absl::Status room = held->Reserve(layers.signature_bytes() + layers.payload_bytes(),
                                            source_.looking.deadline, source_.looking.is_wanted);
    if (absl::IsCancelled(room)) return room;
    if (!room.ok()) {
      faults_.push_back(room);
      return absl::OkStatus();
    }
    CS_RETURN_IF_ERROR(layers.ReadPayloads(source_.registry, source_.repository, source_.credential,
                                           source_.looking));
    absl::c_move(std::move(layers).Take(), std::back_inserter(items_));
    held_.push_back(held);
    return absl::OkStatus();
  }

  ReadSignatures Take() && {
    if (were_left_out_) {
      faults_.push_back(absl::AbortedError(
          absl::StrCat("what refers to the image has more than ", kMaxReferrerBytes,
                       " bytes together; not all of it is looked at")));
    }
    absl::c_move(faults_, std::back_inserter(items_));
    return {.signatures = std::move(items_), .held = std::move(held_)};
  }

 private:
  using Bundle = ReferrerContent::Bundle;
  struct Content {
    ReferrerContent read;
    HeldPtr held;  // its signatures
  };

  static absl::Status Of(const Referrer& manifest, const absl::Status& fault) {
    return base::Annotate(absl::StrCat("the manifest ", manifest.digest.ToString()), fault);
  }

  // Holds so much from now on, whatever was held. ResourceExhausted: there is no room for more.
  static absl::Status HoldJust(size_t bytes, base::HeldBytes& held) {
    held.KeepOnly(bytes);
    const size_t missing = bytes - held.bytes();
    if (missing == 0 || held.Take(missing)) return absl::OkStatus();
    return absl::ResourceExhaustedError("what it holds takes more memory than there is room for");
  }

  // Whether so much may still be read; then it is taken for read.
  bool IsLeft(size_t bytes) {
    were_left_out_ = were_left_out_ || bytes > left_;
    if (bytes > left_) return false;
    left_ -= bytes;
    return true;
  }

  absl::StatusOr<Content> ReadManifest(const Referrer& manifest) const {
    Content content = {.held = source_.looking.allowance->bytes().Hold()};
    CS_RETURN_IF_ERROR(FetchAndRead(
        source_, manifest.size, *content.held,
        [&] {
          return source_.registry->FetchManifest(source_.repository, manifest.digest, manifest.size,
                                                 source_.credential, source_.looking.deadline);
        },
        [&](const std::string& bytes) -> absl::Status {
          CS_ASSIGN_OR_RETURN(oci::ImageManifest read, oci::ParseImageManifest(bytes));
          CS_ASSIGN_OR_RETURN(content.read, ContentOfReferrer(std::move(read)));
          return absl::OkStatus();
        }));
    CS_RETURN_IF_ERROR(HoldJust(content.read.memory_bytes(), *content.held));
    return content;
  }

  void Take(Content content) {
    if (const std::optional<Bundle>& bundle = content.read.bundle) {
      // Who says another size of it, says nothing of those who say the right one.
      if (known_.emplace(bundle->digest, bundle->size).second) bundles_.push_back(*bundle);
    }
    absl::c_move(content.read.signatures, std::back_inserter(layers_));
    of_layers_.push_back(std::move(content.held));
  }

  absl::StatusOr<cosign::ItemPtr> ReadBundle(const Bundle& bundle, base::HeldBytes& held) const {
    absl::StatusOr<cosign::ItemPtr> item = absl::InternalError("not read");
    absl::Status fetched = FetchAndRead(
        source_, bundle.size, held,
        [&] {
          return source_.registry->FetchBlob(source_.repository, bundle.digest, bundle.size,
                                             source_.credential, source_.looking.deadline);
        },
        [&](const std::string& bytes) -> absl::Status {
          if (bytes.size() != bundle.size) {
            return absl::FailedPreconditionError(
                absl::StrCat("it has ", bytes.size(), " bytes, its manifest says ", bundle.size));
          }
          item = cosign::BundleItem(bytes);
          return item.status();
        });
    if (fetched.ok()) fetched = HoldJust(cosign::ContentOf(**item).bytes, held);
    if (fetched.ok()) return item;
    held.KeepOnly(0);
    return base::Annotate(absl::StrCat("the bundle ", bundle.digest.ToString()), fetched);
  }

  const ImageSource& source_;
  size_t left_ = kMaxReferrerBytes;
  bool were_left_out_ = false;
  std::vector<absl::Status> faults_;
  absl::flat_hash_set<std::pair<oci::Digest, size_t>> known_;  // bundles, and their sizes
  std::vector<Bundle> bundles_;
  std::vector<absl::StatusOr<oci::Descriptor>> layers_;
  std::vector<HeldPtr> of_layers_;  // hold them
  Signatures items_;
  std::vector<HeldPtr> held_;  // hold those
};

}  // namespace

absl::StatusOr<ReadSignatures> FetchReferrers(const ImageSource& source) {
  CS_ASSIGN_OR_RETURN(ReferrerList list, ListReferrers(source));
  Reader reader(source);
  CS_RETURN_IF_ERROR(reader.ReadManifests(std::move(list)));
  CS_RETURN_IF_ERROR(reader.ReadBundles());
  CS_RETURN_IF_ERROR(reader.ReadSignatureLayers());
  return std::move(reader).Take();
}

}  // namespace countersign::verifier
