#include "cli/lint_findings.h"

#include <functional>
#include <iterator>
#include <map>
#include <string_view>
#include <utility>

#include "absl/algorithm/container.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "base/json_place.h"
#include "base/printable.h"
#include "kube/manifests/documents.h"
#include "kube/manifests/source_lines.h"
#include "kube/metadata.h"
#include "kube/metadata_review.h"
#include "policy/compiled.h"
#include "policy/problem.h"
#include "policy/sign_warnings.h"
#include "policy/sigstore/policy_overlap.h"
#include "proto/policy_kind.h"

namespace countersign::cli {
namespace {

using base::Json;

// Of an object that is judged; what the pointers lead to outlives it.
struct Judged {
  size_t file = 0;
  const Json* json = nullptr;
  const kube::SourceLines* lines = nullptr;
  std::string_view group;
  std::string_view kind;
};

const v1::JudgedKind* FindJudged(const Json& object) {
  const std::string version = base::FindString(object, "apiVersion");
  const size_t slash = version.find('/');
  const std::string group = slash == std::string::npos ? "" : version.substr(0, slash);
  const std::string kind = base::FindString(object, "kind");
  const auto* const found = absl::c_find_if(v1::kJudgedKinds, [&](const v1::JudgedKind& judged) {
    return judged.group == group && judged.kind == kind &&
           (judged.name.empty() || judged.name == kube::NameOf(object));
  });
  return found == std::end(v1::kJudgedKinds) ? nullptr : found;
}

std::string NamespaceOf(const Json& object) {
  const Json* const name = kube::FindInMetadata(object, "namespace");
  return name != nullptr && name->is_string() ? name->get<std::string>() : "";
}

class Linter {
 public:
  Linter(const std::vector<ManifestText>& files, ReviewFunction review)
      : files_(files), review_(review) {}

  LintResult Run() {
    // First all, as what is found holds on to them.
    for (const ManifestText& file : files_) {
      documents_.push_back(kube::ParseDocuments(file.name, file.text));
    }
    for (size_t i = 0; i < documents_.size(); ++i) {
      if (!documents_[i].ok()) {
        found_.push_back({i, {.reason = base::Printable(documents_[i].status().message())}});
        continue;
      }
      for (const kube::Document& document : *documents_[i]) {
        Collect(i, document.json, document.lines);
      }
    }
    for (const Judged& object : objects_) all_.push_back(object.json);
    for (const Judged& object : objects_) {
      CheckMetadata(object);
      Review(object);
    }
    FindTwice();
    AddOverlaps();
    return Sorted();
  }

 private:
  struct Found {
    size_t file;
    LintFinding finding;
  };

  void Collect(size_t file, const Json& object, const kube::SourceLines& lines) {
    if (base::FindString(object, "kind") == "List" &&
        base::FindString(object, "apiVersion") == "v1") {
      const Json* const items = base::FindMember(object, "items");
      if (items == nullptr || !items->is_array()) return;
      for (size_t i = 0; i < items->size(); ++i) {
        Collect(file, (*items)[i], kube::FindLines(lines, absl::StrCat("/items/", i)));
      }
      return;
    }
    const v1::JudgedKind* const judged = FindJudged(object);
    if (judged == nullptr) return;
    objects_.push_back({.file = file,
                        .json = &object,
                        .lines = &lines,
                        .group = judged->group,
                        .kind = judged->kind});
  }

  void Add(const Judged& object, const std::string& pointer, bool refuses,
           std::string_view reason) {
    constexpr size_t kMaxReasonBytes = 2048;
    found_.push_back({object.file,
                      {.line = kube::FindLines(*object.lines, pointer).line,
                       .object = absl::StrCat(object.kind, " ",
                                              base::Printable(kube::NameOf(*object.json), 253)),
                       .pointer = pointer,
                       .refuses = refuses,
                       .reason = base::Printable(reason, kMaxReasonBytes)}});
  }

  void AddAll(const Judged& object, const std::vector<policy::Problem>& problems, bool refuses) {
    for (const policy::Problem& problem : problems) {
      Add(object, problem.pointer, refuses, problem.reason);
    }
  }

  // As the API server does before any webhook is asked, and kubectl before that.
  void CheckMetadata(const Judged& object) {
    const kube::MetadataReview metadata = kube::ReviewMetadata(*object.json);
    for (const base::JsonFault& fault : metadata.refused) {
      Add(object, fault.pointer, /*refuses=*/true, fault.reason);
    }
    for (const base::JsonFault& fault : metadata.unknown) {
      Add(object, fault.pointer, /*refuses=*/false, fault.reason);
    }
  }

  void Review(const Judged& object) {
    if (object.group == v1::kPolicyGroup) {
      const policy::Compiled compiled = policy::CompilePolicies({.sign = {object.json}});
      AddAll(object, compiled.sign.front().problems, /*refuses=*/true);
      for (const std::string& warning : policy::SignWarnings(compiled)) {
        Add(object, "", /*refuses=*/false, warning);
      }
      return;
    }
    const policy::ReviewedObject reviewed = review_(*object.json, all_);
    AddAll(object, reviewed.problems, /*refuses=*/true);
    if (reviewed.problems.empty() && !reviewed.policy_controller_message.empty()) {
      Add(object, "", /*refuses=*/true, reviewed.policy_controller_message);
    }
    AddAll(object, reviewed.warnings, /*refuses=*/false);
  }

  // Whatever is applied later takes the place of what was applied before.
  void FindTwice() {
    std::map<std::string, const Judged*, std::less<>> first;
    for (const Judged& object : objects_) {
      const std::string name = kube::NameOf(*object.json);
      const std::string key =
          absl::StrCat(object.group, " ", object.kind, " ", NamespaceOf(*object.json), " ", name);
      const auto [other, is_new] = first.emplace(key, &object);
      if (is_new || name.empty()) continue;
      Add(object, "/metadata/name", /*refuses=*/true,
          absl::StrCat("an object of this kind and name is at ", files_[other->second->file].name,
                       ":", other->second->lines->line,
                       " already, and one would take the other's place: give another name"));
    }
  }

  void AddOverlaps() {
    std::vector<const Judged*> policies, options;
    for (const Judged& object : objects_) {
      if (object.group == v1::kSigstoreGroup && object.kind == v1::kPolicyKind) {
        policies.push_back(&object);
      } else if (object.group == v1::kOptionsGroup) {
        options.push_back(&object);
      }
    }
    const auto jsons = [](const std::vector<const Judged*>& list) {
      std::vector<const Json*> result;
      for (const Judged* const object : list) result.push_back(object->json);
      return result;
    };
    for (const policy::OverlapFinding& overlap :
         policy::FindOverlaps(jsons(policies), jsons(options))) {
      Add(*(overlap.is_of_options ? options : policies)[overlap.index], overlap.finding.pointer,
          overlap.finding.refuses, overlap.finding.reason);
    }
  }

  LintResult Sorted() {
    absl::c_stable_sort(found_, [](const Found& a, const Found& b) {
      return std::pair(a.file, a.finding.line) < std::pair(b.file, b.finding.line);
    });
    LintResult result = {.objects = objects_.size()};
    for (Found& found : found_) {
      found.finding.file = files_[found.file].name;
      result.findings.push_back(std::move(found.finding));
    }
    return result;
  }

  const std::vector<ManifestText>& files_;
  const ReviewFunction review_;
  std::vector<absl::StatusOr<std::vector<kube::Document>>> documents_;
  std::vector<Judged> objects_;
  std::vector<const Json*> all_;  // of those
  std::vector<Found> found_;
};

}  // namespace

LintResult LintManifests(const std::vector<ManifestText>& files, ReviewFunction review) {
  return Linter(files, review).Run();
}

}  // namespace countersign::cli
