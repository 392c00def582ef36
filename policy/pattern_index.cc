#include "policy/pattern_index.h"

#include <algorithm>
#include <optional>
#include <string_view>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "oci/host_and_port.h"
#include "oci/registry_name.h"
#include "policy/docker_hub_path.h"

namespace countersign::policy {
namespace {

std::string_view FirstComponent(std::string_view path) { return path.substr(0, path.find('/')); }

std::string_view AfterFirstComponent(std::string_view path) {
  const size_t slash = path.find('/');
  return slash == std::string_view::npos ? "" : path.substr(slash + 1);
}

bool HasStar(std::string_view text) { return absl::StrContains(text, '*'); }

// One name for all that a host may be written as: Docker Hub has several, and the port of https://
// may be left out.
std::string_view Host(std::string_view host) {
  if (oci::IsDockerHub(host)) return oci::kDockerHub;
  return oci::WithoutHttpsPort(host);
}

std::string Heading(std::string_view host, std::string_view component) {
  return absl::StrCat(host, "/", component);
}

// The headings under which a pattern that matches the repository may be found. What matches on Docker Hub
// may have been written without a host or without `library/`, and then its first component stands
// where others have their host.
std::vector<std::string> HeadingsOf(const oci::Repository& repository) {
  const std::string_view host = Host(repository.registry);
  const std::string_view first = FirstComponent(repository.path);
  std::vector<std::string> headings = {Heading(host, ""), Heading(host, first)};
  if (host == oci::kDockerHub) {
    const std::string_view second = FirstComponent(AfterFirstComponent(repository.path));
    headings.insert(headings.end(),
                    {Heading(host, second), Heading(first, ""), Heading(first, second)});
  }
  if (const std::optional<std::string> path = LocalhostOnDockerHub(repository)) {
    headings.insert(headings.end(), {Heading(oci::kDockerHub, ""),
                                     Heading(oci::kDockerHub, FirstComponent(*path))});
  }
  return headings;
}

}  // namespace

void PatternIndex::Add(const NamePattern& pattern, size_t number) {
  const std::string_view first = FirstComponent(pattern.path());
  // Without a host it matches names on Docker Hub, of a single component; `*` matches every image.
  const std::string_view host = pattern.host() ? Host(*pattern.host()) : oci::kDockerHub;
  if (HasStar(host) || (!pattern.host() && HasStar(first))) {
    anywhere_.push_back(number);
  } else {
    by_heading_[Heading(host, HasStar(first) ? "" : first)].push_back(number);
  }
}

std::vector<size_t> PatternIndex::MayMatch(const oci::Repository& repository) const {
  std::vector<size_t> found = anywhere_;
  for (const std::string& heading : HeadingsOf(repository)) {
    const auto at = by_heading_.find(heading);
    if (at != by_heading_.end()) found.insert(found.end(), at->second.begin(), at->second.end());
  }
  std::sort(found.begin(), found.end());
  found.erase(std::unique(found.begin(), found.end()), found.end());
  return found;
}

}  // namespace countersign::policy
