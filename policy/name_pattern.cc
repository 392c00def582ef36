#include "policy/name_pattern.h"

#include <cstddef>

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "base/glob.h"
#include "base/printable.h"
#include "base/status_macros.h"
#include "oci/host_and_port.h"
#include "oci/registry_name.h"
#include "policy/docker_hub_path.h"
#include "policy/name_part.h"

namespace countersign::policy {
namespace {

using base::GlobMatches;

constexpr size_t kMaxPatternBytes = 4096;
constexpr size_t kImageIdDigits = 64;

absl::Status Refuse(std::string_view why) { return absl::InvalidArgumentError(why); }

absl::Status CheckWhole(std::string_view text) {
  if (text.empty()) return Refuse("the pattern is empty");
  if (text.size() > kMaxPatternBytes) {
    return Refuse(absl::StrCat("the pattern is longer than ", kMaxPatternBytes, " bytes"));
  }
  for (const char c : text) {
    if (absl::ascii_isspace(c)) return Refuse("the pattern contains white space");
  }
  if (absl::StrContains(text, "://")) {
    return Refuse(
        "the pattern contains a scheme: leave out what stands before the registry's host");
  }
  return absl::OkStatus();
}

// That `part` holds only characters that this part of a name can have: letters, digits and
// `others`.
absl::Status CheckCharacters(std::string_view part, std::string_view others,
                             std::string_view what) {
  for (const char c : part) {
    if (!absl::ascii_isalnum(c) && c != '*' && !absl::StrContains(others, c)) {
      return Refuse(absl::StrCat("the ", what, " contains '",
                                 base::Printable(std::string_view(&c, 1)), "', which no ", what,
                                 " has"));
    }
  }
  return absl::OkStatus();
}

absl::Status CheckHost(std::string_view host) {
  if (host.empty() || host.front() == ':') return Refuse("there is no host before the first \"/\"");
  if (host.back() == ':') return Refuse("there is no port after the host's \":\"");
  // The underscore is for short names, such as the `my_team` of `my_team/app`, and brackets are for
  // IPv6 addresses.
  return CheckCharacters(host, "-.:_[]", "host");
}

absl::Status CheckPath(std::string_view path) {
  if (path.empty()) {
    return Refuse("there is no path: write \"*\" after the \"/\" for every image of the registry");
  }
  CS_RETURN_IF_ERROR(CheckCharacters(path, "-._/", "path"));
  for (const char c : path) {
    if (absl::ascii_isupper(c))
      return Refuse("the path contains an upper-case letter, which no path has");
  }
  if (path.back() == '/')
    return Refuse("the path ends with \"/\": write \"/*\" for everything below it");
  for (std::string_view component : absl::StrSplit(path, '/')) {
    if (component.empty()) return Refuse("the path contains \"//\"");
    if (component == "." || component == "..") {
      return Refuse(absl::StrCat("the path contains the component \"", component,
                                 "\", which no image may have"));
    }
  }
  return absl::OkStatus();
}

absl::Status CheckTag(std::string_view tag) {
  if (tag.empty()) return Refuse("there is no tag after the \":\"");
  return CheckCharacters(tag, "-._", "tag");
}

absl::Status RefuseAsTooComplex() {
  return Refuse(
      "it is too complex: to find out whether it, and the patterns before it, can match anything "
      "takes more steps than all policies together may; write fewer '*'");
}

bool IsExceeded(const StepBudget* budget) { return budget != nullptr && budget->IsExceeded(); }

absl::Status CheckDigest(std::string_view digest, StepBudget* budget) {
  if (digest.empty()) return Refuse("there is no digest after the \"@\"");
  if (absl::StrContains(digest, '@')) return Refuse("the pattern contains more than one \"@\"");
  if (!CanMatch(digest, NamePart::kDigest, budget)) {
    if (IsExceeded(budget)) return RefuseAsTooComplex();
    return Refuse("the digest is not \"sha256:\" and 64 lower-case hex digits, or \"*\" for any");
  }
  return absl::OkStatus();
}

// The ID of an image, which is taken for no name.
bool IsImageId(std::string_view text) {
  return text.size() == kImageIdDigits &&
         text.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

// What follows the first `separator` in `text`, which is cut off there; nullopt if there is none.
std::optional<std::string> CutAfter(std::string& text, char separator) {
  const size_t at = text.find(separator);
  if (at == std::string::npos) return std::nullopt;
  std::string after = text.substr(at + 1);
  text.resize(at);
  return after;
}

std::string WithSingleStars(std::string_view text) {
  std::string result;
  for (const char c : text) {
    if (c != '*' || result.empty() || result.back() != '*') result += c;
  }
  return result;
}

// Whether the glob matches the host in one of its spellings, with and without the port 443.
bool GlobMatchesHost(std::string_view glob, std::string_view host) {
  host = oci::WithoutHttpsPort(host);
  if (GlobMatches(glob, host)) return true;
  return !oci::SplitHostAndPort(host).port.has_value() &&
         GlobMatches(glob, absl::StrCat(host, oci::kHttpsPort));
}

// The host of a pattern in the form that references have it in. One with a star has no such form,
// and one that no registry can have is left as it is: it matches nothing.
std::string InOneForm(std::string_view host) {
  std::string lower = absl::AsciiStrToLower(host);
  // Only addresses have several.
  if (!absl::StartsWith(lower, "[")) return lower;
  absl::StatusOr<std::string> name = oci::ParseRegistryName(lower);
  return name.ok() ? *std::move(name) : lower;
}

// Whether a registry can be named by this host of a pattern. A host without a star is a name, and
// held to all of what names are held to; of others the grammar alone is asked.
bool CanNameRegistry(std::string_view host, StepBudget* budget) {
  if (!CanMatch(host, NamePart::kRegistry, budget)) return false;
  return absl::StrContains(host, '*') || oci::ParseRegistryName(host).ok();
}

bool GlobMatchesDockerHub(std::string_view glob) {
  for (const std::string_view name : oci::kDockerHubNames) {
    if (GlobMatchesHost(glob, name)) return true;
  }
  return false;
}

}  // namespace

absl::StatusOr<NamePattern> NamePattern::Parse(std::string_view text, StepBudget* budget) {
  CS_RETURN_IF_ERROR(CheckWhole(text));
  NamePattern pattern;
  pattern.text_ = std::string(text);
  pattern.path_ = WithSingleStars(text);
  if (std::optional<std::string> after_host = CutAfter(pattern.path_, '/')) {
    pattern.host_ = InOneForm(pattern.path_);
    pattern.path_ = *std::move(after_host);
    CS_RETURN_IF_ERROR(CheckHost(*pattern.host_));
  }
  pattern.digest_ = CutAfter(pattern.path_, '@');
  if (pattern.digest_) CS_RETURN_IF_ERROR(CheckDigest(*pattern.digest_, budget));
  pattern.tag_ = CutAfter(pattern.path_, ':');
  if (pattern.tag_) CS_RETURN_IF_ERROR(CheckTag(*pattern.tag_));
  if (pattern.tag_ == "*") pattern.tag_ = std::nullopt;
  CS_RETURN_IF_ERROR(CheckPath(pattern.path_));
  return pattern;
}

absl::Status NamePattern::CheckCanMatch(StepBudget* budget) const {
  const absl::Status can_match = CheckParts(budget);
  return IsExceeded(budget) ? RefuseAsTooComplex() : can_match;
}

absl::Status NamePattern::CheckParts(StepBudget* budget) const {
  const bool any_host = !host_.has_value() || host_ == "*";
  if (!any_host && !CanNameRegistry(*host_, budget) && !CanMatch(*host_, NamePart::kUser, budget)) {
    return Refuse(absl::StrCat("no registry has a name like ", base::Quoted(*host_)));
  }
  if (!CanMatch(path_, NamePart::kPath, budget)) {
    return Refuse(
        absl::StrCat("no image has a path like ", base::Quoted(path_),
                     ": a path is at most 255 lower-case letters and digits, with \"/\", one '.', "
                     "one or two '_', or any number of '-' between"));
  }
  if (!host_.has_value() && IsImageId(path_)) {
    return Refuse("it is the ID of an image, which is not taken for a name");
  }
  if (tag_.has_value() && !CanMatch(*tag_, NamePart::kTag, budget)) {
    return Refuse(absl::StrCat(
        "no image has a tag like ", base::Quoted(*tag_),
        ": a tag begins with a letter, a digit or '_', and has at most 128 characters"));
  }
  return absl::OkStatus();
}

bool NamePattern::Matches(const oci::ImageReference& image) const {
  if (tag_.has_value() && !(image.tag().has_value() && GlobMatches(*tag_, *image.tag())))
    return false;
  if (digest_.has_value() &&
      !(image.digest().has_value() && GlobMatches(*digest_, image.digest()->ToString()))) {
    return false;
  }
  return MatchesRepository(image.repository());
}

bool NamePattern::MatchesRepository(const oci::Repository& repository) const {
  const std::string_view path = repository.path;
  if (!host_.has_value() && path_ == "*") return true;
  if (const std::optional<std::string> other_reading = LocalhostOnDockerHub(repository)) {
    if (host_.has_value() && MatchesOnDockerHub(*other_reading, *other_reading)) return true;
  }
  // With slashes on both sides, so that the star ends where a component does.
  if (host_ == "*") return GlobMatches(absl::StrCat("*/", path_), absl::StrCat("/", path));
  if (!oci::IsDockerHub(repository.registry)) {
    return host_.has_value() && GlobMatchesHost(*host_, repository.registry) &&
           GlobMatches(path_, path);
  }
  const std::optional<std::string_view> short_path = WithoutLibrary(path);
  return MatchesOnDockerHub(path, path) || (short_path && MatchesOnDockerHub(*short_path, path));
}

bool NamePattern::MatchesOnDockerHub(std::string_view name, std::string_view path) const {
  if (!host_.has_value()) return GlobMatches(path_, name) && MeansOnDockerHub(name, path);
  if (GlobMatches(path_, name) && GlobMatchesDockerHub(*host_)) return true;
  const size_t slash = name.find('/');
  return slash != std::string_view::npos && GlobMatches(*host_, name.substr(0, slash)) &&
         GlobMatches(path_, name.substr(slash + 1)) && MeansOnDockerHub(name, path);
}

}  // namespace countersign::policy
