#include "verifier/evidence/test_referrers.h"

#include <algorithm>
#include <utility>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "cosign/dsse.h"
#include "cosign/signature_layer.h"
#include "cosign/statement.h"
#include "oci/descriptor.h"
#include "oci/index.h"

namespace countersign::verifier {
namespace {

using base::Json;

std::string Index(const Json& entries) {
  return Json({{"schemaVersion", 2}, {"mediaType", oci::kOciIndex}, {"manifests", entries}}).dump();
}

Json Envelope(const cosign::TestSigner& signer, const oci::Digest& image,
              std::string_view predicate_type) {
  const Json statement = {
      {"_type", "https://in-toto.io/Statement/v1"},
      {"subject", Json::array({{{"name", ""}, {"digest", {{"sha256", image.hex()}}}}})},
      {"predicateType", predicate_type},
      {"predicate", Json::object()}};
  const std::string payload = statement.dump();
  const std::string signature =
      signer.key().Sign(cosign::PreAuthenticationEncoding(cosign::kInTotoPayloadType, payload));
  return {{"payload", absl::Base64Escape(payload)},
          {"payloadType", cosign::kInTotoPayloadType},
          {"signatures", Json::array({{{"sig", absl::Base64Escape(signature)}}})}};
}

}  // namespace

std::string TestBundle(const cosign::TestSigner& signer, const oci::Digest& image) {
  const Json bundle = {{"mediaType", kTestBundleType},
                       {"verificationMaterial", {{"publicKey", {{"hint", "a key"}}}}},
                       {"dsseEnvelope", Envelope(signer, image, cosign::kSignaturePredicateType)}};
  return bundle.dump();
}

std::string TestEnvelope(const cosign::TestSigner& signer, const oci::Digest& image,
                         std::string_view predicate_type) {
  return Envelope(signer, image, predicate_type).dump();
}

std::string PushEnvelopes(registry::FakeRegistry& registry, const oci::Repository& repository,
                          const std::vector<std::string>& envelopes) {
  Json layers = Json::array();
  for (const std::string& envelope : envelopes) {
    layers.push_back({{"mediaType", cosign::kEnvelopeMediaType},
                      {"digest", registry.PutBlob(repository, envelope).ToString()},
                      {"size", envelope.size()},
                      {"annotations", {{std::string(cosign::kSignatureAnnotation), ""}}}});
  }
  return Json({{"schemaVersion", 2}, {"mediaType", oci::kOciManifest}, {"layers", layers}}).dump();
}

TestReferrers::TestReferrers(registry::FakeRegistry* registry, oci::Repository repository,
                             oci::Digest image)
    : registry_(registry), repository_(std::move(repository)), image_(std::move(image)) {}

oci::Digest TestReferrers::AddBlob(const std::string& blob, std::string_view layer_type,
                                   std::string_view artifact_type) {
  const oci::Digest digest = registry_->PutBlob(repository_, blob);
  const Json layer = {
      {"mediaType", layer_type}, {"digest", digest.ToString()}, {"size", blob.size()}};
  const Json manifest = {{"schemaVersion", 2},
                         {"mediaType", oci::kOciManifest},
                         {"artifactType", artifact_type},
                         {"layers", Json::array({layer})}};
  return AddManifest(manifest.dump(), artifact_type);
}

oci::Digest TestReferrers::AddSignatures(const std::vector<cosign::ItemPtr>& signatures) {
  const cosign::SignatureArtifact artifact = cosign::SignatureManifest(signatures);
  for (const std::string& blob : artifact.blobs) registry_->PutBlob(repository_, blob);
  return AddManifest(artifact.manifest, "application/vnd.dev.cosign.artifact.sig.v1+json");
}

oci::Digest TestReferrers::AddAttestations(const std::vector<std::string>& envelopes) {
  return AddManifest(PushEnvelopes(*registry_, repository_, envelopes),
                     "application/vnd.in-toto+json");
}

oci::Digest TestReferrers::AddManifest(const std::string& manifest,
                                       std::string_view artifact_type) {
  oci::Digest digest = registry_->PutManifest(repository_, "", manifest);
  Json entry = {
      {"mediaType", oci::kOciManifest}, {"digest", digest.ToString()}, {"size", manifest.size()}};
  if (!artifact_type.empty()) entry["artifactType"] = artifact_type;
  AddEntry(std::move(entry));
  return digest;
}

void TestReferrers::AddEntry(Json entry) { entries_.push_back(std::move(entry)); }

void TestReferrers::ListByApi(size_t entries_per_page) {
  std::vector<std::string> pages;
  for (size_t begin = 0; begin == 0 || begin < entries_.size(); begin += entries_per_page) {
    Json page = Json::array();
    const size_t end = std::min(entries_.size(), begin + entries_per_page);
    for (size_t i = begin; i < end; ++i) page.push_back(entries_[i]);
    pages.push_back(Index(page));
  }
  registry_->SetReferrers(repository_, image_, std::move(pages));
}

void TestReferrers::ListByTag() {
  registry_->PutManifest(repository_, oci::ReferrersTag(image_), Index(entries_));
}

}  // namespace countersign::verifier
