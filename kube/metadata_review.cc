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
    Refuse(CheckName(object, *metadata));
    Refuse(ReadNamespace(object).status());
    RefuseOtherThanStrings(*metadata, "labels");
    RefuseOtherThanStrings(*metadata, "annotations");
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
  static absl::Status CheckName(const Json& object, const JsonPlace& metadata) {
    const absl::StatusOr<std::string> name = ReadName(object);
    if (!name.ok()) return name.status();
    if (base::IsDnsSubdomain(*name)) return absl::OkStatus();
    return metadata.MemberError(
        "name", absl::StrCat(base::Quoted(*name),
                             " is no name of an object: it must be lower-case letters, digits, '-' "
                             "and '.', begin and end with a letter or digit, and have 253 bytes at "
                             "the most"));
  }

  void Refuse(const absl::Status& status) {
    const std::optional<JsonFault> fault = base::FaultOf(status);
    if (fault.has_value()) review_.refused.push_back(*fault);
  }

  void RefuseOtherThanStrings(const JsonPlace& metadata, std::string_view name) {
    const auto map = metadata.OptionalObject(name);
    if (!map.ok()) return Refuse(map.status());
    if (!map->has_value()) return;
    const auto members = (*map)->Members();
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
