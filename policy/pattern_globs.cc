#include "policy/pattern_globs.h"

#include <algorithm>
#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "base/glob.h"
#include "oci/host_and_port.h"
#include "oci/registry_name.h"
#include "policy/image_glob.h"

namespace countersign::policy {
namespace {

using base::GlobMatches;

constexpr std::string_view kReachesIntoTag =
    "a star before more of the name's last component, or of its tag, also reaches over the \":\" "
    "of a "
    "tag and the \"@\" of a digest, so that the globs select images, too, whose tag or digest goes "
    "on "
    "like that";
constexpr std::string_view kTakesLongNames =
    "the globs select also images of Docker Hub whose path begins like the name of a registry "
    "(docker.io/registry.corp/img)";
constexpr std::string_view kTakesPorts =
    "the globs select also registries with other ports than 443, as the star may stand for a port";
constexpr std::string_view kNamesIpv6 = "it names an IPv6 address, which no glob can";
constexpr std::string_view kIsTooLong = "it would be too long as a glob";

bool HasStar(std::string_view text) { return absl::StrContains(text, '*'); }
bool EndsWithStar(std::string_view text) { return absl::EndsWith(text, "*"); }

void AddOnce(std::string text, std::vector<std::string>& texts) {
  if (std::find(texts.begin(), texts.end(), text) == texts.end()) texts.push_back(std::move(text));
}

bool HasOnly(std::string_view text, std::string_view characters) {
  return text.find_first_not_of(characters) == std::string_view::npos;
}

// Whether the tag part may match the digits of a digest, in whose name a ':' stands before them.
bool MayBeDigits(std::string_view tag) {
  constexpr size_t kDigits = 64;
  const size_t literals = tag.size() - std::count(tag.begin(), tag.end(), '*');
  return HasOnly(tag, "0123456789abcdef*") &&
         (HasStar(tag) ? literals <= kDigits : literals == kDigits);
}

// Whether the tag part may match a tag that it does not, as long as a digest follows. One whose only
// star is at its end matches any such tag by itself.
bool MayReachIntoDigest(std::string_view tag) {
  const size_t last = tag.rfind('*');
  if (last == std::string_view::npos) return false;
  if (last + 1 < tag.size()) return HasOnly(tag.substr(last + 1), "0123456789abcdef");
  const std::string_view before = tag.substr(0, last);
  const size_t star = before.rfind('*');
  // What stands between the last two stars must lie within "@sha256:" and its digits.
  return star != std::string_view::npos && HasOnly(before.substr(star + 1), "0123456789abcdefsh");
}

// Whether a star of the path may be followed by more of the last component.
bool HasInnerStar(std::string_view component) {
  const size_t star = component.find('*');
  return star != std::string_view::npos && star + 1 < component.size();
}

// Whether the globs match names by a star that takes the end of one part and the beginning of the next.
bool ReachesIntoTag(const NamePattern& pattern) {
  const std::string_view last =
      std::string_view(pattern.path()).substr(pattern.path().rfind('/') + 1);
  if (!pattern.tag().has_value()) return HasInnerStar(last);
  if (pattern.digest().has_value()) return false;  // there is one '@', and one ':' before it
  return (HasStar(last) && MayBeDigits(*pattern.tag())) || MayReachIntoDigest(*pattern.tag());
}

// A name of Docker Hub's that the host part matches, with the port 443 or without.
bool MatchesDockerHub(std::string_view host) {
  for (const std::string_view name : oci::kDockerHubNames) {
    if (GlobMatches(host, name) || GlobMatches(host, absl::StrCat(name, oci::kHttpsPort))) {
      return true;
    }
  }
  return false;
}

// Adds the host parts that match what `host` matches when ":443" is put after it, for names of images
// have no such port: what remains of it before each of its ends that match the port.
void AddWithoutHttpsPort(std::string_view host, std::vector<std::string>& hosts,
                         std::vector<std::string_view>& notes) {
  constexpr size_t kMostBytes = 2 * oci::kHttpsPort.size() + 1;  // a star around each character
  for (size_t i = host.size() - std::min(host.size(), kMostBytes); i < host.size(); ++i) {
    if (!GlobMatches(host.substr(i), oci::kHttpsPort)) continue;
    // A star there may stand for more than the port's characters.
    const std::string_view before = host.substr(0, host[i] == '*' ? i + 1 : i);
    if (before.empty() || before == host) continue;
    AddOnce(std::string(before), hosts);
    if (EndsWithStar(before)) notes.push_back(kTakesPorts);
  }
}

// The host parts of the globs, for a pattern that has one that is more than a star.
std::vector<std::string> HostsOf(std::string_view host, std::vector<std::string_view>& notes) {
  if (!HasStar(host)) {
    if (MatchesDockerHub(host)) return {std::string(oci::kDockerHub)};
    return {std::string(oci::WithoutHttpsPort(host))};
  }
  std::vector<std::string> hosts = {std::string(host)};
  AddWithoutHttpsPort(host, hosts, notes);
  // Images have but two of the names of Docker Hub.
  if (MatchesDockerHub(host) && !GlobMatches(host, oci::kDockerHub) &&
      !GlobMatches(host, oci::kDockerHubShortName)) {
    AddOnce(std::string(oci::kDockerHub), hosts);
  }
  return hosts;
}

// What stands before the path, with its "/".
std::vector<std::string> HeadsOf(const NamePattern& pattern, std::vector<std::string_view>& notes) {
  if (pattern.host() == "*") return {"**/"};
  if (pattern.host().has_value()) {
    std::vector<std::string> heads = HostsOf(*pattern.host(), notes);
    for (std::string& head : heads) head += '/';
    return heads;
  }
  if (pattern.path() == "*" || !HasStar(pattern.path())) return {""};
  // Only the short names of Docker Hub's images. But as a glob a short name would match the hosts of
  // registries, too.
  notes.push_back(kTakesLongNames);
  return {absl::StrCat(oci::kDockerHub, "/")};
}

// What stands after the path.
std::vector<std::string> TailsOf(const NamePattern& pattern) {
  const std::string tag = pattern.tag() ? absl::StrCat(":", *pattern.tag()) : "";
  const std::string digest = pattern.digest() ? absl::StrCat("@", *pattern.digest()) : "";
  if (!tag.empty() || !digest.empty()) return {tag + digest};
  if (EndsWithStar(pattern.path())) return {""};
  const std::string_view stars = pattern.host().has_value() ? "**" : "*";
  // The first would do for the names that images have here. The others match what the Policy
  // Controller, which knows no bare names, compares.
  if (ReachesIntoTag(pattern)) return {"", absl::StrCat("@", stars)};
  return {"", absl::StrCat(":", stars), absl::StrCat("@", stars)};
}

}  // namespace

PatternGlobs GlobsOf(const NamePattern& pattern) {
  if (pattern.host().has_value() && pattern.host()->find_first_of("[]") != std::string::npos) {
    return {.note = std::string(kNamesIpv6)};
  }
  PatternGlobs result;
  std::vector<std::string_view> notes;
  const std::string path = absl::StrReplaceAll(pattern.path(), {{"*", "**"}});
  for (const std::string& head : HeadsOf(pattern, notes)) {
    for (const std::string& tail : TailsOf(pattern)) {
      std::string glob = absl::StrCat(head, path, tail);
      if (glob.size() > ImageGlob::kMaxBytes) return {.note = std::string(kIsTooLong)};
      result.globs.push_back(std::move(glob));
    }
  }
  if (ReachesIntoTag(pattern)) notes.push_back(kReachesIntoTag);
  notes.erase(std::unique(notes.begin(), notes.end()), notes.end());
  result.note = absl::StrJoin(notes, "; ");
  return result;
}

PatternGlobs GlobsOf(std::string_view pattern) {
  const absl::StatusOr<NamePattern> parsed = NamePattern::Parse(pattern);
  if (!parsed.ok()) return {.note = std::string(parsed.status().message())};
  return GlobsOf(*parsed);
}

}  // namespace countersign::policy
