#include "cosign/derived_payload.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "oci/host_and_port.h"
#include "oci/registry_name.h"

namespace countersign::cosign {

std::string DerivePayload(std::string_view docker_reference, const oci::Digest& image) {
  // The members in the order of cosign's structs, without spaces, as encoding/json of Go writes them.
  return absl::StrCat(R"({"critical":{"identity":{"docker-reference":")", docker_reference,
                      R"("},"image":{"docker-manifest-digest":")", image.ToString(),
                      R"("},"type":"cosign container image signature"},"optional":null})");
}

std::vector<std::string> DockerReferences(const oci::Repository& repository) {
  std::vector<std::string> names;
  const std::string_view host = oci::WithoutHttpsPort(repository.registry);
  if (oci::IsDockerHub(host)) {
    for (const std::string_view name : oci::kDockerHubNames) {
      names.push_back(absl::StrCat(name, "/", repository.path));
    }
    return names;
  }
  names.push_back(repository.ToString());
  if (host != repository.registry) {
    names.push_back(absl::StrCat(host, "/", repository.path));
  } else if (!oci::SplitHostAndPort(host).port.has_value()) {
    names.push_back(absl::StrCat(host, oci::kHttpsPort, "/", repository.path));
  }
  return names;
}

DerivedPayloads::DerivedPayloads(absl::Span<const oci::Repository* const> repositories,
                                 const oci::Digest& image) {
  for (const oci::Repository* const repository : repositories) {
    for (const std::string& name : DockerReferences(*repository)) {
      std::string bytes = DerivePayload(name, image);
      oci::Digest digest = oci::Digest::Of(bytes);
      bytes_of_.try_emplace(std::move(digest), std::move(bytes));
    }
  }
}

std::shared_ptr<const Payload> DerivedPayloads::Find(const oci::Digest& layer) const {
  const auto found = bytes_of_.find(layer);
  return found == bytes_of_.end() ? nullptr : Payload::Of(found->second);
}

}  // namespace countersign::cosign
