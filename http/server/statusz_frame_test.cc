#include "http/server/statusz_frame.h"

#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/version.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace countersign::http {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

std::string Head(const StatuszHead& head) {
  HtmlPage page("t", 64 << 10);
  AddStatuszHead(head, page);
  return std::move(page).Take();
}

TEST(AddStatuszHead, SaysSinceWhenWhichProgramRuns) {
  const absl::Time started = absl::FromUnixSeconds(1'700'000'000);
  EXPECT_THAT(
      Head({.now = started + absl::Seconds(3661.5), .started = started, .is_ready = true}),
      AllOf(HasSubstr(absl::StrCat("Version ", base::kVersion,
                                   ", runs since 2023-11-14T22:13:20Z (1h1m1s). This page is "
                                   "of 2023-11-14T23:14:21Z;")),
            HasSubstr("<p class=\"good\">Ready.</p>")));
}

TEST(AddStatuszHead, SaysWhyItIsNotReady) {
  EXPECT_THAT(
      Head({.details = {"no <policy>"}}),
      AllOf(HasSubstr("<p class=\"bad\">Not ready.</p>"), HasSubstr("<li>no &lt;policy&gt;</li>")));
}

TEST(Milliseconds, AreForPeople) {
  EXPECT_EQ(Milliseconds(absl::Microseconds(900)), "0 ms");
  EXPECT_EQ(Milliseconds(absl::Milliseconds(999)), "999 ms");
  EXPECT_EQ(Milliseconds(absl::Milliseconds(1540)), "1.5 s");
  EXPECT_EQ(Milliseconds(-absl::Seconds(1)), "0 ms");
}

}  // namespace
}  // namespace countersign::http
