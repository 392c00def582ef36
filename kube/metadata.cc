#include "kube/metadata.h"

#include <string_view>

#include "base/status_macros.h"

namespace countersign::kube {
namespace {

using base::Json;

constexpr std::string_view kMetadata = "metadata";
constexpr std::string_view kPointer = "/metadata";

std::string TextOf(const Json& object, std::string_view name) {
  const Json* const metadata = base::FindMember(object, kMetadata);
  if (metadata == nullptr) return "";
  return base::StringMember(*metadata, name, kPointer).value_or("");
}

absl::StatusOr<std::string> ReadText(const Json& object, std::string_view name) {
  CS_ASSIGN_OR_RETURN(const Json* const metadata, base::ObjectMember(object, kMetadata, ""));
  if (metadata == nullptr) return base::MemberError(kPointer, "must be given");
  return base::StringMember(*metadata, name, kPointer);
}

absl::StatusOr<std::string> ReadGivenText(const Json& object, std::string_view name) {
  CS_ASSIGN_OR_RETURN(std::string text, ReadText(object, name));
  if (text.empty()) return base::MemberError(base::JsonPointer(kPointer, name), "must be given");
  return text;
}

}  // namespace

std::string NameOf(const Json& object) { return TextOf(object, "name"); }
std::string UidOf(const Json& object) { return TextOf(object, "uid"); }
std::string ResourceVersionOf(const Json& object) { return TextOf(object, "resourceVersion"); }

int64_t GenerationOf(const Json& object) {
  const Json* const metadata = base::FindMember(object, kMetadata);
  if (metadata == nullptr) return 0;
  return base::IntegerMember(*metadata, "generation", kPointer).value_or(0);
}

const Json* FindAnnotations(const Json& object) {
  const Json* const metadata = base::FindMember(object, kMetadata);
  const Json* const annotations =
      metadata == nullptr ? nullptr : base::FindMember(*metadata, "annotations");
  return annotations != nullptr && annotations->is_object() ? annotations : nullptr;
}

absl::StatusOr<std::string> ReadName(const Json& object) { return ReadGivenText(object, "name"); }

absl::StatusOr<std::string> ReadNamespace(const Json& object) {
  return ReadText(object, "namespace");
}

absl::StatusOr<std::string> ReadResourceVersion(const Json& object) {
  return ReadGivenText(object, "resourceVersion");
}

}  // namespace countersign::kube
