#include "policy/image_names.h"

#include <algorithm>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "oci/host_and_port.h"
#include "oci/registry_name.h"
#include "policy/docker_hub_path.h"

namespace countersign::policy {
namespace {

constexpr std::string_view kDockerHubHosts[] = {oci::kDockerHub, oci::kDockerHubShortName};

void AddDockerHubBases(std::string_view path, std::vector<std::string>& bases) {
  for (const std::string_view host : kDockerHubHosts)
    bases.push_back(absl::StrCat(host, "/", path));
  if (MeansOnDockerHub(path, path)) bases.push_back(std::string(path));
  const std::optional<std::string_view> short_path = WithoutLibrary(path);
  if (!short_path.has_value()) return;
  for (const std::string_view host : kDockerHubHosts) {
    bases.push_back(absl::StrCat(host, "/", *short_path));
  }
  if (MeansOnDockerHub(*short_path, path)) bases.push_back(std::string(*short_path));
}

// The names without tag and digest; some may be there twice.
std::vector<std::string> BasesOf(const oci::Repository& repository) {
  std::vector<std::string> bases = {
      repository.ToString(),
      absl::StrCat(oci::WithoutHttpsPort(repository.registry), "/", repository.path)};
  if (oci::IsDockerHub(repository.registry)) AddDockerHubBases(repository.path, bases);
  if (const std::optional<std::string> path = LocalhostOnDockerHub(repository)) {
    for (const std::string_view host : kDockerHubHosts) {
      bases.push_back(absl::StrCat(host, "/", *path));
    }
  }
  return bases;
}

void AddOnce(ImageName name, std::vector<ImageName>& names) {
  const bool is_there = std::any_of(names.begin(), names.end(), [&name](const ImageName& other) {
    return other.text == name.text;
  });
  if (!is_there) names.push_back(std::move(name));
}

}  // namespace

std::vector<ImageName> NamesOf(const oci::ImageReference& image) {
  const bool has_both = image.tag().has_value() && image.digest().has_value();
  const std::string tag = image.tag() ? absl::StrCat(":", *image.tag()) : "";
  const std::string digest = image.digest() ? absl::StrCat("@", image.digest()->ToString()) : "";
  std::vector<ImageName> names;
  for (const std::string& base : BasesOf(image.repository())) {
    AddOnce({base, false}, names);
    AddOnce({base + tag, has_both}, names);
    AddOnce({base + digest, false}, names);
    AddOnce({absl::StrCat(base, tag, digest), has_both}, names);
  }
  AddOnce({image.text(), has_both}, names);
  return names;
}

std::vector<ImageName> NamesWithDigest(const oci::ImageReference& image,
                                       const std::optional<oci::Digest>& digest) {
  static const oci::Digest* const kSome = new oci::Digest(oci::Digest::Of(""));
  const std::string at =
      absl::StrCat("@", digest.has_value() ? digest->ToString() : std::string(kUnknownDigest));
  const std::string tag = image.tag() ? absl::StrCat(":", *image.tag()) : "";
  std::vector<ImageName> names;
  for (const std::string& base : BasesOf(image.repository())) {
    AddOnce({base + at, false}, names);
    AddOnce({absl::StrCat(base, tag, at), false}, names);
  }
  const std::string pinned = image.PinnedTo(*kSome);
  AddOnce({absl::StrCat(pinned.substr(0, pinned.rfind('@')), at), false}, names);
  return names;
}

}  // namespace countersign::policy
