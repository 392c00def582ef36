#include "policy/sigstore/glob_containment.h"

#include "absl/strings/str_cat.h"
#include "policy/image_names.h"

namespace countersign::policy {
namespace {

bool IsPrefixAlone(const ImageGlob& glob) {
  return glob.text() == absl::StrCat(glob.prefix(), "**");
}

}  // namespace

GlobContainment::GlobContainment(const std::vector<ImageGlob>& globs) : globs_(globs) {
  for (size_t i = 0; i < globs_.size(); ++i) {
    first_of_.emplace(globs_[i].text(), i);
    if (IsPrefixAlone(globs_[i])) prefixes_.emplace(globs_[i].prefix(), i);
    if (globs_[i].HasStars()) with_stars_.Add(globs_[i], i);
  }
  with_stars_.Finish();
}

std::optional<size_t> GlobContainment::FindButEqual(const ImageGlob& glob) const {
  if (!glob.HasStars()) {
    for (const GlobMatch& match : with_stars_.Find({{.text = std::string(glob.prefix())}})) {
      if (match.covers) return match.number;
    }
    return std::nullopt;
  }
  const std::string_view prefix = glob.prefix();
  for (size_t length = 0; length <= prefix.size(); ++length) {
    const auto known = prefixes_.find(prefix.substr(0, length));
    if (known != prefixes_.end() && globs_[known->second].text() != glob.text()) {
      return known->second;
    }
  }
  return std::nullopt;
}

std::optional<size_t> GlobContainment::Find(const ImageGlob& glob) const {
  const auto equal = first_of_.find(glob.text());
  return equal != first_of_.end() ? std::optional<size_t>(equal->second) : FindButEqual(glob);
}

std::optional<size_t> GlobContainment::FindOther(size_t index) const {
  const ImageGlob& glob = globs_[index];
  const size_t first = first_of_.find(glob.text())->second;
  return first != index ? std::optional<size_t>(first) : FindButEqual(glob);
}

}  // namespace countersign::policy
