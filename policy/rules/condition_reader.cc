#include "policy/rules/condition_reader.h"

#include <string>
#include <utility>
#include <vector>

#include "absl/algorithm/container.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "base/json.h"
#include "base/status_macros.h"
#include "policy/rules/comparison.h"
#include "policy/rules/comparison_reader.h"
#include "policy/rules/document_path.h"

namespace countersign::policy {
namespace {

using base::JsonPlace;

absl::StatusOr<DocumentPath> ReadPath(const JsonPlace& object) {
  CS_ASSIGN_OR_RETURN(const JsonPlace place, object.Required("path"));
  CS_ASSIGN_OR_RETURN(const std::string text, place.String());
  absl::StatusOr<DocumentPath> path = DocumentPath::Parse(text);
  if (!path.ok()) return place.Error(path.status().message());
  return path;
}

absl::StatusOr<Quantifier> ReadQuantifier(const JsonPlace& object, const DocumentPath& path) {
  CS_ASSIGN_OR_RETURN(const std::optional<JsonPlace> place, object.Optional("quantifier"));
  if (!place.has_value()) return Quantifier::kAll;
  CS_ASSIGN_OR_RETURN(const std::string text, place->String());
  if (text != "all" && text != "any" && text != "none") {
    return place->Error("must be all, any or none");
  }
  if (!path.has_each()) {
    return place->Error(
        "has no meaning without [*] in the path, which stands for the elements of a list");
  }
  return text == "all" ? Quantifier::kAll : text == "any" ? Quantifier::kAny : Quantifier::kNone;
}

absl::StatusOr<WhereLine> ReadLine(const JsonPlace& object) {
  CS_RETURN_IF_ERROR(
      object.RefuseOthers({"path", "negate", "equals", "in", "matches", "exists", "before", "after",
                           "olderThan", "lessThan", "greaterThan"}));
  WhereLine line;
  CS_ASSIGN_OR_RETURN(line.path, ReadPath(object));
  if (line.path.has_each()) {
    return object.MemberError("path",
                              "must not hold [*]: a line is about one value of the element");
  }
  CS_ASSIGN_OR_RETURN(std::optional<Comparison> comparison, ReadComparison(object, true));
  line.comparison = *std::move(comparison);
  return line;
}

absl::Status ReadWhere(const JsonPlace& object, Condition& condition, ObjectReader& reader) {
  CS_ASSIGN_OR_RETURN(const std::vector<JsonPlace> lines, object.OptionalObjects("where"));
  if (lines.empty()) return object.MemberError("where", "must hold at least one line");
  if (lines.size() > kMaxWhereLines) {
    return object.MemberError("where",
                              absl::StrCat("must hold at most ", kMaxWhereLines, " lines"));
  }
  for (const JsonPlace& place : lines) {
    absl::StatusOr<WhereLine> line = ReadLine(place);
    if (line.ok() &&
        condition.path.CountNumbers() + line->path.CountNumbers() > DocumentPath::kMaxNumbers) {
      line = place.MemberError(
          "path", absl::StrCat("has, with the condition's, more than ", DocumentPath::kMaxNumbers,
                               " tokens that are numbers"));
    }
    reader.AddFault(line.status());
    if (line.ok()) condition.where.push_back(*std::move(line));
  }
  return absl::OkStatus();
}

bool IsKnown(std::string_view name, std::initializer_list<std::string_view> others) {
  return name == "path" || name == "quantifier" || name == "where" || name == "negate" ||
         IsOperatorName(name) || absl::c_linear_search(others, name);
}

absl::StatusOr<Condition> Read(const JsonPlace& place,
                               std::initializer_list<std::string_view> others,
                               ObjectReader& reader) {
  CS_ASSIGN_OR_RETURN(const auto members, place.Members());
  for (const auto& [name, member] : members) {
    if (!IsKnown(name, others)) {
      return member.Error(
          absl::StrCat("is not known: a condition has path, quantifier, negate, where, or one of ",
                       kOperatorNames));
    }
  }
  Condition condition;
  CS_ASSIGN_OR_RETURN(condition.path, ReadPath(place));
  if (!IsInStatement(condition.path)) {
    return place.MemberError(
        "path",
        "must begin with /predicate, /predicateType, /subject or /_type: nothing else is seen");
  }
  CS_ASSIGN_OR_RETURN(condition.quantifier, ReadQuantifier(place, condition.path));
  const bool has_where = place.json().contains("where");
  CS_ASSIGN_OR_RETURN(condition.comparison, ReadComparison(place, !has_where));
  if (has_where) CS_RETURN_IF_ERROR(ReadWhere(place, condition, reader));
  base::Json own = place.json();
  for (const std::string_view name : others) own.erase(std::string(name));
  condition.text = own.dump(-1, ' ', false, base::Json::error_handler_t::replace);
  return condition;
}

}  // namespace

std::optional<Condition> ReadCondition(const JsonPlace& place,
                                       std::initializer_list<std::string_view> others,
                                       ObjectReader& reader) {
  const size_t problems = reader.problems().size();
  absl::StatusOr<Condition> condition = Read(place, others, reader);
  reader.AddFault(condition.status());
  if (reader.problems().size() > problems) return std::nullopt;
  return *std::move(condition);
}

}  // namespace countersign::policy
