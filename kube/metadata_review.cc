#include "kube/metadata_review.h"

#include <algorithm>
#include <iterator>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "base/dns_name.h"
#include "base/json_pointer.h"
#include "base/printable.h"
#include "kube/metadata.h"

namespace countersign::kube {
namespace {

using base::Json;
using base::JsonFault;
using base::JsonPlace;

// All of the members, most of which a server fills in ("meta/v1", ObjectMeta).
constexpr std::string_view kMembers[] = {
    "annotations",
    "creationTimestamp",
    "deletionGracePeriodSeconds",
    "deletionTimestamp",
    "finalizers",
    "generateName",
    "generation",
    "labels",
    "managedFields",
    "name",
    "namespace",
    "ownerReferences",
    "resourceVersion",
    "selfLink",
    "uid",
};

class Reviewer {
 public:
  MetadataReview Run(const Json& object) {
    const auto metadata = JsonPlace(object).RequiredObject("metadata");
    if (!metadata.ok()) {
      Refuse(metadata.status());
      return std::move(review_);
    }
    Refuse(CheckName(*metadata));
    Refuse(CheckGenerateName(*metadata));
    Refuse(ReadNamespace(object).status());
    RefuseOtherThanStrings(object, "labels");
    RefuseOtherThanStrings(object, "annotations");
    for (const auto& [name, member] : metadata->json().items()) {
      if (std::find(std::begin(kMembers), std::end(kMembers), name) != std::end(kMembers)) continue;
      review_.unknown.push_back(
          {base::JsonPointer("/metadata", name),
           absl::StrCat("is not known: metadata has no ", base::Quoted(name),
                        "; what is said for tools belongs into /metadata/annotations")});
    }
    return std::move(review_);
  }

 private:
  static absl::Status NameError(const JsonPlace& metadata, std::string_view member,
                                std::string_view name) {
    return metadata.MemberError(
        member, absl::StrCat(base::Quoted(name),
                             " is no name of an object: it must be lower-case letters, digits, '-' "
                             "and '.', begin and end with a letter or digit, and have 253 bytes at "
                             "the most"));
  }

  // An API server makes the name where only its beginning is given.
  static absl::Status CheckName(const JsonPlace& metadata) {
    const absl::StatusOr<std::string> name = metadata.OptionalString("name");
    if (!name.ok()) return name.status();
    if (!name->empty()) {
      return base::IsDnsSubdomain(*name) ? absl::OkStatus() : NameError(metadata, "name", *name);
    }
    const absl::StatusOr<std::string> beginning = metadata.OptionalString("generateName");
    const bool is_none = beginning.ok() && beginning->empty();
    return is_none ? metadata.MemberError("name", "must be given") : absl::OkStatus();
  }

  // It may end with '-', before what is made.
  static absl::Status CheckGenerateName(const JsonPlace& metadata) {
    const absl::StatusOr<std::string> beginning = metadata.OptionalString("generateName");
    if (!beginning.ok()) return beginning.status();
    const bool is_good =
        beginning->empty() ||
        base::IsDnsSubdomain(absl::StrCat(*beginning, beginning->ends_with('-') ? "a" : ""));
    return is_good ? absl::OkStatus() : NameError(metadata, "generateName", *beginning);
  }

  void Refuse(const absl::Status& status) {
    const std::optional<JsonFault> fault = base::FaultOf(status);
    if (fault.has_value()) review_.refused.push_back(*fault);
  }

  void RefuseOtherThanStrings(const Json& object, std::string_view name) {
    const auto members = MembersOfMap(object, name);
    if (!members.ok()) return Refuse(members.status());
    for (const auto& [member, place] : *members) {
      const bool is_scalar = place.json().is_boolean() || place.json().is_number();
      const std::optional<JsonFault> fault = base::FaultOf(place.String().status());
      if (!fault.has_value()) continue;
      Refuse(place.Error(absl::StrCat(fault->reason, is_scalar ? ": put it in quotes" : "")));
    }
  }

  MetadataReview review_;
};

}  // namespace

MetadataReview ReviewMetadata(const Json& object) { return Reviewer().Run(object); }

}  // namespace countersign::kube
