#include "verifier/evidence/referrer_content.h"

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "base/status_macros.h"
#include "cosign/bundle.h"
#include "cosign/signature_layer.h"
#include "oci/descriptor.h"

namespace countersign::verifier {
namespace {

constexpr std::string_view kBundle = "application/vnd.dev.sigstore.bundle";
constexpr std::string_view kSignature = "application/vnd.dev.cosign.simplesigning.v1+json";

}  // namespace

absl::StatusOr<ReferrerContent> ContentOfReferrer(const oci::ImageManifest& manifest) {
  ReferrerContent content;
  if (manifest.layers.empty()) return content;
  CS_RETURN_IF_ERROR(manifest.layers[0].status());
  const oci::Descriptor& first = *manifest.layers[0];
  if (first.media_type == kSignature) {
    content.signatures = ReadLayers(manifest.layers, ReadSignatureLayer);
    return content;
  }
  if (first.media_type == cosign::kEnvelopeMediaType) {
    content.attestations = ReadLayers(manifest.layers, ReadAttestationLayer);
    return content;
  }
  if (!absl::StartsWith(first.media_type, kBundle)) return content;
  if (manifest.layers.size() != 1) {
    return absl::InvalidArgumentError(
        absl::StrCat("it has ", manifest.layers.size(), " layers, and a bundle is one"));
  }
  if (first.size > static_cast<int64_t>(cosign::kMaxBundleBytes)) {
    return absl::AbortedError(absl::StrCat("its bundle is larger than ", cosign::kMaxBundleBytes,
                                           " bytes, and is not looked at"));
  }
  content.bundle = {.digest = first.digest, .size = static_cast<size_t>(first.size)};
  return content;
}

}  // namespace countersign::verifier
