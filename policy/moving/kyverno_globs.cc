#include "policy/moving/kyverno_globs.h"

#include <cstddef>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "policy/image_glob.h"

namespace countersign::policy {
namespace {

constexpr std::string_view kHub = "docker.io/";
constexpr std::string_view kLocal = "localhost/";
constexpr auto kNowhere = std::string_view::npos;

// With a star in place of what no glob can say, and no star next to another.
struct Stars {
  std::string text;
  bool is_wider = false;

  void Add(char c) {
    if (c != '*' || text.empty() || text.back() != '*') text += c;
  }
};

Stars StarsOf(std::string_view pattern) {
  Stars stars;
  for (size_t i = 0; i < pattern.size(); ++i) {
    const char c = pattern[i];
    const bool is_said = absl::ascii_isalnum(static_cast<unsigned char>(c)) ||
                         std::string_view("-_:/.@*").find(c) != kNowhere;
    stars.is_wider = stars.is_wider || !is_said;
    stars.Add(is_said ? c : '*');
    if (pattern.substr(i, 2) != "{{") continue;
    const size_t end = pattern.find("}}", i);
    i = end == kNowhere ? pattern.size() : end + 1;
  }
  return stars;
}

std::string Doubled(std::string_view text) { return absl::StrReplaceAll(text, {{"*", "**"}}); }

KyvernoGlobs ForCountersign(const Stars& stars) {
  return {{Doubled(stars.text)}, stars.is_wider ? "selects more: no glob says this pattern" : ""};
}

// A glob of canonical names for one of the names that Kyverno has.
KyvernoGlobs Canonical(std::string_view text) {
  if (const size_t at = text.find('@'); at != kNowhere) {
    return {{Doubled(text)}, "selects images that are written with a tag, too"};
  }
  const size_t slash = text.rfind('/');
  const size_t colon = text.find(':', slash == kNowhere ? 0 : slash);
  if (colon != kNowhere) {
    const std::string_view tag = text.substr(colon + 1);
    // Without a slash the colon may be that of a port.
    const bool may_be_port = slash == kNowhere && tag.find('*') != kNowhere;
    return {{absl::StrCat(Doubled(text.substr(0, colon)), may_be_port ? "**" : "@**")},
            tag == "*" && !may_be_port
                ? "selects images that are written with a digest, too"
                : "selects every tag and digest: the Policy Controller sees no tags"};
  }
  if (text.ends_with('*')) return {{Doubled(text)}, ""};
  const size_t star = text.rfind('*');
  if (star == kNowhere || (slash != kNowhere && slash > star)) {
    return {{absl::StrCat(Doubled(text), "@**")},
            "selects its images, where Kyverno finds none without a tag or a digest"};
  }
  return {{Doubled(text.substr(0, star + 1))},
          "selects all that goes on in another way after its last star, as that may be in a tag"};
}

// The globs for the hosts that the Policy Controller calls otherwise.
std::vector<std::string> Hosts(const std::string& glob) {
  const size_t star = glob.find('*');
  const std::string_view begin = std::string_view(glob).substr(0, star);
  if (begin.starts_with(kHub)) {
    const std::string rest = glob.substr(kHub.size());
    std::vector<std::string> globs = {absl::StrCat("index.docker.io/", rest)};
    if (!rest.starts_with('*') && begin.find('/', kHub.size()) == kNowhere) {
      globs.push_back(absl::StrCat("index.docker.io/library/", rest));
    }
    return globs;
  }
  if (begin.starts_with(kLocal)) return {glob, absl::StrCat("index.docker.io/", glob)};
  std::vector<std::string> globs = {glob};
  if (star == kNowhere || begin.empty()) return globs;
  if (kHub.starts_with(begin)) globs.push_back(absl::StrCat("index.", glob));
  if (kLocal.starts_with(begin)) globs.push_back(absl::StrCat("index.docker.io/", glob));
  return globs;
}

}  // namespace

KyvernoGlobs GlobsOfKyverno(std::string_view pattern, Target target) {
  const Stars stars = StarsOf(pattern);
  KyvernoGlobs result =
      target == Target::kCountersign ? ForCountersign(stars) : Canonical(stars.text);
  if (target == Target::kPolicyController) {
    result.globs = Hosts(result.globs.front());
    if (stars.is_wider) result.wider = "selects more: no glob says this pattern";
  }
  for (const std::string& glob : result.globs) {
    if (!glob.empty() && ImageGlob::Parse(glob).ok()) continue;
    return {{"**"}, "selects every image: no glob says this pattern"};
  }
  return result;
}

}  // namespace countersign::policy
