#include "policy/moving/kyverno_conditions.h"

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "base/json.h"
#include "base/json_place.h"
#include "gtest/gtest.h"
#include "policy/object_reader.h"
#include "policy/rules/condition.h"
#include "policy/rules/condition_reader.h"
#include "policy/rules/unmet.h"

namespace countersign::policy {
namespace {

using base::Json;

Json Of(std::string_view key, std::string_view op, Json value) {
  return {{"key", std::string(key)}, {"operator", std::string(op)}, {"value", std::move(value)}};
}

bool IsSaid(std::string_view key, std::string_view op, Json value) {
  return ConditionsOfKyverno(Of(key, op, std::move(value)), {"scan"}).has_value();
}

// Whether they hold of a predicate, a week after the new year of 2026.
bool Hold(std::string_view key, std::string_view op, Json value, std::string_view predicate) {
  const auto made = ConditionsOfKyverno(Of(key, op, std::move(value)), {});
  EXPECT_TRUE(made.has_value()) << key << " " << op;
  std::vector<Condition> conditions;
  for (const Json& one : made.value_or(std::vector<Json>())) {
    ObjectReader reader;
    std::optional<Condition> read = ReadCondition(base::JsonPlace(one), {}, reader);
    EXPECT_TRUE(read.has_value()) << one;
    if (!read.has_value()) return false;
    conditions.push_back(*std::move(read));
  }
  const std::string statement = absl::StrCat(
      R"({"_type":"https://in-toto.io/Statement/v1","subject":[],"predicateType":"t",)",
      R"("predicate":)", predicate, "}");
  absl::Time now;
  EXPECT_TRUE(absl::ParseTime(absl::RFC3339_full, "2026-01-08T00:00:00Z", &now, nullptr));
  return FindUnmet(conditions, statement, now).empty();
}

TEST(KyvernoConditions, Equals) {
  EXPECT_TRUE(Hold("{{ builder.id }}", "Equals", "me", R"({"builder":{"id":"me"}})"));
  EXPECT_FALSE(Hold("{{ builder.id }}", "Equals", "me", R"({"builder":{"id":"you"}})"));
  EXPECT_FALSE(Hold("{{ builder.id }}", "Equals", "me", "{}"));
  EXPECT_TRUE(Hold("{{a}}", "Equals", "https://x/*", R"({"a":"https://x/y"})"));
  EXPECT_FALSE(Hold("{{a}}", "Equals", "https://x/*", R"({"a":"no https://x/y"})"));
  EXPECT_TRUE(Hold("{{a}}", "Equals", true, R"({"a":true})"));
  EXPECT_TRUE(Hold("{{a[0].b}}", "Equals", 3, R"({"a":[{"b":3}]})"));
  EXPECT_TRUE(Hold("{{a}}", "NotEquals", "x", R"({"a":"y"})"));
  EXPECT_FALSE(Hold("{{a}}", "NotEquals", "x", R"({"a":"x"})"));
  EXPECT_FALSE(Hold("{{a}}", "NotEquals", "x", R"({})"));
  // To Kyverno a quantity is not another text than x.
  EXPECT_FALSE(Hold("{{a}}", "NotEquals", "x", R"({"a":"10"})"));
}

TEST(KyvernoConditions, WildcardsStandForEndsOfLines) {
  constexpr std::string_view kLines = R"({"a":"bad\nx"})";
  constexpr std::string_view kOther = R"({"a":"good\nbad"})";
  for (const char* text : {"bad*", "*x", "bad?x", "*", "*\nx"}) {
    const Json list = std::vector<Json>{"y", text};
    EXPECT_TRUE(Hold("{{a}}", "Equals", text, kLines)) << text;
    EXPECT_FALSE(Hold("{{a}}", "NotEquals", text, kLines)) << text;
    for (const char* op : {"AnyIn", "AllIn", "In"}) {
      EXPECT_TRUE(Hold("{{a}}", op, text, kLines)) << op << text;
      EXPECT_TRUE(Hold("{{a}}", op, list, kLines)) << op << text;
    }
    for (const char* op : {"AnyNotIn", "AllNotIn", "NotIn"}) {
      EXPECT_FALSE(Hold("{{a}}", op, text, kLines)) << op << text;
      EXPECT_FALSE(Hold("{{a}}", op, list, kLines)) << op << text;
    }
  }
  // They stand for what is there alone: neither a beginning nor an end of a line is that of the text.
  EXPECT_FALSE(Hold("{{a}}", "Equals", "bad*", kOther));
  EXPECT_TRUE(Hold("{{a}}", "NotEquals", "bad*", kOther));
  EXPECT_TRUE(Hold("{{a}}", "NotEquals", "good", kOther));
  EXPECT_TRUE(Hold("{{a}}", "AnyNotIn", Json(std::vector<Json>{"bad*", "good", "?x"}), kOther));
  EXPECT_FALSE(Hold("{{a[]}}", "AllNotIn", "bad*", R"({"a":["good","bad\nx"]})"));
  EXPECT_FALSE(Hold("{{a[]}}", "AnyNotIn", "bad*", R"({"a":["bad\n","bad\nx"]})"));
}

TEST(KyvernoConditions, TextsThatKyvernoConvertsAreNotSaid) {
  for (const char* text : {"60m", "1Ki", "-1", ".5", "{{ request.object }}", "", "[\"a\"]"}) {
    EXPECT_FALSE(IsSaid("{{a}}", "Equals", text)) << text;
    EXPECT_FALSE(IsSaid("{{a}}", "AnyNotIn", Json(std::vector<Json>{text}))) << text;
  }
  EXPECT_FALSE(IsSaid("{{a}}", "NotEquals", 1));
  EXPECT_FALSE(IsSaid("{{a}}", "Equals", Json::array()));
}

TEST(KyvernoConditions, Numbers) {
  EXPECT_TRUE(Hold("{{a}}", "LessThanOrEquals", 7, R"({"a":7})"));
  EXPECT_FALSE(Hold("{{a}}", "LessThanOrEquals", 7, R"({"a":7.5})"));
  EXPECT_FALSE(Hold("{{a}}", "LessThan", 7, R"({"a":7})"));
  EXPECT_TRUE(Hold("{{a}}", "GreaterThanOrEquals", 7, R"({"a":7})"));
  EXPECT_FALSE(Hold("{{a}}", "GreaterThan", 7, R"({"a":7})"));
  EXPECT_FALSE(Hold("{{a}}", "LessThanOrEquals", 7, R"({"a":"x"})"));
  EXPECT_FALSE(IsSaid("{{a}}", "LessThan", "7"));
}

TEST(KyvernoConditions, Ages) {
  constexpr std::string_view kSince = "{{ time_since('','{{metadata.at}}','') }}";
  constexpr std::string_view kDiff = "{{ time_diff('{{ metadata.at }}','{{ time_now_utc() }}') }}";
  constexpr std::string_view kWeek = R"({"metadata":{"at":"2026-01-01T00:00:00Z"}})";
  constexpr std::string_view kMore = R"({"metadata":{"at":"2025-12-31T23:59:59Z"}})";
  for (const std::string_view key : {kSince, kDiff}) {
    EXPECT_TRUE(Hold(key, "LessThanOrEquals", "168h", kWeek));
    EXPECT_FALSE(Hold(key, "LessThanOrEquals", "168h", kMore));
    EXPECT_FALSE(Hold(key, "LessThanOrEquals", "168h", "{}"));
    EXPECT_FALSE(Hold(key, "LessThan", "168h", kWeek));
    EXPECT_TRUE(Hold(key, "GreaterThan", "168h", kMore));
    EXPECT_FALSE(Hold(key, "GreaterThan", "168h", kWeek));
    EXPECT_TRUE(Hold(key, "GreaterThanOrEquals", "168h", kWeek));
  }
  EXPECT_FALSE(IsSaid(kSince, "Equals", "168h"));
  for (const char* age : {"7d", "inf", "-inf", "+inf", "99999999999999999999h", "0s", ""}) {
    for (const char* op : {"LessThan", "LessThanOrEquals", "GreaterThan", "GreaterThanOrEquals"}) {
      EXPECT_FALSE(IsSaid(kSince, op, age)) << op << age;
    }
  }
  EXPECT_FALSE(IsSaid("{{ time_since('2006','{{a}}','') }}", "LessThan", "1h"));
  EXPECT_FALSE(IsSaid("{{ time_diff('{{a}}','{{b}}') }}", "LessThan", "1h"));
}

TEST(KyvernoConditions, ListsAndTheirElements) {
  constexpr std::string_view kBoth = R"({"c":[{"l":[{"x":"MIT"}]},{"l":[{"x":"GPL-3.0"}]}]})";
  constexpr std::string_view kMit = R"({"c":[{"l":[{"x":"MIT"}]}]})";
  const Json gpl = std::vector<Json>{"GPL-3.0"};
  constexpr std::string_view kKey = "{{ c[].l[].x }}";
  EXPECT_FALSE(Hold(kKey, "AllNotIn", gpl, kBoth));
  EXPECT_TRUE(Hold(kKey, "AllNotIn", gpl, kMit));
  EXPECT_TRUE(Hold(kKey, "AnyNotIn", gpl, kBoth));
  EXPECT_TRUE(Hold(kKey, "AnyIn", gpl, kBoth));
  EXPECT_FALSE(Hold(kKey, "AllIn", gpl, kBoth));
  // What is there is a wildcard, which Kyverno finds to be in any list.
  EXPECT_FALSE(Hold("{{a}}", "AnyNotIn", gpl, R"({"a":"*"})"));
  EXPECT_TRUE(Hold("{{a}}", "In", Json(std::vector<Json>{"1.5", "1.6"}), R"({"a":"1.6"})"));
  EXPECT_TRUE(Hold("{{a}}", "AnyIn", "main", R"({"a":"main"})"));
  EXPECT_FALSE(IsSaid(kKey, "In", gpl));
  EXPECT_FALSE(IsSaid(kKey, "Equals", "MIT"));
  EXPECT_FALSE(IsSaid("{{a}}", "AnyIn", Json(std::vector<Json>{"{{ images }}"})));
}

TEST(KyvernoConditions, Expressions) {
  constexpr std::string_view kKey = "{{ regex_match('^a/(b|c)@','{{ builder.id}}') }}";
  EXPECT_TRUE(Hold(kKey, "Equals", true, R"({"builder":{"id":"a/c@1\n2"}})"));
  EXPECT_FALSE(Hold(kKey, "Equals", true, R"({"builder":{"id":"x a/c@1"}})"));
  EXPECT_TRUE(Hold(kKey, "Equals", false, R"({"builder":{"id":"x a/c@1"}})"));
  EXPECT_FALSE(Hold(kKey, "NotEquals", true, R"({"builder":{"id":"a/c@1"}})"));
  EXPECT_FALSE(IsSaid("{{ regex_match('(','{{ a }}') }}", "Equals", true));
  EXPECT_FALSE(IsSaid(kKey, "Equals", "true"));
}

TEST(KyvernoConditions, WhatIsNoPathIntoThePredicateIsNotSaid) {
  for (const char* key : {"",
                          "a",
                          "x{{a}}",
                          "{{a}}{{b}}",
                          "{{ a || b }}",
                          "{{ a | length(@) }}",
                          "{{ a[?b=='c'] }}",
                          "{{ length(a) }}",
                          "{{\va}}",
                          "{{a\f}}",
                          "{{ request.object }}",
                          "{{ scan.a }}",
                          "{{ a..b }}",
                          "{{ a[*][0] }}",
                          "{{ .a }}",
                          "{{ a[ }}",
                          "{{",
                          "{{}}",
                          "{{ [0] }}",
                          "{{ semver_compare('{{a}}','>4') }}"}) {
    EXPECT_FALSE(IsSaid(key, "Equals", "x")) << key;
  }
  EXPECT_FALSE(ConditionsOfKyverno(Json(1), {}).has_value());
  EXPECT_FALSE(IsSaid("{{a}}", "Unknown", "x"));
}

}  // namespace
}  // namespace countersign::policy
