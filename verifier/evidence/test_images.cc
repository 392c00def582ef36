#include "verifier/evidence/test_images.h"

#include <cstddef>
#include <utility>

#include "base/file.h"
#include "base/json.h"
#include "oci/image_reference.h"

namespace countersign::verifier {
namespace {

using base::Json;

MadeEvidence ReadEvidence(const Json& json) {
  MadeEvidence evidence = {
      .made_by = json.value("made_by", ""),
      .form = json.value("form", ""),
      .key = json.value("key", ""),
      .certified_key = json.value("certified_key", ""),
      .trust = json.value("trust", ""),
      .witnesses = {.log_entries = json.value("log_entries", size_t{0}),
                    .timestamps = json.value("timestamps", size_t{0}),
                    .certificate_timestamps = json.value("certificate_timestamps", size_t{0})},
      .log_indexes = json.value("log_indexes", std::vector<uint64_t>()),
      .predicate_type = json.value("predicate_type", ""),
      .cosign_refuses = json.value("cosign_refuses", "")};
  if (const Json* identity = base::FindMember(json, "identity")) {
    evidence.identity.issuer = identity->value("issuer", "");
    evidence.identity.subject = identity->value("subject", "");
    evidence.extensions = identity->value("extensions", std::map<std::string, std::string>());
  }
  return evidence;
}

void PutContents(registry::FakeRegistry* registry, const oci::Repository& repository,
                 const oci::Digest& image, const Json& json) {
  std::map<std::string, std::vector<std::string>> tags_of;
  for (const auto& [tag, digest] : json.at("tags").items()) {
    tags_of[digest.get<std::string>()].push_back(tag);
  }
  for (const Json& manifest : json.at("manifests")) {
    const auto text = manifest.get<std::string>();
    const oci::Digest digest = registry->PutManifest(repository, "", text);
    for (const std::string& tag : tags_of[digest.ToString()]) {
      registry->PutManifest(repository, tag, text);
    }
  }
  for (const Json& blob : json.at("blobs")) {
    registry->PutBlob(repository, blob.get<std::string>());
  }
  if (json.value("api", false)) {
    registry->SetReferrers(repository, image, {json.at("referrers").get<std::string>()});
  }
}

}  // namespace

std::vector<MadeImage> PutMadeImages(registry::FakeRegistry* registry) {
  const Json json =
      base::ParseJson(base::LoadFile("testdata/sigstore/images.json").value()).value();
  std::vector<MadeImage> images;
  for (const Json& image : json) {
    const auto name = image.at("name").get<std::string>();
    const oci::Digest digest = oci::Digest::Parse(image.at("image").get<std::string>()).value();
    PutContents(registry, {std::string(kMadeRegistry), name}, digest, image);
    std::vector<MadeEvidence> evidence;
    for (const Json& piece : image.at("evidence")) evidence.push_back(ReadEvidence(piece));
    images.push_back({.name = name,
                      .digest = digest,
                      .has_referrers_api = image.value("api", false),
                      .evidence = std::move(evidence)});
  }
  return images;
}

}  // namespace countersign::verifier
