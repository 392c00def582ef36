#include "kube/metadata.h"

#include <algorithm>

#include "base/status_macros.h"

namespace countersign::kube {
namespace {

using base::Json;
using base::JsonPlace;

constexpr std::string_view kMetadata = "metadata";

std::string TextOf(const Json& object, std::string_view name) {
  return base::FindStringIn(object, kMetadata, name);
}

absl::StatusOr<std::string> ReadText(const Json& object, std::string_view name) {
  CS_ASSIGN_OR_RETURN(const JsonPlace metadata, JsonPlace(object).RequiredObject(kMetadata));
  return metadata.OptionalString(name);
}

absl::StatusOr<std::string> ReadGivenText(const Json& object, std::string_view name) {
  CS_ASSIGN_OR_RETURN(const JsonPlace metadata, JsonPlace(object).RequiredObject(kMetadata));
  return metadata.RequiredString(name);
}

}  // namespace

std::string NameOf(const Json& object) { return TextOf(object, "name"); }
std::string GenerateNameOf(const Json& object) { return TextOf(object, "generateName"); }
std::string UidOf(const Json& object) { return TextOf(object, "uid"); }
std::string ResourceVersionOf(const Json& object) { return TextOf(object, "resourceVersion"); }

int64_t GenerationOf(const Json& object) {
  const Json* const metadata = base::FindMember(object, kMetadata);
  if (metadata == nullptr) return 0;
  return JsonPlace(*metadata).OptionalInteger("generation").value_or(0);
}

const Json* FindAnnotations(const Json& object) {
  const Json* const annotations = FindInMetadata(object, "annotations");
  return annotations != nullptr && annotations->is_object() ? annotations : nullptr;
}

bool IsBeingDeleted(const Json& object) {
  return FindInMetadata(object, "deletionTimestamp") != nullptr;
}

bool HasFinalizer(const Json& object, std::string_view name) {
  const Json* const finalizers = FindInMetadata(object, "finalizers");
  if (finalizers == nullptr || !finalizers->is_array()) return false;
  return std::any_of(finalizers->begin(), finalizers->end(),
                     [name](const Json& finalizer) { return finalizer == name; });
}

bool HasController(const Json& object) {
  const Json* const owners = FindInMetadata(object, "ownerReferences");
  if (owners == nullptr || !owners->is_array()) return false;
  return std::any_of(owners->begin(), owners->end(), [](const Json& owner) {
    const Json* const is_controller = base::FindMember(owner, "controller");
    return is_controller != nullptr && *is_controller == true;
  });
}

const Json* FindInMetadata(const Json& object, std::string_view name) {
  const Json* const metadata = base::FindMember(object, kMetadata);
  return metadata == nullptr ? nullptr : base::FindMember(*metadata, name);
}

absl::StatusOr<std::string> ReadName(const Json& object) { return ReadGivenText(object, "name"); }

absl::StatusOr<std::string> ReadNamespace(const Json& object) {
  return ReadText(object, "namespace");
}

absl::StatusOr<std::string> ReadResourceVersion(const Json& object) {
  return ReadGivenText(object, "resourceVersion");
}

absl::StatusOr<std::map<std::string, std::string>> ReadLabels(const Json& object) {
  CS_ASSIGN_OR_RETURN(const auto members, MembersOfMap(object, "labels"));
  std::map<std::string, std::string> labels;
  for (const auto& [name, place] : members) {
    CS_ASSIGN_OR_RETURN(labels[name], place.String());
  }
  return labels;
}

absl::StatusOr<std::string> ReadContinue(const Json& list) { return ReadText(list, "continue"); }

absl::StatusOr<std::vector<std::pair<std::string, JsonPlace>>> MembersOfMap(const Json& object,
                                                                            std::string_view name) {
  std::vector<std::pair<std::string, JsonPlace>> none;
  CS_ASSIGN_OR_RETURN(const auto metadata, JsonPlace(object).OptionalObject(kMetadata));
  if (!metadata.has_value()) return none;
  CS_ASSIGN_OR_RETURN(const auto map, metadata->OptionalObject(name));
  if (!map.has_value()) return none;
  return map->Members();
}

}  // namespace countersign::kube
