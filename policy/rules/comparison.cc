#include "policy/rules/comparison.h"

#include <algorithm>
#include <compare>
#include <cstddef>
#include <optional>
#include <string_view>

#include "absl/algorithm/container.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "base/json_place.h"
#include "base/printable.h"
#include "re2/re2.h"

namespace countersign::policy {
namespace {

using base::Json;

// Of what others wrote, in one sentence.
constexpr size_t kMaxQuotedBytes = 128;
// Beside its text, what comparing a value costs.
constexpr size_t kStepBytes = 16;
// A byte that is matched costs several steps.
constexpr size_t kMatchFactor = 4;

bool IsAbsent(const Json* value) { return value == nullptr || value->is_null(); }

std::string_view NumberText(const Json& number) {
  const Json::binary_t& bytes = number.get_binary();
  return std::string_view(reinterpret_cast<const char*>(bytes.data()), bytes.size());
}

std::optional<Scalar> ScalarOf(const Json& value) {
  if (value.is_boolean()) return value.get<bool>();
  if (value.is_string()) return value.get<std::string>();
  if (!value.is_binary()) return std::nullopt;
  std::optional<Decimal> number = Decimal::Parse(NumberText(value));
  if (!number.has_value()) return std::nullopt;
  return *std::move(number);
}

Truth Of(bool holds) { return holds ? Truth::kTrue : Truth::kFalse; }

Truth JudgeMoment(const Comparison& comparison, const Json& value, absl::Time now) {
  const absl::StatusOr<absl::Time> moment = base::JsonPlace(value).Time();
  if (!moment.ok()) return Truth::kUnknown;
  if (comparison.op == Operator::kBefore) return Of(*moment < comparison.moment);
  if (comparison.op == Operator::kAfter) return Of(*moment > comparison.moment);
  return Of(now - *moment > comparison.age);
}

Truth JudgeNumber(const Comparison& comparison, const Json& value) {
  if (!value.is_binary() || comparison.values.size() != 1) return Truth::kUnknown;
  const Decimal* const bound = std::get_if<Decimal>(&comparison.values.front());
  const std::optional<Decimal> number = Decimal::Parse(NumberText(value));
  if (bound == nullptr || !number.has_value()) return Truth::kUnknown;
  return Of(comparison.op == Operator::kLessThan ? *number < *bound : *number > *bound);
}

// Of a value that is there, without `negate`.
Truth JudgePresent(const Comparison& comparison, const Json& value, absl::Time now) {
  switch (comparison.op) {
    case Operator::kEquals:
    case Operator::kIn: {
      const std::optional<Scalar> scalar = ScalarOf(value);
      if (!scalar.has_value() || comparison.values.empty()) return Truth::kUnknown;
      return Of(absl::c_linear_search(comparison.values, *scalar));
    }
    case Operator::kMatches:
      if (!value.is_string() || comparison.pattern == nullptr) return Truth::kUnknown;
      return Of(re2::RE2::FullMatch(value.get_ref<const std::string&>(), *comparison.pattern));
    case Operator::kBefore:
    case Operator::kAfter:
    case Operator::kOlderThan:
      return JudgeMoment(comparison, value, now);
    case Operator::kLessThan:
    case Operator::kGreaterThan:
      return JudgeNumber(comparison, value);
    case Operator::kExists:
    case Operator::kUnspecified:
      break;
  }
  return Truth::kUnknown;
}

// What goes before the operand.
std::string_view WordsFor(Operator op) {
  switch (op) {
    case Operator::kIn:
      return "one of ";
    case Operator::kBefore:
      return "before ";
    case Operator::kAfter:
      return "after ";
    case Operator::kOlderThan:
      return "older than ";
    case Operator::kLessThan:
      return "less than ";
    case Operator::kGreaterThan:
      return "greater than ";
    case Operator::kEquals:
    case Operator::kMatches:
    case Operator::kExists:
    case Operator::kUnspecified:
      break;
  }
  return "";
}

}  // namespace

Truth Judge(const Comparison& comparison, const Json* value, absl::Time now) {
  if (comparison.op == Operator::kExists) return Of(IsAbsent(value) != comparison.exists);
  if (IsAbsent(value)) return Truth::kUnknown;
  const Truth truth = JudgePresent(comparison, *value, now);
  if (!comparison.negate || truth == Truth::kUnknown) return truth;
  return Of(truth == Truth::kFalse);
}

size_t CostOf(const Comparison& comparison, const Json* value) {
  size_t bytes = 0;
  if (value != nullptr && value->is_string()) bytes = value->get_ref<const std::string&>().size();
  if (value != nullptr && value->is_binary()) bytes = value->get_binary().size();
  // A long expression is held against each byte in as many places as it has.
  if (comparison.pattern != nullptr) {
    bytes *= std::max(kMatchFactor, ProgramSize(comparison) / 8);
  }
  return bytes + kStepBytes * (1 + comparison.values.size());
}

size_t ProgramSize(const Comparison& comparison) {
  if (comparison.pattern == nullptr) return 0;
  return static_cast<size_t>(std::max(0, comparison.pattern->ProgramSize()));
}

std::string Wanted(const Comparison& comparison) {
  if (comparison.op == Operator::kExists) {
    return comparison.exists ? "must be there" : "must be absent";
  }
  return absl::StrCat(comparison.negate ? "must not " : "must ",
                      comparison.op == Operator::kMatches ? "match " : "be ",
                      WordsFor(comparison.op), comparison.operand);
}

std::string Meets(const Comparison& comparison) {
  if (comparison.op == Operator::kExists) return comparison.exists ? "is there" : "is absent";
  if (comparison.op == Operator::kMatches) {
    return absl::StrCat(comparison.negate ? "does not match " : "matches ", comparison.operand);
  }
  return absl::StrCat(comparison.negate ? "is not " : "is ", WordsFor(comparison.op),
                      comparison.operand);
}

std::string Found(const Json* value) {
  if (IsAbsent(value)) return "absent";
  if (value->is_string()) {
    return base::Quoted(value->get_ref<const std::string&>(), kMaxQuotedBytes);
  }
  if (value->is_boolean()) return value->get<bool>() ? "true" : "false";
  if (value->is_binary()) return base::Printable(NumberText(*value), kMaxQuotedBytes);
  return value->is_array() ? "a list" : "an object";
}

}  // namespace countersign::policy
