#include "policy/moving/sign_to_policy_controller.h"

#include <algorithm>
#include <cstddef>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "base/glob.h"
#include "base/printable.h"
#include "policy/image_glob.h"
#include "policy/moving/glob_algebra.h"
#include "policy/moving/pattern_parts.h"
#include "policy/policy_identity.h"

namespace countersign::policy {
namespace {

using base::Quoted;

constexpr auto kCanonical = NameGrammar::Kind::kCanonical;

// What becomes one policy: entries with the same keys.
struct Part {
  std::set<size_t> keys;
  std::vector<std::string> globs;
  std::vector<size_t> entries;  // the indexes that they have in the object
  std::set<std::string> secrets;

  std::string Name() const { return absl::StrCat(kPolicyName, "-", entries.front()); }
};

constexpr std::string_view kHostsNote =
    "the Policy Controller compares hosts as they are written: GHCR.io/… and ghcr.io:443/… are not "
    "selected by ghcr.io/**, registry-1.docker.io/… is not Docker Hub's, and localhost/… is";

class Translator {
 public:
  Translator(const SignEntries& sign, const SignSettings& settings, OnOverlap on_overlap,
             StepBudget& steps)
      : sign_(sign), settings_(settings), on_overlap_(on_overlap), steps_(steps) {}

  Translation Run() && {
    result_.notes = NotesOf(sign_, settings_);
    result_.notes.emplace_back(kHostsNote);
    for (const SignEntries::Entry& entry : sign_.entries) AddEntry(entry);
    is_exact_ = result_.differences.empty();
    DropCovered();
    FindOverlaps();
    for (const Part& part : parts_) AddPolicy(part);
    result_.objects.push_back(UnmatchedRule(sign_, settings_));
    return std::move(result_);
  }

 private:
  void Differ(const SignEntries::Entry& entry, std::string_view how, std::string witness = "") {
    result_.differences.push_back(
        {absl::StrCat(kPolicyName, "-", entry.index, " (", Quoted(entry.pattern.text()), ") ", how),
         std::move(witness)});
  }

  void AddEntry(const SignEntries::Entry& entry) {
    const PatternParts pattern(entry.pattern);
    std::vector<std::string> globs;
    for (std::string& glob : CanonicalGlobsOf(pattern)) {
      if (ImageGlob::Parse(glob).ok()) globs.push_back(std::move(glob));
    }
    Compare(entry, pattern, globs);
    if (globs.empty()) return;
    const auto same = std::find_if(parts_.begin(), parts_.end(),
                                   [&entry](const Part& part) { return part.keys == entry.keys; });
    Part& part = same != parts_.end() ? *same : parts_.emplace_back(Part{.keys = entry.keys});
    part.globs.insert(part.globs.end(), globs.begin(), globs.end());
    part.entries.push_back(entry.index);
    if (entry.secret.has_value()) part.secrets.insert(entry.secret->name);
  }

  void Compare(const SignEntries::Entry& entry, const PatternParts& pattern,
               const std::vector<std::string>& globs) {
    if (pattern.tag.has_value()) {
      Differ(entry, "selects every tag: the Policy Controller sees no tags");
    }
    if (pattern.digest.has_value()) {
      Differ(entry, "selects images that are written with a tag, too, and every digest");
    }
    if (!pattern.BeginsWithAnything() &&
        base::GlobMatches(pattern.host.value_or(""), "localhost")) {
      Differ(entry, "selects none of a registry called localhost: it counts as Docker Hub's",
             "localhost/app");
    }
    NameLanguage matched = CanonicalNamesOf(pattern);
    NameLanguage selected = NamesOfGlobs(globs);
    const auto less = FindNameOutside(kCanonical, matched, selected, steps_);
    const auto more = FindNameOutside(kCanonical, selected, matched, steps_);
    if (!less.ok() || !more.ok()) {
      return Differ(entry, "may select other images: it is too complex to compare");
    }
    if (less->has_value()) {
      Differ(entry, "does not select an image that the pattern matches", **less);
    }
    if (more->has_value()) {
      Differ(entry, "selects an image that the pattern does not match", **more);
    }
  }

  // A glob that selects nothing which another one, with at least its keys, does not select as well
  // adds nothing in Sign, and would take something away here.
  void DropCovered() {
    for (Part& part : parts_) {
      for (size_t i = 0; i < part.globs.size();) {
        if (IsCovered(part, i)) {
          part.globs.erase(part.globs.begin() + static_cast<std::ptrdiff_t>(i));
        } else {
          ++i;
        }
      }
    }
    std::erase_if(parts_, [](const Part& part) { return part.globs.empty(); });
  }

  bool IsCovered(const Part& part, size_t glob) {
    std::vector<std::string> others;
    for (const Part& other : parts_) {
      if (!std::includes(other.keys.begin(), other.keys.end(), part.keys.begin(),
                         part.keys.end())) {
        continue;
      }
      for (size_t i = 0; i < other.globs.size(); ++i) {
        if (&other != &part || i != glob) others.push_back(other.globs[i]);
      }
    }
    if (others.empty()) return false;
    const auto outside = FindNameOutside(kCanonical, {part.globs[glob]}, others, steps_);
    return outside.ok() && !outside->has_value();
  }

  void FindOverlaps() {
    bool do_overlap = false;
    std::vector<size_t> joined(parts_.size());  // the first part that each is joined with
    for (size_t i = 0; i < joined.size(); ++i) joined[i] = i;
    for (size_t i = 0; i < parts_.size(); ++i) {
      for (size_t j = i + 1; j < parts_.size(); ++j) {
        const auto name = FindNameInBoth(kCanonical, parts_[i].globs, parts_[j].globs, steps_);
        if (name.ok() && !name->has_value()) continue;
        do_overlap = true;
        Overlap(parts_[i], parts_[j], name.ok() ? **name : "");
        const size_t from = std::max(joined[i], joined[j]);
        std::replace(joined.begin(), joined.end(), from, std::min(joined[i], joined[j]));
      }
    }
    if (on_overlap_ == OnOverlap::kLooser) Join(joined);
    if (!is_exact_) return;
    result_.exactness = !do_overlap                           ? Exactness::kExact
                        : on_overlap_ == OnOverlap::kStricter ? Exactness::kStricter
                                                              : Exactness::kLooser;
  }

  void Overlap(const Part& one, const Part& other, std::string witness) {
    const std::string_view outcome =
        on_overlap_ == OnOverlap::kStricter
            ? "images of both need a key of each, where Sign takes one of either"
            : "they are one policy: its images may be signed by a key of either, even those that "
              "Sign has only one of them for";
    result_.differences.push_back(
        {absl::StrCat(
             one.Name(), " and ", other.Name(),
             witness.empty() ? " may overlap (too complex to tell): " : " overlap: ", outcome),
         std::move(witness)});
  }

  void Join(const std::vector<size_t>& joined) {
    for (size_t i = 0; i < parts_.size(); ++i) {
      if (joined[i] == i) continue;
      Part& into = parts_[joined[i]];
      into.keys.insert(parts_[i].keys.begin(), parts_[i].keys.end());
      into.globs.insert(into.globs.end(), parts_[i].globs.begin(), parts_[i].globs.end());
      into.secrets.insert(parts_[i].secrets.begin(), parts_[i].secrets.end());
      parts_[i].globs.clear();
    }
    std::erase_if(parts_, [](const Part& part) { return part.globs.empty(); });
  }

  void AddPolicy(const Part& part) {
    std::vector<SignEntries::Key> keys;
    for (const size_t key : part.keys) keys.push_back(sign_.keys[key]);
    result_.objects.push_back(ImagePolicyObject(part.Name(), part.globs, keys,
                                                {part.secrets.begin(), part.secrets.end()}));
  }

  const SignEntries& sign_;
  const SignSettings& settings_;
  const OnOverlap on_overlap_;
  StepBudget& steps_;
  std::vector<Part> parts_;
  bool is_exact_ = false;
  Translation result_;
};

}  // namespace

Translation SignToPolicyController(const SignEntries& sign, const SignSettings& settings,
                                   OnOverlap on_overlap, StepBudget& steps) {
  return Translator(sign, settings, on_overlap, steps).Run();
}

}  // namespace countersign::policy
