#include "kube/client/watch_events.h"

#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "base/status_matchers.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace countersign::kube {
namespace {

using base::IsOk;
using base::StatusIs;
using testing::ElementsAre;
using Type = WatchEvent::Type;

std::vector<std::string> TakeAll(LineSplitter& splitter) {
  std::vector<std::string> lines;
  while (auto line = splitter.Next()) lines.push_back(*line);
  return lines;
}

TEST(LineSplitter, CutsAtLineEndsWhereverTheBytesAreCut) {
  const std::string text = "one\n\ntwo\r\nthree\nrest";
  for (size_t cut = 0; cut <= text.size(); ++cut) {
    LineSplitter splitter;
    std::vector<std::string> lines;
    for (const std::string& part : {text.substr(0, cut), text.substr(cut)}) {
      ASSERT_THAT(splitter.Add(part), IsOk());
      for (std::string& line : TakeAll(splitter)) lines.push_back(std::move(line));
    }
    EXPECT_THAT(lines, ElementsAre("one", "two", "three")) << cut;
  }
}

TEST(LineSplitter, LinesThatAreLeftAreThereLater) {
  LineSplitter splitter;
  ASSERT_THAT(splitter.Add("one\ntwo\nthr"), IsOk());
  EXPECT_EQ(splitter.Next(), "one");
  ASSERT_THAT(splitter.Add("ee\n"), IsOk());
  EXPECT_THAT(TakeAll(splitter), ElementsAre("two", "three"));
}

TEST(LineSplitter, ALineWithoutEndIsGivenUp) {
  LineSplitter splitter;
  const std::string mebibyte(1 << 20, 'x');
  absl::Status status;
  int added = 0;
  for (; status.ok() && added < 100; ++added) {
    status = splitter.Add(mebibyte);
    EXPECT_EQ(splitter.Next(), std::nullopt);
  }
  EXPECT_THAT(status, StatusIs(absl::StatusCode::kResourceExhausted));
  EXPECT_EQ(added, 17);
}

TEST(WatchEvent, HasATypeAndAnObject) {
  const auto type_of = [](std::string_view name) {
    return ParseWatchEvent(R"({"type":")" + std::string(name) + R"(","object":{"kind":"K"}})")
        ->type;
  };
  EXPECT_EQ(type_of("ADDED"), Type::kAdded);
  EXPECT_EQ(type_of("MODIFIED"), Type::kModified);
  EXPECT_EQ(type_of("DELETED"), Type::kDeleted);
  EXPECT_EQ(type_of("BOOKMARK"), Type::kBookmark);
  EXPECT_EQ(type_of("ERROR"), Type::kError);
  EXPECT_EQ(ParseWatchEvent(R"({"type":"ADDED","object":{"kind":"K"}})")->object["kind"], "K");
}

TEST(WatchEvent, WhatIsNoneIsRefused) {
  for (const std::string_view line :
       {"", "{", "[]", "{}", R"({"type":"ADDED"})", R"({"type":"ADDED","object":[]})",
        R"({"type":1,"object":{}})", R"({"type":"added","object":{}})",
        R"({"type":"ADDED","object":{}} {})"}) {
    EXPECT_THAT(ParseWatchEvent(line), StatusIs(absl::StatusCode::kInvalidArgument)) << line;
  }
}

}  // namespace
}  // namespace countersign::kube
