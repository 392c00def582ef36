#include "verifier/evidence/test_evidence.h"

#include <cstddef>
#include <utility>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "base/json.h"
#include "cosign/bundle.h"
#include "cosign/signature_layer.h"
#include "cosign/statement.h"
#include "cosign/test_attestation.h"
#include "cosign/test_signer.h"
#include "cosign/test_sigstore_json.h"
#include "oci/descriptor.h"

namespace countersign::verifier {
namespace {

using base::Json;

constexpr char kSimpleSigning[] = "application/vnd.dev.cosign.simplesigning.v1+json";
constexpr char kEnvelope[] = "application/vnd.dsse.envelope.v1+json";
constexpr char kPredicateTypeOfBundle[] = "dev.sigstore.bundle.predicateType";

}  // namespace

TestEvidence::TestEvidence(registry::FakeRegistry* registry, oci::Repository repository,
                           oci::Digest image, TestListing listing, std::string_view tag_prefix)
    : registry_(registry),
      repository_(std::move(repository)),
      listing_(listing),
      subject_(image),
      signatures_{.tag = absl::StrCat(tag_prefix, "sha256-", image.hex(), ".sig"),
                  .artifact_type = "application/vnd.dev.cosign.artifact.sig.v1+json"},
      attestations_{.tag = absl::StrCat(tag_prefix, "sha256-", image.hex(), ".att"),
                    .artifact_type = "application/vnd.in-toto+json"},
      referrers_(registry, repository_, image) {}

void TestEvidence::Sign(cosign::TestSigstore& sigstore, cosign::TestSigning signing,
                        TestStorage storage) {
  if (storage == TestStorage::kReferringBundles) {
    signing.envelope = cosign::TestAttestedEnvelope(subject_, cosign::kSignaturePredicateType);
    AddBundle(sigstore, signing, cosign::kSignaturePredicateType);
  } else {
    signing.message = cosign::TestSigner::Payload(subject_);
    AddLayer(SignatureLayer(sigstore, signing), signatures_, storage);
  }
}

void TestEvidence::Attest(cosign::TestSigstore& sigstore, cosign::TestSigning signing,
                          std::string_view type, TestStorage storage,
                          const std::optional<std::string>& said_type) {
  signing.envelope = cosign::TestAttestedEnvelope(subject_, type);
  const std::string said = said_type.value_or(std::string(type));
  if (storage == TestStorage::kReferringBundles) {
    AddBundle(sigstore, signing, said);
  } else {
    AddLayer(AttestationLayer(sigstore, signing, said), attestations_, storage);
  }
}

void TestEvidence::AddForeign() {
  referrers_.AddBlob("an SBOM", "application/spdx+json", "application/spdx+json");
  referrers_.AddBlob("a signature of Notation", "application/jose+json",
                     "application/vnd.cncf.notary.signature");
  referrers_.AddBlob("no bundle");
  referrers_.AddManifest(R"({"schemaVersion":2,"layers":[]})", "");
  referrers_.AddEntry({{"mediaType", oci::kOciManifest},
                       {"digest", oci::Digest::Of("nowhere").ToString()},
                       {"size", 7}});
  List();
}

std::string TestEvidence::WriteManifest(const std::vector<Layer>& layers,
                                        std::string_view artifact_type,
                                        std::string_view said_type) {
  Json list = Json::array();
  for (const Layer& layer : layers) {
    Json described = {{"mediaType", layer.media_type},
                      {"digest", oci::Digest::Of(layer.blob).ToString()},
                      {"size", layer.blob.size()}};
    if (!layer.annotations.empty()) described["annotations"] = layer.annotations;
    list.push_back(std::move(described));
  }
  Json manifest = {{"schemaVersion", 2},
                   {"mediaType", oci::kOciManifest},
                   {"artifactType", artifact_type},
                   {"layers", std::move(list)}};
  if (!said_type.empty()) manifest["annotations"][kPredicateTypeOfBundle] = said_type;
  return manifest.dump();
}

TestEvidence::Layer TestEvidence::SignatureLayer(cosign::TestSigstore& sigstore,
                                                 const cosign::TestSigning& signing) {
  const cosign::Bundle made = sigstore.Sign(signing);
  Layer layer = {.media_type = kSimpleSigning,
                 .blob = *signing.message,
                 .annotations = cosign::TestLayerAnnotations(made)};
  layer.annotations[std::string(cosign::kSignatureAnnotation)] = absl::Base64Escape(made.signature);
  return layer;
}

TestEvidence::Layer TestEvidence::AttestationLayer(cosign::TestSigstore& sigstore,
                                                   const cosign::TestSigning& signing,
                                                   std::string_view said_type) {
  cosign::TestAttestation made = cosign::Attest(sigstore, signing);
  Layer layer = {.media_type = kEnvelope,
                 .blob = std::move(made.blob),
                 .annotations = std::move(made.annotations)};
  layer.annotations["predicateType"] = said_type;
  return layer;
}

void TestEvidence::AddLayer(const Layer& layer, Kind& kind, TestStorage storage) {
  registry_->PutBlob(repository_, layer.blob);
  const std::vector<Layer> layers(copies_, layer);
  if (storage == TestStorage::kTag) {
    kind.under_tag.insert(kind.under_tag.end(), layers.begin(), layers.end());
    registry_->PutManifest(repository_, kind.tag,
                           WriteManifest(kind.under_tag, kind.artifact_type));
  } else {
    referrers_.AddManifest(WriteManifest(layers, kind.artifact_type), kind.artifact_type);
    List();
  }
}

void TestEvidence::AddBundle(cosign::TestSigstore& sigstore, const cosign::TestSigning& signing,
                             std::string_view said_type) {
  const Layer layer = {.media_type = kTestBundleType,
                       .blob = cosign::TestBundleJson(sigstore.Sign(signing)).dump()};
  registry_->PutBlob(repository_, layer.blob);
  const std::string manifest = WriteManifest({layer}, kTestBundleType, said_type);
  for (size_t i = 0; i < copies_; ++i) referrers_.AddManifest(manifest, kTestBundleType);
  List();
}

void TestEvidence::List() {
  switch (listing_) {
    case TestListing::kApi:
      referrers_.ListByApi();
      break;
    case TestListing::kTag:
      referrers_.ListByTag();
      break;
  }
}

}  // namespace countersign::verifier
