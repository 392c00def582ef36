#include "cosign/test_signer.h"

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "base/json.h"
#include "cosign/signature_layer.h"
#include "oci/manifest.h"

namespace countersign::cosign {
namespace {

using base::Json;

constexpr std::string_view kConfigMediaType = "application/vnd.oci.image.config.v1+json";

Json DescriptorOf(std::string_view media_type, std::string_view blob) {
  return {{"mediaType", media_type},
          {"size", blob.size()},
          {"digest", oci::Digest::Of(blob).ToString()}};
}

Json ConfigFor(absl::Span<const ItemPtr> signatures) {
  Json diff_ids = Json::array();
  for (const ItemPtr& signature : signatures) {
    diff_ids.push_back(oci::Digest::Of(signature->payload->bytes()).ToString());
  }
  return {{"architecture", ""},
          {"config", Json::object()},
          {"created", "0001-01-01T00:00:00Z"},
          {"os", ""},
          {"rootfs", {{"type", "layers"}, {"diff_ids", diff_ids}}}};
}

}  // namespace

std::string TestSigner::Payload(const oci::Digest& image, std::string_view docker_reference) {
  return absl::StrCat(R"({"critical":{"identity":{"docker-reference":")", docker_reference,
                      R"("},"image":{"docker-manifest-digest":")", image.ToString(),
                      R"("},"type":"cosign container image signature"},"optional":null})");
}

ItemPtr TestSigner::SignPayload(std::string payload, crypto::TestScheme scheme) const {
  std::string signature = key_.Sign(payload, scheme);
  const oci::Digest layer = oci::Digest::Of(payload);
  return SignatureLayerItem(layer, Payload::Of(std::move(payload)), std::move(signature));
}

SignatureArtifact SignatureManifest(absl::Span<const ItemPtr> signatures) {
  SignatureArtifact artifact;
  artifact.blobs.push_back(ConfigFor(signatures).dump());
  Json layers = Json::array();
  for (const ItemPtr& signature : signatures) {
    Json layer = DescriptorOf(kPayloadMediaType, signature->payload->bytes());
    layer["annotations"] = {
        {std::string(kSignatureAnnotation), absl::Base64Escape(signature->signature)}};
    layers.push_back(std::move(layer));
    artifact.blobs.emplace_back(signature->payload->bytes());
  }
  artifact.manifest = Json({{"schemaVersion", 2},
                            {"mediaType", oci::kOciManifest},
                            {"config", DescriptorOf(kConfigMediaType, artifact.blobs[0])},
                            {"layers", layers}})
                          .dump();
  return artifact;
}

}  // namespace countersign::cosign
