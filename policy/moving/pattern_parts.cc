#include "policy/moving/pattern_parts.h"

#include <string_view>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "base/glob.h"
#include "oci/registry_name.h"

namespace countersign::policy {
namespace {

constexpr std::string_view kHub = "index.docker.io/";
constexpr std::string_view kHubLibrary = "index.docker.io/library/";
// What the stars of each part never stand for.
constexpr std::string_view kNotInHost = "/@";
constexpr std::string_view kNotInUser = "/.:@";
constexpr std::string_view kNotInPath = ":@";
constexpr std::string_view kNotInComponent = "/:@";
constexpr std::string_view kNotInTag = "/:@";

bool MatchesDockerHub(std::string_view host) {
  for (const std::string_view name : oci::kDockerHubNames) {
    if (base::GlobMatches(host, name) || base::GlobMatches(host, absl::StrCat(name, ":443"))) {
      return true;
    }
  }
  return false;
}

// Whether a host part can be the first component of a Docker Hub image's path.
bool CanBeUser(std::string_view host) {
  return host.find_first_of(".:[]") == std::string_view::npos && host != "localhost";
}

}  // namespace

PatternParts::PatternParts(const NamePattern& pattern)
    : host(pattern.host()), path(pattern.path()), tag(pattern.tag()), digest(pattern.digest()) {}

namespace {

// An expression of several parts, each with its own stars.
class Expression {
 public:
  Expression& Then(std::string_view text, std::string_view not_in_star = "") {
    parts_.push_back({std::string(text), not_in_star});
    return *this;
  }
  void AddTo(NameLanguage& language) const { language.Add(parts_); }

 private:
  std::vector<NameLanguage::Part> parts_;
};

// With each way in which a name can go on after the path.
void AddWithTails(const Expression& repository, const PatternParts& pattern,
                  NameLanguage& language) {
  const std::string digest = pattern.digest.value_or("*");
  const bool needs_digest = pattern.digest.has_value();
  const bool needs_tag = pattern.tag.has_value();
  const std::string tag = pattern.tag.value_or("*");
  const auto add = [&](bool has_tag, bool has_digest) {
    Expression expression = repository;
    if (has_tag) expression.Then(":").Then(tag, kNotInTag);
    if (has_digest) expression.Then("@").Then(digest, "@");
    expression.AddTo(language);
  };
  if (!needs_tag && !needs_digest) add(false, false);
  if (!needs_tag) add(false, true);
  if (!needs_digest) add(true, false);
  add(true, true);
}

}  // namespace

void AddFullNames(const PatternParts& pattern, NameLanguage& names) {
  Expression repository;
  if (pattern.IsAnything()) {
    repository.Then("*", "@").Then("/").Then("*", kNotInComponent);
  } else if (!pattern.host.has_value()) {
    return;
  } else if (*pattern.host == "*") {
    repository.Then("*", "@").Then("/").Then(pattern.path, kNotInPath);
  } else {
    repository.Then(*pattern.host, kNotInHost).Then("/").Then(pattern.path, kNotInPath);
  }
  AddWithTails(repository, pattern, names);
}

void AddShortNames(const PatternParts& pattern, NameLanguage& names) {
  Expression repository;
  if (pattern.host.has_value()) repository.Then(*pattern.host, kNotInComponent).Then("/");
  // The star of `*/img` stands for nothing, too.
  if (pattern.host == "*") {
    AddWithTails(Expression().Then(pattern.path, kNotInPath), pattern, names);
    repository = Expression().Then("*", kNotInPath).Then("/");
  }
  AddWithTails(repository.Then(pattern.path, kNotInPath), pattern, names);
}

namespace {

// Where what a pattern matches is, in canonical names: each an expression, and its glob.
struct Place {
  Expression names;
  std::string glob;
};

std::string Doubled(std::string_view path) { return absl::StrReplaceAll(path, {{"*", "**"}}); }

std::vector<Place> PlacesOf(const PatternParts& pattern) {
  const std::string& path = pattern.path;
  const std::string everywhere = Doubled(path);
  if (pattern.IsAnything()) return {{Expression().Then("*", "@"), "**"}};
  if (pattern.host == "*") {
    return {{Expression().Then("*", "@").Then("/").Then(path, kNotInPath),
             absl::StrCat("**/", everywhere)}};
  }
  std::vector<Place> places;
  if (!pattern.host.has_value() || MatchesDockerHub(*pattern.host)) {
    places.push_back(
        {Expression().Then(kHub).Then(path, kNotInPath), absl::StrCat(kHub, everywhere)});
    places.push_back({Expression().Then(kHubLibrary).Then(path, kNotInComponent),
                      absl::StrCat(kHubLibrary, path)});
  }
  if (!pattern.host.has_value()) return places;
  if (CanBeUser(*pattern.host)) {
    places.push_back(
        {Expression().Then(kHub).Then(*pattern.host, kNotInUser).Then("/").Then(path, kNotInPath),
         absl::StrCat(kHub, *pattern.host, "/", everywhere)});
  }
  // What has no '.' or ':' is no registry by itself.
  if (!CanBeUser(*pattern.host) || absl::StrContains(*pattern.host, '*')) {
    places.push_back({Expression().Then(*pattern.host, kNotInHost).Then("/").Then(path, kNotInPath),
                      absl::StrCat(*pattern.host, "/", everywhere)});
  }
  return places;
}

}  // namespace

NameLanguage CanonicalNamesOf(const PatternParts& pattern) {
  NameLanguage names;
  for (Place& place : PlacesOf(pattern)) place.names.Then("@").Then("*", "@").AddTo(names);
  return names;
}

std::vector<std::string> CanonicalGlobsOf(const PatternParts& pattern) {
  std::vector<std::string> globs;
  for (const Place& place : PlacesOf(pattern)) {
    const bool has_all = absl::EndsWith(place.glob, "**");
    globs.push_back(has_all ? place.glob : absl::StrCat(place.glob, "@**"));
  }
  return globs;
}

}  // namespace countersign::policy
