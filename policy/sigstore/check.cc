#include "policy/sigstore/check.h"

#include <cstddef>
#include <string_view>
#include <utility>

#include "absl/algorithm/container.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "base/json_pointer.h"
#include "base/printable.h"
#include "policy/glob_findings.h"
#include "policy/image_glob.h"
#include "policy/sigstore/check_authority.h"
#include "policy/sigstore/check_match.h"
#include "policy/sigstore/check_rule.h"

namespace countersign::policy {
namespace {

using base::JsonPointer;

// Where a member that is not known belongs, in words for a sentence: for those that are often put one
// level too deep. "": nowhere.
std::string PlaceFor(const std::string& pointer) {
  constexpr std::string_view kOfAuthorities[] = {"attestations", "ctlog", "rfc3161timestamp",
                                                 "signatureFormat", "source"};
  constexpr std::string_view kOfSpec[] = {"authorities", "match", "mode", "policy"};
  const std::vector<std::string> tokens = base::TokensOf(pointer);
  if (tokens.size() == 5 && tokens[1] == "authorities" &&
      absl::c_linear_search(kOfAuthorities, tokens[4])) {
    return absl::StrCat("beside ", base::Printable(tokens[3]), ", in the authority");
  }
  if (tokens.size() == 4 && absl::c_linear_search(kOfSpec, tokens[3])) {
    return absl::StrCat("beside ", tokens[1], ", in spec");
  }
  // And one too high.
  constexpr std::string_view kOfKeys[] = {"data", "hashAlgorithm", "kms", "secretRef"};
  constexpr std::string_view kOfKeyless[] = {"identities", "trustRootRef", "insecureIgnoreSCT"};
  if (tokens.size() == 2 && absl::c_linear_search(kOfAuthorities, tokens[1])) {
    return "in each of spec.authorities";
  }
  if (tokens.size() == 4 && tokens[1] == "authorities") {
    if (absl::c_linear_search(kOfKeys, tokens[3])) return "in key, in the authority";
    if (absl::c_linear_search(kOfKeyless, tokens[3])) return "in keyless, in the authority";
  }
  return "";
}

Finding FindingOf(const Problem& problem) {
  const bool is_unknown = problem.reason.starts_with("json: unknown field");
  const std::string place = is_unknown ? PlaceFor(problem.pointer) : "";
  return {problem.pointer,
          place.empty() ? problem.reason : absl::StrCat(problem.reason, ": it belongs ", place)};
}

void CheckGlob(const GlobEntry& entry, size_t index, std::vector<Finding>& findings) {
  const absl::StatusOr<ImageGlob> glob = ImageGlob::Parse(entry.glob);
  if (!glob.ok()) return;
  for (std::string& oddity : FindGlobOddities(*glob)) {
    findings.push_back({JsonPointer(JsonPointer("/spec/images", index), "glob"), std::move(oddity),
                        /*refuses=*/false});
  }
}

void CheckNames(const std::vector<AuthoritySpec>& authorities, const std::string& pointer,
                std::vector<Finding>& findings) {
  std::map<std::string_view, size_t> first;
  for (size_t i = 0; i < authorities.size(); ++i) {
    const auto [other, is_new] = first.emplace(authorities[i].name, i);
    if (is_new || authorities[i].name.empty()) continue;
    findings.push_back(
        {JsonPointer(JsonPointer(pointer, i), "name"),
         absl::StrCat("the authority ", other->second, " is called ",
                      base::Quoted(authorities[i].name),
                      ", too, and the Policy Controller forgets one of them: give another name")});
  }
}

}  // namespace

std::vector<Finding> Check(const ImagePolicy& policy, const CheckSettings& settings) {
  std::vector<Finding> findings;
  for (const Problem& problem : policy.problems) findings.push_back(FindingOf(problem));
  for (size_t i = 0; i < policy.images.size(); ++i) CheckGlob(policy.images[i], i, findings);
  const std::string authorities = "/spec/authorities";
  if (policy.authorities.empty()) {
    findings.push_back(
        {authorities,
         "is empty, so every image that is selected is denied (the Policy Controller "
         "admits it, where it takes such a policy)",
         /*refuses=*/false});
  }
  CheckNames(policy.authorities, authorities, findings);
  size_t translated = 0;
  for (size_t i = 0; i < policy.authorities.size(); ++i) {
    CheckAuthority(policy.authorities[i], settings, JsonPointer(authorities, i), translated,
                   findings);
  }
  for (size_t i = 0; i < policy.match.size(); ++i) {
    CheckMatchEntry(policy.match[i], JsonPointer("/spec/match", i), findings);
  }
  if (policy.rule.has_value()) CheckWholeRule(*policy.rule, "/spec/policy", findings);
  return findings;
}

}  // namespace countersign::policy
