#include "verifier/statusz_policies.h"

#include <algorithm>
#include <set>
#include <string_view>
#include <utility>
#include <variant>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "base/utc_seconds.h"

namespace countersign::verifier {
namespace {

using http::HtmlTone;

constexpr size_t kShownGlobs = 8;

std::string ImagesOf(const policy::Policy& policy) {
  if (const auto* const pattern = std::get_if<policy::NamePattern>(&policy.images)) {
    return pattern->text();
  }
  const auto& images = std::get<policy::GlobImages>(policy.images);
  std::string text;
  for (size_t i = 0; i < std::min(images.globs.size(), kShownGlobs); ++i) {
    absl::StrAppend(&text, i == 0 ? "" : "  ", images.globs[i].text());
  }
  if (images.globs.size() > kShownGlobs) {
    absl::StrAppend(&text, "  and ", images.globs.size() - kShownGlobs, " more");
  }
  if (!images.broken.empty()) {
    absl::StrAppend(&text, text.empty() ? "" : "  ", "and every image, as a glob cannot be read");
  }
  return text;
}

// "1 of 3 authorities".
std::string AsksOf(const policy::Policy& policy) {
  return absl::StrCat(policy.Threshold(), " of ", policy.authorities.size(),
                      policy.authorities.size() == 1 ? " authority" : " authorities");
}

std::string ModeOf(const policy::Policy& policy) {
  if (policy.terms == nullptr) return "deny";
  std::string mode = policy.terms->mode == policy::Mode::kWarn ? "warn" : "deny";
  if (policy.terms->effective_from != absl::InfinitePast()) {
    absl::StrAppend(&mode, " from ", base::WriteUtcSeconds(policy.terms->effective_from));
  }
  if (policy.terms->effective_until != absl::InfiniteFuture()) {
    absl::StrAppend(&mode, " until ", base::WriteUtcSeconds(policy.terms->effective_until));
  }
  return mode;
}

// Sentences, each once, up to so many.
class Sentences {
 public:
  explicit Sentences(size_t max) : max_(max) {}

  void Add(std::string sentence) {
    if (lines_.size() < max_ && told_.insert(sentence).second)
      lines_.push_back(std::move(sentence));
  }
  std::vector<std::string> Take() && { return std::move(lines_); }

 private:
  const size_t max_;
  std::set<std::string> told_;
  std::vector<std::string> lines_;
};

void AddBrokenAuthorities(std::string_view where,
                          const std::vector<policy::AuthorityPtr>& authorities,
                          Sentences& sentences) {
  for (const policy::AuthorityPtr& authority : authorities) {
    const auto* const broken = std::get_if<policy::Broken>(&authority->asks);
    if (broken == nullptr) continue;
    const std::string name =
        authority->name.empty() ? absl::StrCat("number ", authority->index) : authority->name;
    sentences.Add(absl::StrCat(where, ": authority ", name, ": ", broken->why));
  }
}

}  // namespace

http::HtmlTable PolicyTable(const policy::Policies& policies, size_t max) {
  http::HtmlTable table = {.columns = {"language", "name", "images", "wants", "otherwise"},
                           .if_empty = "There is no policy with a pattern that can be used."};
  for (size_t i = 0; i < std::min(policies.all().size(), max); ++i) {
    const policy::Policy& policy = policies.all()[i];
    table.rows.push_back({std::string(policy::ApiGroupOf(policy.language)),
                          {policy.name, HtmlTone::kCode},
                          {ImagesOf(policy), HtmlTone::kCode},
                          AsksOf(policy),
                          ModeOf(policy)});
  }
  return table;
}

std::vector<std::string> PolicyProblems(const policy::Policies& policies, size_t max) {
  Sentences sentences(max);
  for (const policy::Group& group : policies.groups()) {
    if (group.language != policy::Language::kSign) continue;
    const std::string_view where = policy::ApiGroupOf(group.language);
    for (const std::string& pattern : group.broken_patterns) {
      sentences.Add(absl::StrCat(where, ": ", pattern));
    }
    AddBrokenAuthorities(where, group.authorities, sentences);
  }
  for (const policy::Policy& policy : policies.all()) {
    if (policy.language == policy::Language::kSign) continue;
    const std::string where = absl::StrCat(policy::ApiGroupOf(policy.language), " ", policy.name);
    if (policy.terms != nullptr && policy.terms->broken.has_value()) {
      sentences.Add(absl::StrCat(where, ": ", policy.terms->broken->why));
    }
    if (const auto* const images = std::get_if<policy::GlobImages>(&policy.images)) {
      for (const policy::Broken& glob : images->broken) {
        sentences.Add(absl::StrCat(where, ": ", glob.why));
      }
    }
    AddBrokenAuthorities(where, policy.authorities, sentences);
  }
  return std::move(sentences).Take();
}

size_t CountProblems(const policy::Policies& policies) {
  size_t problems = 0;
  for (const policy::Group& group : policies.groups()) problems += group.problems;
  return problems;
}

}  // namespace countersign::verifier
