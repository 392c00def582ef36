#include "policy/moving/sigstore_to_sign.h"

#include <algorithm>
#include <cstddef>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "base/printable.h"
#include "policy/moving/glob_algebra.h"
#include "policy/moving/glob_patterns.h"
#include "policy/moving/key_policies.h"
#include "policy/moving/pattern_parts.h"
#include "policy/name_pattern.h"
#include "policy/policy_identity.h"

namespace countersign::policy {
namespace {

using base::Json;
using base::Quoted;

// A key that nobody has: Sign takes no pattern without one. Its point has the hash of a sentence as x (its
// test says which), and with that no private key that anybody could know.
constexpr std::string_view kNobodysKey =
    "-----BEGIN PUBLIC KEY-----\n"
    "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEMDrlMNgXXR49lXvoRBs/yoC4bBPb\n"
    "kwTHqmK+LnCGU7gpj3AtX8wuomX4rqkRW1c6GVvCBRWIL3nX0u5bJo2hzA==\n"
    "-----END PUBLIC KEY-----\n";

// What becomes one entry of Sign's.
struct Entry {
  size_t policy = 0;
  NamePattern pattern;
  PatternParts parts;
};

class Translator {
 public:
  Translator(KeyPolicies read, OnOverlap on_overlap, StepBudget& steps)
      : read_(std::move(read)), on_overlap_(on_overlap), steps_(steps) {}

  absl::StatusOr<Translation> Run() && {
    result_.differences = std::move(read_.differences);
    LookAtUnsaid();
    for (size_t i = 0; i < read_.policies.size(); ++i) AddEntries(i);
    const bool is_exact = result_.differences.empty();
    std::vector<std::string> overlaps;
    if (!read_.are_alternatives) {
      DropDecided();
      overlaps = FindOverlaps();
    }
    if (!overlaps.empty() && on_overlap_ == OnOverlap::kStricter) {
      return absl::FailedPreconditionError(absl::StrCat(
          "of policies that select the same image all must hold, which Sign cannot say: ",
          absl::StrJoin(overlaps, "; "), " (--on-overlap=looser makes one of them enough)"));
    }
    if (is_exact) result_.exactness = overlaps.empty() ? Exactness::kExact : Exactness::kLooser;
    AddObject();
    AddNotes();
    return std::move(result_);
  }

 private:
  // What cannot be said denies, so that nothing is admitted for its sake; or is left out, so that nothing
  // is denied.
  void LookAtUnsaid() {
    const bool denies = on_overlap_ == OnOverlap::kStricter;
    for (const KeyPolicies::Policy& policy : read_.policies) {
      if (!policy.is_unsaid) continue;
      if (denies) {
        Differ(policy, "its images are denied, as Sign cannot say it");
        continue;
      }
      const auto name =
          FindNameInBoth(NameGrammar::Kind::kFull, policy.globs, policy.globs, steps_);
      Differ(policy, "left out, as Sign cannot say it", name.ok() ? name->value_or("") : "");
    }
    if (denies) return;
    std::erase_if(read_.policies,
                  [](const KeyPolicies::Policy& policy) { return policy.is_unsaid; });
  }

  void AddEntries(size_t index) {
    const KeyPolicies::Policy& policy = read_.policies[index];
    const std::vector<std::string> globs = RepositoriesOf(policy.globs);
    NameLanguage full;
    NameLanguage without_host;
    for (const std::string& glob : globs) {
      absl::StatusOr<NamePattern> pattern = NamePattern::Parse(PatternOf(glob));
      if (pattern.ok()) {
        if (absl::Status can = pattern->CheckCanMatch(&steps_); !can.ok()) pattern = can;
      }
      if (!pattern.ok()) {
        Differ(policy, absl::StrCat("the glob ", Quoted(glob), " has no pattern: ",
                                    base::Printable(pattern.status().message())));
        continue;
      }
      const PatternParts parts(*pattern);
      AddFullNames(parts, full);
      if (!parts.BeginsWithAnything()) AddShortNames(parts, without_host);
      entries_.push_back({index, *std::move(pattern), parts});
    }
    Compare(policy, NameGrammar::Kind::kFull, full, policy.globs, globs);
    // An image without a registry has names with one, too: what begins with `**` is about those.
    const auto without = [](std::vector<std::string> some) {
      std::erase_if(some, [](const std::string& glob) { return glob.starts_with("**"); });
      return some;
    };
    Compare(policy, NameGrammar::Kind::kShort, without_host, without(policy.globs), without(globs));
  }

  void Differ(const KeyPolicies::Policy& policy, std::string_view how, std::string witness = "") {
    result_.differences.push_back(
        {absl::StrCat(Quoted(policy.name), ": ", how), std::move(witness)});
  }

  // What the patterns match with the globs as they are written, and with their repositories, which
  // are selected with whatever tag and digest.
  void Compare(const KeyPolicies::Policy& policy, NameGrammar::Kind kind, NameLanguage patterns,
               const std::vector<std::string>& globs, std::vector<std::string> repositories) {
    for (size_t i = 0, count = repositories.size(); i < count; ++i) {
      for (const std::string_view ending : {":**", "@**"}) {
        repositories.push_back(absl::StrCat(repositories[i], ending));
      }
    }
    NameLanguage written = NamesOfGlobs(globs);
    NameLanguage meant = NamesOfGlobs(repositories);
    const auto less = FindNameOutside(kind, written, patterns, steps_);
    const auto more = FindNameOutside(kind, patterns, meant, steps_);
    if (!less.ok() || !more.ok()) {
      return Differ(policy, "its patterns may match other images: too complex to compare");
    }
    if (less->has_value()) {
      Differ(policy, "no pattern matches an image that a glob selects", **less);
    }
    if (more->has_value()) {
      Differ(policy, "a pattern matches an image that no glob selects", **more);
    }
  }

  const std::set<std::string>& KeysOf(const Entry& entry) const {
    return read_.policies[entry.policy].keys;
  }

  // Where another policy wants one of fewer keys for all that this entry matches, it decides.
  void DropDecided() {
    for (size_t i = 0; i < entries_.size();) {
      const bool is_decided =
          std::any_of(entries_.begin(), entries_.end(), [this, i](const Entry& other) {
            return other.policy != entries_[i].policy && KeysOf(other) != KeysOf(entries_[i]) &&
                   std::includes(KeysOf(entries_[i]).begin(), KeysOf(entries_[i]).end(),
                                 KeysOf(other).begin(), KeysOf(other).end()) &&
                   IsInside(entries_[i], other);
          });
      if (is_decided) {
        entries_.erase(entries_.begin() + static_cast<std::ptrdiff_t>(i));
      } else {
        ++i;
      }
    }
  }

  bool IsInside(const Entry& inner, const Entry& outer) {
    if (!inner.parts.NamesRepositoriesOnly() || !outer.parts.NamesRepositoriesOnly()) return false;
    NameLanguage inside = CanonicalNamesOf(inner.parts);
    NameLanguage outside = CanonicalNamesOf(outer.parts);
    const auto name = FindNameOutside(NameGrammar::Kind::kCanonical, inside, outside, steps_);
    return name.ok() && !name->has_value();
  }

  std::vector<std::string> FindOverlaps() {
    std::vector<std::string> overlaps;
    std::set<std::pair<size_t, size_t>> seen;
    for (size_t i = 0; i < entries_.size(); ++i) {
      for (size_t j = i + 1; j < entries_.size(); ++j) {
        if (KeysOf(entries_[i]) == KeysOf(entries_[j])) continue;
        NameLanguage one = CanonicalNamesOf(entries_[i].parts);
        NameLanguage other = CanonicalNamesOf(entries_[j].parts);
        const std::optional<std::string> name =
            ShortestName(NameGrammar(NameGrammar::Kind::kCanonical), {&one, &other}, {}, steps_);
        if (!name.has_value() && !steps_.IsExceeded()) continue;
        if (!seen.insert({entries_[i].policy, entries_[j].policy}).second) continue;
        AddOverlap(entries_[i], entries_[j], name.value_or(""), overlaps);
      }
    }
    return overlaps;
  }

  void AddOverlap(const Entry& one, const Entry& other, std::string name,
                  std::vector<std::string>& overlaps) {
    const std::string both = absl::StrCat(Quoted(read_.policies[one.policy].name), " and ",
                                          Quoted(read_.policies[other.policy].name));
    overlaps.push_back(name.empty() ? absl::StrCat(both, " may (too complex to tell)")
                                    : absl::StrCat(both, " both select ", name));
    result_.differences.push_back(
        {absl::StrCat(both, " must both hold for an image of both; in Sign one of them is enough"),
         std::move(name)});
  }

  // Of each key, by PEM: the authority's name, unless another key has it.
  std::map<std::string, std::string> NameKeys() const {
    std::map<std::string, std::string> names;
    std::set<std::string> taken;
    for (const auto& [pem, wanted] : read_.key_names) {
      std::string name = wanted;
      for (size_t i = 2; !taken.insert(name).second; ++i) name = absl::StrCat(wanted, "-", i);
      names[pem] = std::move(name);
    }
    return names;
  }

  void AddObject() {
    for (const Entry& entry : entries_) {
      if (KeysOf(entry).empty()) read_.key_names.try_emplace(std::string(kNobodysKey), "nobody");
    }
    const std::map<std::string, std::string> names = NameKeys();
    Json keys = Json::array();
    for (const auto& [pem, name] : names) keys.push_back({{"name", name}, {"publicKey", pem}});
    Json images = Json::array();
    for (const Entry& entry : entries_) {
      Json own = Json::array();
      for (const std::string& pem : KeysOf(entry)) own.push_back({{"name", names.at(pem)}});
      if (own.empty()) own.push_back({{"name", names.at(std::string(kNobodysKey))}});
      images.push_back({{"namePattern", entry.pattern.text()}, {"keys", std::move(own)}});
    }
    result_.objects.push_back(
        {{"apiVersion", absl::StrCat(kPolicyGroup, "/", kPolicyVersion)},
         {"kind", kPolicyKind},
         {"metadata", {{"name", kPolicyName}}},
         {"spec", {{"verification", {{"keys", std::move(keys)}, {"images", std::move(images)}}}}}});
  }

  void AddNotes() {
    result_.notes.push_back(absl::StrCat("install with allow_unmatched_images=",
                                         read_.allow_unmatched ? "true" : "false"));
    result_.notes.push_back(
        "Sign asks in every namespace but those in spec.verification.exclude.resources.namespaces: "
        "name there all that are not labelled policy.sigstore.dev/include=true");
    for (const KeyPolicies::Policy& policy : read_.policies) {
      if (AskForDigest(policy.globs)) {
        result_.notes.push_back(
            absl::StrCat(Quoted(policy.name),
                         ": globs that end in @** are taken for any tag, as a tag is resolved "
                         "before the Policy Controller looks at them"));
      }
      if (policy.pull_secrets.empty()) continue;
      result_.notes.push_back(absl::StrCat(
          Quoted(policy.name), ": the Secrets ", absl::StrJoin(policy.pull_secrets, ", "),
          " are looked for in the workload's namespace; Sign's secretRef names one, with its "
          "namespace"));
    }
  }

  KeyPolicies read_;
  const OnOverlap on_overlap_;
  StepBudget& steps_;
  std::vector<Entry> entries_;
  Translation result_;
};

}  // namespace

absl::StatusOr<Translation> SigstoreToSign(absl::Span<const base::Json> objects,
                                           OnOverlap on_overlap, StepBudget& steps) {
  return Translator(ReadKeyPolicies(objects), on_overlap, steps).Run();
}

}  // namespace countersign::policy
