#include "base/gzip.h"

#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "base/status_matchers.h"
#include "base/test_gzip.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace countersign::base {
namespace {

using ::testing::HasSubstr;

constexpr size_t kMax = 1 << 20;

absl::Status Refusal(std::string_view file, size_t max_bytes = kMax) {
  return DecodeGzip(file, max_bytes).status();
}

TEST(Gzip, HoldsWhatWasPutIn) {
  for (const std::string& text : {std::string(), std::string("a"), std::string(200'000, 'x')}) {
    EXPECT_THAT(DecodeGzip(EncodeTestGzip(text), kMax), IsOkAndHolds(text));
  }
}

// gzip(1) 1.12 of "hello\n", with a name and a time in its header.
TEST(Gzip, WhatAnotherProgramMadeIsRead) {
  const std::string file =
      absl::HexStringToBytes("1f8b08082ec10c6b00036100cb48cdc9c9e7020020303a3606000000");
  EXPECT_THAT(DecodeGzip(file, kMax), IsOkAndHolds("hello\n"));
}

TEST(Gzip, SeveralMembersAreOneText) {
  EXPECT_THAT(DecodeGzip(absl::StrCat(EncodeTestGzip("one "), EncodeTestGzip("two")), kMax),
              IsOkAndHolds("one two"));
}

TEST(Gzip, WhatIsNoneIsRefused) {
  const auto is_refused = [](const char* why) {
    return StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr(why));
  };
  EXPECT_THAT(Refusal(""), is_refused("invalid header"));
  EXPECT_THAT(Refusal("hello world\n"), is_refused("invalid header"));
  const std::string file = EncodeTestGzip("some text");
  for (size_t size = 2; size < file.size(); ++size) {
    EXPECT_THAT(Refusal(file.substr(0, size)), is_refused("unexpected end")) << size;
  }
  EXPECT_THAT(Refusal(absl::StrCat(file, "more")), is_refused("invalid header"));
  std::string damaged = file;
  damaged[file.size() - 5] ^= 1;  // its checksum ends there
  EXPECT_THAT(Refusal(damaged), is_refused("damaged"));
}

TEST(Gzip, MoreThanIsWantedIsNotUnpacked) {
  const std::string file = EncodeTestGzip(std::string(1000, 'x'));
  EXPECT_THAT(DecodeGzip(file, 1000), IsOk());
  EXPECT_THAT(Refusal(file, 999), StatusIs(absl::StatusCode::kResourceExhausted));
  // Of all members together.
  EXPECT_THAT(Refusal(absl::StrCat(file, file), 1999),
              StatusIs(absl::StatusCode::kResourceExhausted));
  EXPECT_THAT(Refusal(file, 0), StatusIs(absl::StatusCode::kResourceExhausted));
}

}  // namespace
}  // namespace countersign::base
