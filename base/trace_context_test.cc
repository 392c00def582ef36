#include "base/trace_context.h"

#include <algorithm>
#include <cstddef>
#include <set>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace countersign::base {
namespace {

using testing::ElementsAre;
using testing::Eq;
using testing::IsEmpty;
using testing::Pair;

// The example of the standard, section 3.2.3.
constexpr char kTraceId[] = "4bf92f3577b34da6a3ce929d0e0e4736";
constexpr char kParentId[] = "00f067aa0ba902b7";
constexpr char kExample[] = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

TraceContext Example() { return {.trace_id = kTraceId, .span_id = kParentId, .is_sampled = true}; }

// The example with another text in the place of its part.
std::string With(std::string_view version, std::string_view trace_id, std::string_view parent_id,
                 std::string_view flags) {
  return absl::StrCat(version, "-", trace_id, "-", parent_id, "-", flags);
}

TEST(ParseTraceparent, ReadsVersion00) {
  EXPECT_EQ(ParseTraceparent(kExample), Example());
  EXPECT_EQ(ParseTraceparent(With("00", kTraceId, kParentId, "00")),
            (TraceContext{.trace_id = kTraceId, .span_id = kParentId}));
}

TEST(ParseTraceparent, OfTheFlagsOnlySampledCounts) {
  for (const char* sampled : {"01", "03", "ff", "09"}) {
    const auto trace = ParseTraceparent(With("00", kTraceId, kParentId, sampled));
    ASSERT_TRUE(trace.has_value()) << sampled;
    EXPECT_TRUE(trace->is_sampled) << sampled;
  }
  for (const char* not_sampled : {"00", "02", "fe", "10"}) {
    const auto trace = ParseTraceparent(With("00", kTraceId, kParentId, not_sampled));
    ASSERT_TRUE(trace.has_value()) << not_sampled;
    EXPECT_FALSE(trace->is_sampled) << not_sampled;
  }
}

TEST(ParseTraceparent, OfALaterVersionReadsWhatItKnows) {
  EXPECT_EQ(ParseTraceparent(With("01", kTraceId, kParentId, "01")), Example());
  EXPECT_EQ(ParseTraceparent(With("cc", kTraceId, kParentId, "01-what-the-future-will-be-like")),
            Example());
  EXPECT_EQ(ParseTraceparent(With("cc", kTraceId, kParentId, "01-")), Example());
  EXPECT_EQ(ParseTraceparent(With("cc", kTraceId, kParentId, "01.what")), std::nullopt);
}

TEST(ParseTraceparent, WhatIsNotAsTheStandardSaysIsNone) {
  const std::string zeros(32, '0');
  const std::string values[] = {
      "",
      "00",
      "-",
      With("ff", kTraceId, kParentId, "01"),
      With("0", kTraceId, kParentId, "01"),
      With("000", kTraceId, kParentId, "01"),
      With("0A", kTraceId, kParentId, "01"),
      With("0g", kTraceId, kParentId, "01"),
      With("00", zeros, kParentId, "01"),
      With("00", kTraceId, zeros.substr(16), "01"),
      With("00", "4BF92F3577B34DA6A3CE929D0E0E4736", kParentId, "01"),
      With("00", "4bf92f3577b34da6a3ce929d0e0e473", kParentId, "01"),
      With("00", "4bf92f3577b34da6a3ce929d0e0e47361", kParentId, "01"),
      With("00", "4bf92f3577b34da6a3ce929d0e0e473-", kParentId, "01"),
      With("00", kTraceId, "00F067AA0BA902B7", "01"),
      With("00", kTraceId, "00f067aa0ba902b", "01"),
      With("00", kTraceId, "00f067aa0ba902b71", "01"),
      With("00", kTraceId, "00f067aa0ba902b\"", "01"),
      With("00", kTraceId, kParentId, ""),
      With("00", kTraceId, kParentId, "1"),
      With("00", kTraceId, kParentId, "0x"),
      With("00", kTraceId, kParentId, "0F"),
      With("00", kTraceId, kParentId, "01-"),
      With("00", kTraceId, kParentId, "01-more"),
      absl::StrCat(" ", kExample),
      absl::StrCat(kExample, " "),
      absl::StrCat(kExample, ",", kExample),
      absl::StrCat(kExample, std::string(1, '\0')),
      "00_4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
      "00-4bf92f3577b34da6a3ce929d0e0e4736_00f067aa0ba902b7-01",
      "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7_01",
  };
  for (const std::string& value : values) EXPECT_EQ(ParseTraceparent(value), std::nullopt) << value;
}

TEST(WriteTraceparent, IsReadAsWhatWasWritten) {
  EXPECT_EQ(WriteTraceparent(Example()), kExample);
  TraceContext not_sampled = Example();
  not_sampled.is_sampled = false;
  EXPECT_EQ(ParseTraceparent(WriteTraceparent(not_sampled)), not_sampled);
  EXPECT_EQ(WriteTraceparent(TraceContext()), "");
}

// 1, 2, 3 and so on.
void Count(absl::Span<unsigned char> bytes) {
  for (size_t i = 0; i < bytes.size(); ++i) bytes[i] = static_cast<unsigned char>(i + 1);
}

TEST(BeginSpan, IsInTheCallersTrace) {
  EXPECT_EQ(
      BeginSpan(Example(), Count),
      (TraceContext{.trace_id = kTraceId, .span_id = "0102030405060708", .is_sampled = true}));
}

TEST(BeginSpan, WithoutACallersTraceIsInOneOfItsOwn) {
  EXPECT_EQ(BeginSpan(std::nullopt, Count),
            (TraceContext{.trace_id = "090a0b0c0d0e0f101112131415161718",
                          .span_id = "0102030405060708"}));
}

TEST(BeginSpan, WithoutAnythingRandomThereIsNone) {
  const auto zeros = [](absl::Span<unsigned char> bytes) {
    std::fill(bytes.begin(), bytes.end(), 0);
  };
  EXPECT_FALSE(BeginSpan(std::nullopt, zeros).IsThere());
  EXPECT_FALSE(BeginSpan(Example(), zeros).IsThere());
}

TEST(BeginSpan, OfTheSystemsRandomBytesIsWellFormedAndAnotherEachTime) {
  const TraceContext first = BeginSpan(std::nullopt);
  const TraceContext second = BeginSpan(std::nullopt);
  EXPECT_EQ(ParseTraceparent(WriteTraceparent(first)), first);
  EXPECT_NE(first.trace_id, second.trace_id);
  EXPECT_NE(first.span_id, second.span_id);
}

TEST(FillFromSystem, GivesOtherBytesEachTimeHoweverManyThereAre) {
  std::set<std::vector<unsigned char>> given;
  for (int i = 0; i < 100; ++i) {
    for (const size_t bytes : {24, 8, 511, 513, 2000}) {
      std::vector<unsigned char> some(bytes);
      FillFromSystem(absl::MakeSpan(some));
      // All of it was filled.
      EXPECT_NE(std::count(some.end() - 8, some.end(), 0), 8);
      EXPECT_TRUE(given.insert(some).second);
    }
  }
}

TEST(AddTrace, SaysItAfterTheOtherFields) {
  LogFields fields = {{"object", "shop/web"}};
  AddTrace(Example(), fields);
  EXPECT_THAT(fields, ElementsAre(Pair(Eq("object"), "shop/web"), Pair(Eq("traceId"), kTraceId),
                                  Pair(Eq("spanId"), kParentId)));
  LogFields none;
  AddTrace(TraceContext(), none);
  EXPECT_THAT(none, IsEmpty());
}

}  // namespace
}  // namespace countersign::base
