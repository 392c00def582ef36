#include "cli/lint_findings.h"

#include <deque>
#include <functional>
#include <iterator>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/algorithm/container.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "base/json_place.h"
#include "base/printable.h"
#include "kube/manifests/documents.h"
#include "kube/manifests/object_list.h"
#include "kube/manifests/source_fault.h"
#include "kube/manifests/source_lines.h"
#include "kube/metadata.h"
#include "kube/metadata_review.h"
#include "kube/near_kind.h"
#include "policy/compiled.h"
#include "policy/problem.h"
#include "policy/sign_warnings.h"
#include "policy/sigstore/policy_overlap.h"
#include "proto/policy_kind.h"

namespace countersign::cli {
namespace {

using base::Json;

constexpr size_t kMaxNameBytes = 253;  // of objects, and of what else is told

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

kube::KnownKind KnownOf(const v1::JudgedKind& judged) {
  kube::KnownKind known = {
      .group = std::string(judged.group), .version = "v1alpha1", .kind = std::string(judged.kind)};
  if (judged.group.empty()) {
    known.version = "v1";
  } else if (judged.group == v1::kPolicyGroup) {
    known.version = "v1beta1";
    known.spec_members = {"verification"};
  } else if (judged.group == v1::kSigstoreGroup) {
    known.former_group = "cosigned.sigstore.dev";
    if (judged.kind == v1::kPolicyKind) known.spec_members = {"images", "authorities"};
  }
  return known;
}

std::string NamespaceOf(const Json& object) {
  const Json* const name = kube::FindInMetadata(object, "namespace");
  return name != nullptr && name->is_string() ? name->get<std::string>() : "";
}

// What findings call an object that may have no name.
std::string CalledBy(std::string_view what, std::string_view name) {
  return absl::StrCat(what, name.empty() ? "" : " ", base::Printable(name, kMaxNameBytes));
}

class Linter {
 public:
  explicit Linter(const std::vector<ManifestText>& files) : files_(files) {}

  LintResult Run(ReviewMaker make_review) {
    for (size_t i = 0; i < files_.size(); ++i) Read(i);
    std::vector<const Json*> all;
    for (const Judged& object : objects_) all.push_back(object.json);
    const ReviewFunction review = make_review(all);
    for (const Judged& object : objects_) {
      CheckMetadata(object);
      Review(object, review);
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

  void Read(size_t file) {
    absl::StatusOr<std::vector<kube::Document>> documents =
        kube::ParseDocuments(files_[file].name, files_[file].text);
    if (!documents.ok()) {
      return AddFault(file, /*object=*/"", *kube::SourceFaultOf(documents.status()));
    }
    for (kube::Document& document : *documents) {
      const std::string kind = base::FindString(document.json, "kind");
      absl::StatusOr<std::vector<kube::Document>> objects =
          kube::OpenList(files_[file].name, std::move(document));
      if (!objects.ok()) {
        AddFault(file, base::Printable(kind, kMaxNameBytes),
                 *kube::SourceFaultOf(objects.status()));
        continue;
      }
      for (kube::Document& object : *objects) Collect(file, std::move(object));
    }
  }

  void AddFault(size_t file, std::string object, const kube::SourceFault& fault) {
    found_.push_back({file,
                      {.line = fault.line,
                       .object = std::move(object),
                       .pointer = fault.pointer,
                       .reason = base::Printable(fault.reason)}});
  }

  void Collect(size_t file, kube::Document document) {
    const v1::JudgedKind* const judged = FindJudged(document.json);
    if (judged == nullptr) return CollectNear(file, document);
    const kube::Document& kept = kept_.emplace_back(std::move(document));
    objects_.push_back({.file = file,
                        .json = &kept.json,
                        .lines = &kept.lines,
                        .group = judged->group,
                        .kind = judged->kind});
  }

  void CollectNear(size_t file, const kube::Document& document) {
    const std::string name = kube::NameOf(document.json);
    std::vector<kube::KnownKind> known;
    for (const v1::JudgedKind& judged : v1::kJudgedKinds) {
      if (!judged.name.empty() && judged.name != name) continue;
      known.push_back(KnownOf(judged));
    }
    const std::optional<base::JsonFault> near = kube::FindNearKind(document.json, known);
    if (!near.has_value()) return;
    found_.push_back({file,
                      {.line = kube::FindLines(document.lines, near->pointer).line,
                       .object = CalledBy("object", name),
                       .pointer = near->pointer,
                       .refuses = false,
                       .reason = near->reason}});
  }

  void Add(const Judged& object, const std::string& pointer, bool refuses,
           std::string_view reason) {
    constexpr size_t kMaxReasonBytes = 2048;
    if (refuses) refused_.insert(object.json);
    found_.push_back({object.file,
                      {.line = kube::FindLines(*object.lines, pointer).line,
                       .object = CalledBy(object.kind, kube::NameOf(*object.json)),
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

  void Review(const Judged& object, const ReviewFunction& review) {
    if (object.group == v1::kPolicyGroup) {
      const policy::Compiled compiled = policy::CompilePolicies({.sign = {object.json}});
      AddAll(object, compiled.sign.front().problems, /*refuses=*/true);
      for (const std::string& warning : policy::SignWarnings(compiled)) {
        Add(object, "", /*refuses=*/false, warning);
      }
      return;
    }
    const policy::ReviewedObject reviewed = review(*object.json);
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
    LintResult result = {.objects = objects_.size(), .refused = refused_.size()};
    for (Found& found : found_) {
      found.finding.file = files_[found.file].name;
      result.findings.push_back(std::move(found.finding));
    }
    return result;
  }

  const std::vector<ManifestText>& files_;
  std::deque<kube::Document> kept_;  // what `objects_` leads to
  std::vector<Judged> objects_;
  std::set<const Json*> refused_;
  std::vector<Found> found_;
};

}  // namespace

LintResult LintManifests(const std::vector<ManifestText>& files, ReviewMaker make_review) {
  return Linter(files).Run(make_review);
}

}  // namespace countersign::cli
