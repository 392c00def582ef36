#include "base/log.h"

#include <sys/wait.h>
#include <unistd.h>

#include <cstddef>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "nlohmann/json.hpp"

namespace countersign::base {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

const absl::Time kTime = absl::FromUnixMillis(1'700'000'000'007);

std::string MessageOf(const std::string& line) { return nlohmann::json::parse(line)["msg"]; }

TEST(FormatLogLine, IsOneJsonObjectWithFieldsInOrder) {
  EXPECT_EQ(FormatLogLine(LogLevel::kInfo, kTime, "policy", "loaded",
                          {{"object", "default/web"}, {"error", "none"}, {"image", "nginx"}}),
            "{\"level\":\"info\",\"ts\":\"2023-11-14T22:13:20.007Z\",\"logger\":\"policy\",\"msg\":"
            "\"loaded\","
            "\"object\":\"default/web\",\"error\":\"none\",\"image\":\"nginx\"}\n");
}

TEST(FormatLogLine, NamesTheLevels) {
  for (const auto& [level, name] :
       std::vector<std::pair<LogLevel, std::string>>{{LogLevel::kDebug, "debug"},
                                                     {LogLevel::kInfo, "info"},
                                                     {LogLevel::kWarning, "warn"},
                                                     {LogLevel::kError, "error"}}) {
    EXPECT_EQ(nlohmann::json::parse(FormatLogLine(level, kTime, "l", "m", {}))["level"], name);
  }
}

TEST(FormatLogLine, KeepsAHostileMessageOnOneLine) {
  const std::string message = "a\"b\\c\nd\r\te\x1b[31m\x7f{\"level\":\"info\"}";
  const std::string line = FormatLogLine(LogLevel::kError, kTime, "l", message, {{"k", "\n"}});
  EXPECT_EQ(line.find('\n'), line.size() - 1);
  EXPECT_EQ(line.find('\x1b'), std::string::npos);
  EXPECT_EQ(MessageOf(line), message);
}

TEST(FormatLogLine, ShowsNothingThatATerminalWouldObey) {
  const std::vector<std::pair<std::string, std::string>> kEscaped = {
      {"\x7f", "\\u007f"},   {"\u0080", "\\u0080"}, {"\u0085", "\\u0085"}, {"\u009b", "\\u009b"},
      {"\u009f", "\\u009f"}, {"\u061c", "\\u061c"}, {"\u200e", "\\u200e"}, {"\u200f", "\\u200f"},
      {"\u2028", "\\u2028"}, {"\u2029", "\\u2029"}, {"\u202a", "\\u202a"}, {"\u202e", "\\u202e"},
      {"\u2066", "\\u2066"}, {"\u2069", "\\u2069"}};
  for (const auto& [character, escape] : kEscaped) {
    const std::string text = "a" + character + "é";
    const std::string line = FormatLogLine(LogLevel::kInfo, kTime, "l", text, {{text, text}});
    EXPECT_EQ(line.find(character), std::string::npos) << escape;
    EXPECT_THAT(line, HasSubstr("\"msg\":\"a" + escape + "é\",\"a" + escape));
    EXPECT_EQ(MessageOf(line), text);
  }
  // What stands beside them, and what has four bytes, stays.
  const std::string plain = "~\u00a0\u061b\u200d\u2027\u202f\u2065\u206a\U0001f511\U0010ffffü";
  EXPECT_THAT(FormatLogLine(LogLevel::kInfo, kTime, "l", plain, {}), HasSubstr(plain));
}

TEST(FormatLogLine, ReplacesWhatIsNotUtf8) {
  const std::string line =
      FormatLogLine(LogLevel::kInfo, kTime, "l", "a\xff\xc3(b\xed\xa0\x80é", {});
  EXPECT_THAT(MessageOf(line), testing::StartsWith("a\uFFFD\uFFFD(b\uFFFD"));
  EXPECT_THAT(MessageOf(line), testing::EndsWith("é"));
}

TEST(FormatLogLine, KeepsZeroBytes) {
  EXPECT_EQ(MessageOf(FormatLogLine(LogLevel::kInfo, kTime, "l", std::string_view("a\0b", 3), {})),
            std::string("a\0b", 3));
}

TEST(FormatLogLine, CutsLongValues) {
  const std::string long_value(8193, 'x');
  const std::string line =
      FormatLogLine(LogLevel::kInfo, kTime, "l", long_value, {{"error", long_value}});
  EXPECT_EQ(MessageOf(line), std::string(8192, 'x') + "…");
  EXPECT_EQ(nlohmann::json::parse(line)["error"], std::string(8192, 'x') + "…");
  EXPECT_EQ(MessageOf(FormatLogLine(LogLevel::kInfo, kTime, "l", std::string(8192, 'x'), {})),
            std::string(8192, 'x'));
}

TEST(FormatLogLine, CutsBetweenCharacters) {
  for (size_t before = 8188; before <= 8192; ++before) {
    const std::string message = std::string(before, 'x') + "😀😀";
    const std::string kept = MessageOf(FormatLogLine(LogLevel::kInfo, kTime, "l", message, {}));
    EXPECT_EQ(kept.find("\uFFFD"), std::string::npos) << before;
    EXPECT_TRUE(absl::EndsWith(kept, "…")) << before;
  }
}

TEST(Log, GoesToTheYoungestSink) {
  std::vector<std::string> outer, inner;
  ScopedLogSink outer_sink(
      [&](std::string_view line) { outer.push_back(MessageOf(std::string(line))); });
  LogInfo("l", "one");
  {
    ScopedLogSink inner_sink(
        [&](std::string_view line) { inner.push_back(MessageOf(std::string(line))); });
    LogWarning("l", "two");
  }
  LogError("l", "three");
  EXPECT_THAT(outer, ElementsAre("one", "three"));
  EXPECT_THAT(inner, ElementsAre("two"));
}

TEST(Log, DropsLinesBelowTheMinimum) {
  std::vector<std::string> lines;
  ScopedLogSink sink([&](std::string_view line) { lines.push_back(MessageOf(std::string(line))); });
  Log(LogLevel::kDebug, "l", "debug");
  EXPECT_THAT(lines, IsEmpty());
  SetMinimumLogLevel(LogLevel::kDebug);
  Log(LogLevel::kDebug, "l", "debug");
  SetMinimumLogLevel(LogLevel::kError);
  LogWarning("l", "warning");
  LogError("l", "error");
  SetMinimumLogLevel(LogLevel::kInfo);
  EXPECT_THAT(lines, ElementsAre("debug", "error"));
}

TEST(Log, WritesWholeLinesFromManyThreads) {
  constexpr int kThreads = 8;
  constexpr int kLines = 200;
  int ends[2];
  ASSERT_EQ(pipe(ends), 0);
  const int standard_error = dup(STDERR_FILENO);
  dup2(ends[1], STDERR_FILENO);
  close(ends[1]);
  std::string read_back;
  std::thread reader([&] {
    char buffer[4096];
    for (ssize_t n; (n = read(ends[0], buffer, sizeof(buffer))) > 0;) read_back.append(buffer, n);
  });
  std::vector<std::thread> writers;
  for (int i = 0; i < kThreads; ++i) {
    writers.emplace_back([] {
      for (int line = 0; line < kLines; ++line) LogInfo("l", std::string(500, 'x'));
    });
  }
  for (std::thread& writer : writers) writer.join();
  dup2(standard_error, STDERR_FILENO);
  close(standard_error);
  reader.join();
  close(ends[0]);

  const std::vector<std::string> lines = absl::StrSplit(read_back, '\n', absl::SkipEmpty());
  ASSERT_EQ(lines.size(), kThreads * kLines);
  for (const std::string& line : lines) EXPECT_EQ(MessageOf(line), std::string(500, 'x'));
}

}  // namespace
}  // namespace countersign::base
