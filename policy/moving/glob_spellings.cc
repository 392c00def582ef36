#include "policy/moving/glob_spellings.h"

#include <utility>

#include "absl/algorithm/container.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "oci/image_reference.h"
#include "policy/image_glob.h"
#include "policy/image_names.h"
#include "policy/moving/glob_algebra.h"
#include "policy/moving/pattern_parts.h"
#include "policy/pattern_globs.h"

namespace countersign::policy {
namespace {

bool IsSelected(const std::vector<std::string>& globs, const oci::ImageReference& image) {
  const std::vector<ImageName> names = NamesOf(image);
  return absl::c_any_of(globs, [&names](const std::string& text) {
    const absl::StatusOr<ImageGlob> glob = ImageGlob::Parse(text);
    return glob.ok() && absl::c_any_of(names, [&glob](const ImageName& name) {
             return glob->Matches(name.text);
           });
  });
}

// An image that the globs select and the pattern does not match; "" if none was found.
std::string FindWitness(const NamePattern& pattern, const std::vector<std::string>& globs,
                        StepBudget& steps) {
  const PatternParts parts(pattern);
  for (const auto kind : {NameGrammar::Kind::kFull, NameGrammar::Kind::kShort}) {
    NameLanguage matched;
    if (kind == NameGrammar::Kind::kFull) {
      AddFullNames(parts, matched);
    } else {
      AddShortNames(parts, matched);
    }
    NameLanguage selected = NamesOfGlobs(globs);
    const auto name = FindNameOutside(kind, selected, matched, steps);
    if (!name.ok() || !name->has_value()) continue;
    // Spellings differ; what counts is the image.
    const absl::StatusOr<oci::ImageReference> image = oci::ImageReference::Parse(**name);
    if (image.ok() && IsSelected(globs, *image) && !pattern.Matches(*image)) return **name;
  }
  return "";
}

}  // namespace

GlobSpellings SpellAsGlobs(const NamePattern& pattern, StepBudget& steps) {
  PatternGlobs globs = GlobsOf(pattern);
  GlobSpellings result;
  if (!globs.note.empty()) {
    result.difference = Divergence{
        absl::StrCat(globs.globs.empty() ? "selects nothing: " : "selects more: ", globs.note),
        FindWitness(pattern, globs.globs, steps)};
  }
  result.globs = std::move(globs.globs);
  return result;
}

}  // namespace countersign::policy
