#include "verifier/evidence/referrer_content.h"

#include <cstdint>
#include <iterator>
#include <string_view>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "base/status_macros.h"
#include "cosign/bundle.h"
#include "cosign/signature_layer.h"

namespace countersign::verifier {
namespace {

constexpr std::string_view kBundle = "application/vnd.dev.sigstore.bundle";
constexpr std::string_view kSignature = "application/vnd.dev.cosign.simplesigning.v1+json";

using Layers = std::vector<absl::StatusOr<oci::Descriptor>>;

Layers FirstOf(Layers layers) {
  constexpr size_t kMost = cosign::kMaxSignatures + 1;
  if (layers.size() <= kMost) return layers;
  const auto begin = std::make_move_iterator(layers.begin());
  return Layers(begin, begin + kMost);
}

size_t MemoryOf(const absl::StatusOr<oci::Descriptor>& layer) {
  // What an error takes beside its message, and an annotation beside its texts.
  constexpr size_t kErrorBytes = 256;
  constexpr size_t kAnnotationBytes = 96;
  if (!layer.ok()) return sizeof(layer) + kErrorBytes + layer.status().message().size();
  size_t bytes = sizeof(layer) + layer->media_type.size() + layer->digest.ToString().size();
  for (const auto& [name, value] : layer->annotations) {
    bytes += kAnnotationBytes + name.size() + value.size();
  }
  return bytes;
}

}  // namespace

size_t ReferrerContent::memory_bytes() const {
  size_t bytes = 0;
  for (const absl::StatusOr<oci::Descriptor>& layer : signatures) bytes += MemoryOf(layer);
  return bytes;
}

absl::StatusOr<ReferrerContent> ContentOfReferrer(oci::ImageManifest manifest) {
  ReferrerContent content;
  if (manifest.layers.empty()) return content;
  CS_RETURN_IF_ERROR(manifest.layers[0].status());
  const oci::Descriptor& first = *manifest.layers[0];
  if (first.media_type == kSignature) {
    content.signatures = FirstOf(std::move(manifest.layers));
    return content;
  }
  if (!absl::StartsWith(first.media_type, kBundle)) return content;
  if (manifest.layers.size() != 1) {
    return absl::InvalidArgumentError(
        absl::StrCat("it has ", manifest.layers.size(), " layers, and a bundle is one"));
  }
  if (first.size > static_cast<int64_t>(cosign::kMaxBundleBytes)) {
    return absl::OutOfRangeError(
        absl::StrCat("its bundle is larger than ", cosign::kMaxBundleBytes, " bytes"));
  }
  content.bundle = {.digest = first.digest, .size = static_cast<size_t>(first.size)};
  return content;
}

}  // namespace countersign::verifier
