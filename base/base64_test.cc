#include "base/base64.h"

#include <cstddef>
#include <random>
#include <string>

#include "absl/strings/escaping.h"
#include "base/status_matchers.h"
#include "gtest/gtest.h"

namespace countersign::base {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

// RFC 4648 section 10.
TEST(DecodeBase64, DecodesTheStandardsExamples) {
  EXPECT_THAT(DecodeBase64(""), IsOkAndHolds(""));
  EXPECT_THAT(DecodeBase64("Zg=="), IsOkAndHolds("f"));
  EXPECT_THAT(DecodeBase64("Zm8="), IsOkAndHolds("fo"));
  EXPECT_THAT(DecodeBase64("Zm9v"), IsOkAndHolds("foo"));
  EXPECT_THAT(DecodeBase64("Zm9vYg=="), IsOkAndHolds("foob"));
  EXPECT_THAT(DecodeBase64("Zm9vYmE="), IsOkAndHolds("fooba"));
  EXPECT_THAT(DecodeBase64("Zm9vYmFy"), IsOkAndHolds("foobar"));
}

TEST(DecodeBase64, DecodesWhatAbseilEncodes) {
  std::mt19937 random(1);
  for (size_t size = 0; size < 300; ++size) {
    std::string bytes(size, '\0');
    for (char& byte : bytes) byte = static_cast<char>(random());
    EXPECT_THAT(DecodeBase64(absl::Base64Escape(bytes)), IsOkAndHolds(bytes)) << size;
  }
}

TEST(DecodeBase64, SaysWhatIsWrong) {
  const struct {
    std::string text;
    std::string why;
  } kCases[] = {
      {"Zm9v Yg==", "byte 5 is not of its alphabet"},
      {"Zm9v\nYg==", "byte 5 is not of its alphabet"},
      {" Zm9v", "byte 1 is not of its alphabet"},
      {"Zm9v\n", "byte 5 is not of its alphabet"},
      {"_-8=", "byte 1 is not of its alphabet"},
      {std::string("Zm9\0", 4), "byte 4 is not of its alphabet"},
      {"Zm9\xc3", "byte 4 is not of its alphabet"},
      {"Z", "cut off within a byte"},
      {"Zm9vY===", "cut off within a byte"},
      {"Zg", "ends with 0 '=' where 2 belong"},
      {"Zg=", "ends with 1 '=' where 2 belong"},
      {"Zg===", "ends with 3 '=' where 2 belong"},
      {"Zm8", "ends with 0 '=' where 1 belong"},
      {"Zm9v=", "ends with 1 '=' where 0 belong"},
      {"Zm9v====", "ends with 4 '=' where 0 belong"},
      {"=", "ends with 1 '=' where 0 belong"},
      {"Zg==Zg==", "byte 5 stands after the padding"},
      {"Z=g=", "byte 3 stands after the padding"},
  };
  for (const auto& test : kCases) {
    EXPECT_THAT(DecodeBase64(test.text),
                StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr(test.why)))
        << test.text;
  }
}

TEST(DecodeBase64, IgnoresLineBreaksWhereTold) {
  EXPECT_THAT(DecodeBase64("\nZm9v\r\nYg=\n=\n", LineBreaks::kIgnored), IsOkAndHolds("foob"));
  EXPECT_THAT(DecodeBase64("Zm9v\tYg==", LineBreaks::kIgnored), Not(IsOk()));
  EXPECT_THAT(DecodeBase64("Zm9v Yg==", LineBreaks::kIgnored), Not(IsOk()));
}

TEST(DecodeBase64, LineBreaksTakeNoMemoryInWhatComesOfThem) {
  const std::string bytes(100, 'b');
  const std::string text = absl::Base64Escape(bytes) + std::string(1 << 20, '\n');
  const absl::StatusOr<std::string> decoded = DecodeBase64(text, LineBreaks::kIgnored);
  ASSERT_THAT(decoded, IsOkAndHolds(bytes));
  EXPECT_LE(decoded->capacity(), 2 * bytes.size());
}

TEST(DecodeBase64, DoesNotLookAtBitsBeyondTheLastByte) {
  EXPECT_THAT(DecodeBase64("Zh=="), IsOkAndHolds("f"));
  EXPECT_THAT(DecodeBase64("Zm9="), IsOkAndHolds("fo"));
}

TEST(DecodeProtoBase64, TakesEitherAlphabetWithAllPaddingOrNone) {
  const std::string bytes = "\xfb\xff\xfe\xff";
  for (const char* text : {"+//+/w==", "+//+/w", "-__-_w==", "-__-_w"}) {
    EXPECT_THAT(DecodeProtoBase64(text), IsOkAndHolds(bytes)) << text;
  }
  EXPECT_THAT(DecodeProtoBase64(""), IsOkAndHolds(""));
  EXPECT_THAT(DecodeProtoBase64("Zm9v"), IsOkAndHolds("foo"));
}

TEST(DecodeProtoBase64, DecodesWhatAbseilEncodes) {
  std::mt19937 random(1);
  for (size_t size = 0; size < 300; ++size) {
    std::string bytes(size, '\0');
    for (char& byte : bytes) byte = static_cast<char>(random());
    EXPECT_THAT(DecodeProtoBase64(absl::Base64Escape(bytes)), IsOkAndHolds(bytes)) << size;
    // Which Abseil writes without padding.
    EXPECT_THAT(DecodeProtoBase64(absl::WebSafeBase64Escape(bytes)), IsOkAndHolds(bytes)) << size;
  }
}

TEST(DecodeProtoBase64, SaysWhatIsWrong) {
  const struct {
    std::string text;
    std::string why;
  } kCases[] = {
      {"+_-/", "it mixes two alphabets"},
      {"-__/", "it mixes two alphabets"},
      {"Zm9v Yg==", "byte 5 is not of its alphabet"},
      {"Zm9v\nYg==", "byte 5 is not of its alphabet"},
      {"Zm9v\n", "byte 5 is not of its alphabet"},
      {std::string("Zm9\0", 4), "byte 4 is not of its alphabet"},
      {"Z", "cut off within a byte"},
      {"Zg=", "ends with 1 '=' where 2 belong"},
      {"Zg===", "ends with 3 '=' where 2 belong"},
      {"Zm9v=", "ends with 1 '=' where 0 belong"},
      {"=", "ends with 1 '=' where 0 belong"},
      {"Zg==Zg==", "byte 5 stands after the padding"},
      {"Zg==Zg", "byte 5 stands after the padding"},
      {"Zh==", "the unused bits of its last digit are not zero"},
      {"Zh", "the unused bits of its last digit are not zero"},
      {"Zo", "the unused bits of its last digit are not zero"},
      {"Zm9=", "the unused bits of its last digit are not zero"},
      {"_-9", "the unused bits of its last digit are not zero"},
  };
  for (const auto& test : kCases) {
    EXPECT_THAT(DecodeProtoBase64(test.text),
                StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr(test.why)))
        << test.text;
  }
}

// Or one piece of evidence could be written in several ways, and each be another one.
TEST(DecodeProtoBase64, OneSpellingOfALengthAndAnAlphabetMeansTheBytes) {
  constexpr std::string_view kDigitsOfUrls =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
  size_t accepted = 0;
  for (const char first : kDigitsOfUrls) {
    for (const char second : kDigitsOfUrls) {
      const std::string text = {first, second};
      const absl::StatusOr<std::string> bytes = DecodeProtoBase64(text);
      if (!bytes.ok()) continue;
      EXPECT_EQ(absl::WebSafeBase64Escape(*bytes), text);
      ++accepted;
    }
  }
  EXPECT_EQ(accepted, 256u);
}

TEST(DecodeBase64, QuotesNothing) {
  EXPECT_THAT(DecodeBase64("hunter2!").status().message(), Not(HasSubstr("hunter")));
  EXPECT_THAT(DecodeProtoBase64("hunter2!").status().message(), Not(HasSubstr("hunter")));
}

}  // namespace
}  // namespace countersign::base
