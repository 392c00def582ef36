#include "policy/object_reader.h"

#include "base/json.h"

namespace countersign::policy {

using base::JsonPlace;
using base::JsonPointer;

void ObjectReader::AddFault(Problem fault) {
  if (!fault_.has_value()) fault_ = fault;
  problems_.push_back(std::move(fault));
}

void ObjectReader::AddFault(const absl::Status& error) {
  if (!error.ok()) AddFault(base::FaultOf(error).value_or(Problem()));
}

absl::StatusOr<std::string> ObjectReader::Text(const JsonPlace& object, std::string_view name) {
  const std::optional<JsonPlace> member = object.Optional(name).value_or(std::nullopt);
  std::string_view reason;
  if (!member.has_value()) {
    reason = "is missing";
  } else if (!member->json().is_string()) {
    reason = "must be a string";
  } else if (member->json().get_ref<const std::string&>().empty()) {
    reason = "is empty";
  } else {
    return member->String();
  }
  AddProblem(JsonPointer(object.pointer(), name), reason);
  return absl::InvalidArgumentError(reason);
}

std::optional<JsonPlace> ObjectReader::Needed(const JsonPlace& object, std::string_view name) {
  absl::StatusOr<std::optional<JsonPlace>> member = object.Optional(name);
  if (!member.ok()) {
    AddFault(member.status());
    return std::nullopt;
  }
  if (!member->has_value()) AddFault(Problem{JsonPointer(object.pointer(), name), "is missing"});
  return *std::move(member);
}

std::vector<JsonPlace> ObjectReader::Elements(const JsonPlace& array) {
  absl::StatusOr<std::vector<JsonPlace>> elements = array.Elements();
  AddFault(elements.status());
  return elements.ok() ? *std::move(elements) : std::vector<JsonPlace>();
}

}  // namespace countersign::policy
