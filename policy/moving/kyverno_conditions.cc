#include "policy/moving/kyverno_conditions.h"

#include <cstddef>
#include <utility>

#include "absl/algorithm/container.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "policy/moving/jmes_key.h"

namespace countersign::policy {
namespace {

using base::Json;
using Conditions = std::optional<std::vector<Json>>;

bool HasWildcard(std::string_view text) { return text.find_first_of("*?") != text.npos; }

// A text that Kyverno compares with others letter by letter: it takes none for a duration, a quantity,
// a range or JSON, and there is no variable in it.
bool IsPlain(std::string_view text) {
  return !text.empty() && text.find("{{") == text.npos &&
         std::string_view("0123456789+-.[{\"<>=!~").find(text.front()) == text.npos &&
         text != "true" && text != "false" && text != "null";
}

bool IsPlain(const Json& value) {
  return value.is_string() && IsPlain(std::string_view(value.get_ref<const std::string&>()));
}

Json At(const JmesKey& key) { return {{"path", absl::StrCat("/predicate", key.pointer)}}; }

Json Turned(Json condition, bool is_negated) {
  if (is_negated) condition["negate"] = true;
  return condition;
}

Json With(Json condition, std::string_view name, Json operand) {
  condition[std::string(name)] = std::move(operand);
  return condition;
}

Conditions One(Json condition) { return std::vector<Json>{std::move(condition)}; }

Conditions Equal(const JmesKey& key, const Json& value, bool is_negated) {
  if (key.has_each) return std::nullopt;
  if (value.is_boolean()) return One(Turned(With(At(key), "equals", value), is_negated));
  if (value.is_number() && !is_negated) return One(With(At(key), "equals", value));
  if (!IsPlain(value)) return std::nullopt;
  const std::string& text = value.get_ref<const std::string&>();
  Json condition = HasWildcard(text) ? With(At(key), "matches", WildcardExpression(text))
                                     : With(At(key), "equals", value);
  if (!is_negated) return One(std::move(condition));
  // Of a text that may be a quantity Kyverno does not say that it is another.
  return std::vector<Json>{Turned(std::move(condition), true),
                           Turned(With(At(key), "matches", "[-+.0-9](?s:.*)"), true)};
}

// Of a list of plain texts: an expression for any of them.
std::optional<std::string> AnyOf(const Json& value) {
  const Json list = value.is_array() ? value : Json(std::vector<Json>{value});
  std::string expression;
  for (const Json& text : list) {
    if (!IsPlain(text)) return std::nullopt;
    absl::StrAppend(&expression, expression.empty() ? "" : "|",
                    "(?:", WildcardExpression(text.get_ref<const std::string&>()), ")");
  }
  if (expression.empty()) return std::nullopt;
  return expression;
}

bool IsListOfScalars(const Json& value) {
  return value.is_array() && !value.empty() && absl::c_all_of(value, [](const Json& one) {
           if (one.is_string()) return !HasWildcard(one.get_ref<const std::string&>());
           return one.is_boolean() || one.is_number_integer();
         });
}

// `quantifier` where the key is a list's elements: "" for an operator that asks something else of them.
Conditions Member(const JmesKey& key, const Json& value, std::string_view quantifier, bool is_in) {
  if (key.has_each && quantifier.empty()) return std::nullopt;
  Json condition = At(key);
  if (key.has_each) condition["quantifier"] = std::string(quantifier);
  if (value.is_array() && absl::c_any_of(value, [](const Json& one) {
        return one.is_string() && absl::StrContains(one.get_ref<const std::string&>(), "{{");
      })) {
    return std::nullopt;
  }
  if (is_in && IsListOfScalars(value)) return One(With(std::move(condition), "in", value));
  std::optional<std::string> expression = AnyOf(value);
  if (!expression.has_value()) return std::nullopt;
  if (is_in) return One(With(std::move(condition), "matches", *expression));
  // What is there may be a wildcard to Kyverno, too.
  absl::StrAppend(&*expression, "|(?s:.*[*?].*)");
  return One(Turned(With(std::move(condition), "matches", *expression), true));
}

// How an operator of order is said: less or greater, and turned around or not.
struct Order {
  bool is_less = false;
  bool or_equals = false;
};

std::optional<Order> OrderOf(std::string_view op) {
  if (op.starts_with("Duration")) op.remove_prefix(std::string_view("Duration").size());
  if (op == "LessThan") return Order{.is_less = true};
  if (op == "LessThanOrEquals") return Order{.is_less = true, .or_equals = true};
  if (op == "GreaterThan") return Order{};
  if (op == "GreaterThanOrEquals") return Order{.or_equals = true};
  return std::nullopt;
}

Conditions Number(const JmesKey& key, const Json& value, Order order) {
  if (key.has_each || !value.is_number()) return std::nullopt;
  const bool is_less = order.is_less != order.or_equals;
  return One(Turned(With(At(key), is_less ? "lessThan" : "greaterThan", value), order.or_equals));
}

Conditions Age(const JmesKey& key, const Json& value, Order order) {
  absl::Duration age;
  if (key.has_each || !value.is_string() ||
      !absl::ParseDuration(value.get_ref<const std::string&>(), &age) ||
      age <= absl::ZeroDuration() || age == absl::InfiniteDuration()) {
    return std::nullopt;
  }
  // olderThan is of what is older by more than that; at the least step of time the other is said.
  const bool is_exact = order.is_less == order.or_equals;
  if (!is_exact) age -= absl::Nanoseconds(1);
  return One(Turned(With(At(key), "olderThan", is_exact ? value : Json(absl::FormatDuration(age))),
                    order.is_less));
}

Conditions Expression(const JmesKey& key, const Json& value, bool is_negated) {
  if (key.has_each || !value.is_boolean()) return std::nullopt;
  return One(
      Turned(With(At(key), "matches", absl::StrCat("(?s:.*)(?:", key.expression, ")(?s:.*)")),
             value.get<bool>() == is_negated));
}

}  // namespace

std::optional<std::vector<Json>> ConditionsOfKyverno(const Json& condition,
                                                     const std::set<std::string>& taken) {
  const std::optional<JmesKey> key = ReadJmesKey(base::FindString(condition, "key"));
  const Json* value = base::FindMember(condition, "value");
  const std::string op = base::FindString(condition, "operator");
  if (!key.has_value() || value == nullptr || taken.contains(key->first)) return std::nullopt;
  const bool is_equal = op == "Equals" || op == "Equal";
  const bool is_other = op == "NotEquals" || op == "NotEqual";
  const std::optional<Order> order = OrderOf(op);
  switch (key->kind) {
    case JmesKey::Kind::kExpression:
      if (!is_equal && !is_other) return std::nullopt;
      return Expression(*key, *value, is_other);
    case JmesKey::Kind::kAge:
      if (!order.has_value()) return std::nullopt;
      return Age(*key, *value, *order);
    case JmesKey::Kind::kValue:
      break;
  }
  if (is_equal || is_other) return Equal(*key, *value, is_other);
  if (order.has_value()) {
    if (op.starts_with("Duration")) return std::nullopt;
    return Number(*key, *value, *order);
  }
  if (op == "AnyIn") return Member(*key, *value, "any", true);
  if (op == "AllIn") return Member(*key, *value, "all", true);
  if (op == "AnyNotIn") return Member(*key, *value, "any", false);
  if (op == "AllNotIn") return Member(*key, *value, "all", false);
  if (op == "In") return Member(*key, *value, "", true);
  if (op == "NotIn") return Member(*key, *value, "", false);
  return std::nullopt;
}

std::string WildcardExpression(std::string_view wildcards) {
  static constexpr std::string_view kMeta = R"(\.+()|[]{}^$)";
  // A wildcard stands for the ends of lines, too.
  std::string expression = HasWildcard(wildcards) ? "(?s)^" : "^";
  for (const char c : wildcards) {
    if (c == '*') {
      expression += ".*";
    } else if (c == '?') {
      expression += '.';
    } else {
      if (kMeta.find(c) != std::string_view::npos) expression += '\\';
      expression += c;
    }
  }
  return expression + "$";
}

}  // namespace countersign::policy
