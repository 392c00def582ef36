#include "policy/rules/comparison_reader.h"

#include <cstddef>
#include <iterator>
#include <memory>
#include <utility>
#include <vector>

#include "absl/algorithm/container.h"
#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "base/json.h"
#include "base/printable.h"
#include "base/regexp.h"
#include "base/status_macros.h"
#include "policy/rules/decimal.h"
#include "re2/re2.h"

namespace countersign::policy {
namespace {

using base::Json;
using base::JsonPlace;

constexpr size_t kMaxOperandBytes = 200;
// A decimal number of so many digits goes through a double and back unchanged.
constexpr size_t kMaxDigitsOfDouble = 15;

struct NamedOperator {
  std::string_view name;
  Operator op;
};

constexpr NamedOperator kOperators[] = {
    {"equals", Operator::kEquals},           {"in", Operator::kIn},
    {"matches", Operator::kMatches},         {"exists", Operator::kExists},
    {"before", Operator::kBefore},           {"after", Operator::kAfter},
    {"olderThan", Operator::kOlderThan},     {"lessThan", Operator::kLessThan},
    {"greaterThan", Operator::kGreaterThan},
};
absl::StatusOr<Scalar> ReadNumber(const JsonPlace& place) {
  const Json& json = place.json();
  if (!json.is_number()) return place.Error("must be a number");
  std::optional<Decimal> number = Decimal::Parse(json.dump());
  if (!number.has_value() || (json.is_number_float() && number->digits() > kMaxDigitsOfDouble)) {
    return place.Error(
        "cannot be told from its neighbours: a number is an integer within 64 bits, or has at most "
        "15 significant digits");
  }
  return Scalar(*std::move(number));
}

absl::StatusOr<Scalar> ReadScalar(const JsonPlace& place) {
  const Json& json = place.json();
  if (json.is_boolean()) return Scalar(json.get<bool>());
  if (json.is_string()) return Scalar(json.get<std::string>());
  if (json.is_number()) return ReadNumber(place);
  return place.Error(
      "must be a string, a number, true or false (absence is asked for by exists: false)");
}

std::string Written(const Json& scalar) {
  return scalar.is_string() ? base::Quoted(scalar.get_ref<const std::string&>())
                            : base::Printable(scalar.dump());
}

absl::Status ReadList(const JsonPlace& place, Comparison& comparison) {
  CS_ASSIGN_OR_RETURN(const std::vector<JsonPlace> elements, place.Elements());
  if (elements.empty()) return place.Error("must hold at least one value, or nothing is in it");
  if (elements.size() > kMaxListedValues) {
    return place.Error(absl::StrCat("must hold at most ", kMaxListedValues, " values"));
  }
  for (const JsonPlace& element : elements) {
    CS_ASSIGN_OR_RETURN(Scalar value, ReadScalar(element));
    comparison.values.push_back(std::move(value));
    absl::StrAppend(&comparison.operand, comparison.operand.empty() ? "" : ", ",
                    Written(element.json()));
  }
  return absl::OkStatus();
}

absl::Status ReadPattern(const JsonPlace& place, Comparison& comparison) {
  CS_ASSIGN_OR_RETURN(const std::string text, place.String());
  absl::StatusOr<std::shared_ptr<const re2::RE2>> pattern = base::CompileRegexp(text);
  if (!pattern.ok()) {
    return place.Error(absl::StrCat("is no expression of RE2's syntax that can be used: ",
                                    pattern.status().message()));
  }
  comparison.pattern = *std::move(pattern);
  comparison.operand = base::Quoted(text);
  return absl::OkStatus();
}

absl::Status ReadAge(const JsonPlace& place, Comparison& comparison) {
  CS_ASSIGN_OR_RETURN(const std::string text, place.String());
  const bool is_finite = !text.empty() && text.front() >= '0' && text.front() <= '9';
  if (!is_finite || !absl::ParseDuration(text, &comparison.age)) {
    return place.Error(
        "must be a duration, such as 168h or 1h30m (there are no days: a week is 168h)");
  }
  comparison.operand = base::Printable(text);
  return absl::OkStatus();
}

absl::Status ReadOperand(const JsonPlace& place, Comparison& comparison) {
  comparison.operand = place.json().is_primitive() ? Written(place.json()) : "";
  switch (comparison.op) {
    case Operator::kEquals: {
      CS_ASSIGN_OR_RETURN(Scalar value, ReadScalar(place));
      comparison.values.push_back(std::move(value));
      return absl::OkStatus();
    }
    case Operator::kIn:
      return ReadList(place, comparison);
    case Operator::kMatches:
      return ReadPattern(place, comparison);
    case Operator::kExists: {
      CS_ASSIGN_OR_RETURN(comparison.exists, place.Bool());
      return absl::OkStatus();
    }
    case Operator::kBefore:
    case Operator::kAfter: {
      CS_ASSIGN_OR_RETURN(comparison.moment, place.Time());
      comparison.operand = base::Printable(place.json().get_ref<const std::string&>());
      return absl::OkStatus();
    }
    case Operator::kOlderThan:
      return ReadAge(place, comparison);
    case Operator::kLessThan:
    case Operator::kGreaterThan: {
      CS_ASSIGN_OR_RETURN(Scalar value, ReadNumber(place));
      comparison.values.push_back(std::move(value));
      return absl::OkStatus();
    }
    case Operator::kUnspecified:
      break;
  }
  return place.Error("is no operator");
}

}  // namespace

bool IsOperatorName(std::string_view name) {
  return absl::c_any_of(kOperators, [&](const NamedOperator& known) { return known.name == name; });
}

absl::StatusOr<std::optional<Comparison>> ReadComparison(const JsonPlace& object, bool is_needed) {
  std::optional<Comparison> comparison;
  for (const auto& [name, op] : kOperators) {
    const auto member = object.json().find(name);
    if (member == object.json().end()) continue;
    if (member->is_null()) {
      return object.MemberError(name, "must not be null: absence is asked for by exists: false");
    }
    CS_ASSIGN_OR_RETURN(const JsonPlace operand, object.Required(name));
    if (comparison.has_value() || !is_needed) {
      return operand.Error(is_needed ? "is a second operator: one condition or line has exactly one"
                                     : "must not stand beside where: put it into one of its lines");
    }
    comparison.emplace().op = op;
    CS_RETURN_IF_ERROR(ReadOperand(operand, *comparison));
    comparison->operand = base::Printable(comparison->operand, kMaxOperandBytes);
  }
  if (is_needed && !comparison.has_value()) {
    return object.Error(absl::StrCat("must have one of ", kOperatorNames));
  }
  CS_ASSIGN_OR_RETURN(const bool negate, object.OptionalBool("negate"));
  if (!negate) return comparison;
  if (!comparison.has_value()) {
    return object.MemberError("negate", "must not stand beside where: write quantifier: none");
  }
  if (comparison->op == Operator::kExists) {
    return object.MemberError("negate", absl::StrCat("must not stand beside exists: write exists: ",
                                                     comparison->exists ? "false" : "true"));
  }
  comparison->negate = true;
  return comparison;
}

}  // namespace countersign::policy
