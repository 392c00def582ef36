#include "base/pem_block.h"

#include <cstddef>
#include <optional>
#include <string>

#include "base/status_matchers.h"
#include "gtest/gtest.h"

namespace countersign::base {
namespace {

using ::testing::AllOf;
using ::testing::Field;
using ::testing::HasSubstr;
using ::testing::Not;

TEST(PemBlock, IsReadWithItsLabel) {
  EXPECT_THAT(ParsePemBlock("-----BEGIN PUBLIC KEY-----\nZm9v\nYmFy\n-----END PUBLIC KEY-----\n"),
              IsOkAndHolds(
                  AllOf(Field(&PemBlock::label, "PUBLIC KEY"), Field(&PemBlock::bytes, "foobar"))));
}

TEST(PemBlock, IsReadAsItWasWritten) {
  for (const size_t size : {1, 47, 48, 49, 1000}) {
    const std::string bytes(size, '\xfb');
    const std::string text = WritePemBlock("CERTIFICATE", bytes);
    EXPECT_THAT(ParsePemBlock(text), IsOkAndHolds(AllOf(Field(&PemBlock::label, "CERTIFICATE"),
                                                        Field(&PemBlock::bytes, bytes))));
  }
}

TEST(PemBlock, IsReadWhateverItsWhiteSpace) {
  for (const char* text : {
           "-----BEGIN X-----\r\nZm9v\r\nYmFy\r\n-----END X-----\r\n",
           "-----BEGIN X-----\nZm9v\nYmFy\n-----END X-----",
           "\n\n  -----BEGIN X-----\nZm9v\nYmFy\n-----END X-----\n \t\n",
           "-----BEGIN X-----\n  Zm9v\n  YmFy\n  -----END X-----",
           "-----BEGIN X----- Zm9vYmFy -----END X-----",
           "-----BEGIN X-----\nZ\nm9 v\tYmFy\n\n-----END X-----",
       }) {
    EXPECT_THAT(ParsePemBlock(text), IsOkAndHolds(Field(&PemBlock::bytes, "foobar"))) << text;
  }
}

TEST(PemBlock, MayHaveTextInTheLinesAroundIt) {
  const std::string block = "-----BEGIN X-----\nZm9v\nYmFy\n-----END X-----";
  for (const std::string& text : {
           "# the key of the release team\n" + block + "\n",
           block + "\nand something after it",
           "Bag Attributes\r\n    localKeyID: 01\r\n" + block + " \r\n\r\nmore\r\n-----\r\n",
           "-----END X-----\n" + block + "\n-----END X-----\n",
           std::string("\0\xff\n", 3) + block,
           "what follows -----BEGIN X----- is the key\n" + block + "\n",
           "# -----BEGIN X-----\n# YmFy\n# -----END X-----\n" + block + "\n# -----BEGIN Y-----\n",
       }) {
    EXPECT_THAT(ParsePemBlock(text), IsOkAndHolds(Field(&PemBlock::bytes, "foobar"))) << text;
  }
}

TEST(PemBlock, SaysWhatIsWrong) {
  const struct {
    std::string text;
    std::string why;
  } kCases[] = {
      {"", "it is empty"},
      {" \n\t\n", "it is empty"},
      {"MFkwEwYHKoZIzj0CAQ==", "it holds no PEM block"},
      {"-----END X-----", "it holds no PEM block"},
      {"-----BEGIN X-----\nZm9v\n-----END X-----\n-----BEGIN X-----\nZm9v\n-----END X-----\n",
       "more than one PEM block"},
      {"-----BEGIN X-----\n-----BEGIN X-----\nZm9v\n-----END X-----", "more than one PEM block"},
      {"mine -----BEGIN X-----\nZm9v\n-----END X-----", "it holds no PEM block"},
      {"-----BEGIN X-----\nZm9v\n-----END X----- mine", "text after the last line"},
      {"-----BEGIN X-----\nZm9v\n-----END X----------", "text after the last line"},
      {"-----BEGIN X", "first line of its PEM block is malformed"},
      {"-----BEGIN -----\nZm9v\n-----END -----", "first line of its PEM block is malformed"},
      {"-----BEGIN \x1b[1m-----\nZm9v\n-----END \x1b[1m-----",
       "first line of its PEM block is malformed"},
      {"-----BEGIN X-----\nZm9v\n", "not finished: there is no line -----END X-----"},
      {"-----BEGIN X-----\nZm9v\n-----END Y-----",
       "not finished: there is no line -----END X-----"},
      {"-----BEGIN X-----\nZm9v\n-----END X----", "not finished: there is no line -----END X-----"},
      {"-----BEGIN X-----\n-----END X-----", "its PEM block is empty"},
      {"-----BEGIN X-----\nZm9\n-----END X-----", "no base64"},
      {"-----BEGIN X-----\nZm_v\n-----END X-----", "no base64"},
      {"-----BEGIN X-----\nProc-Type: 4,ENCRYPTED\n\nZm9v\n-----END X-----", "no base64"},
  };
  for (const auto& test : kCases) {
    EXPECT_THAT(ParsePemBlock(test.text),
                StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr(test.why)))
        << test.text;
  }
}

TEST(FirstPemBlock, IsUpToItsLastLine) {
  const std::string block = "-----BEGIN X-----\nZm9v\n-----END X-----";
  for (const std::string& text : {
           block,
           block + "\n" + "-----BEGIN Y-----\nYmFy\n-----END Y-----\n",
           block + block,
           "mine: " + block + " and more\n",
       }) {
    EXPECT_EQ(FirstPemBlock(text), block) << text;
  }
}

TEST(FirstPemBlock, IsNotEndedByALastLineBeforeIt) {
  const std::string block = "-----BEGIN X-----\nZm9v\n-----END X-----";
  EXPECT_EQ(FirstPemBlock("-----END Y-----\n" + block + "\n"), block);
  EXPECT_EQ(FirstPemBlock("-----END Y-----\n-----BEGIN X-----\nZm9v\n"), std::nullopt);
}

TEST(FirstPemBlock, MayHaveAnotherLabelAtItsEnd) {
  EXPECT_EQ(FirstPemBlock("-----BEGIN X-----\n-----END Y-----\n-----END X-----\n"),
            "-----BEGIN X-----\n-----END Y-----");
}

TEST(FirstPemBlock, IsNoneWhereNoneIsFinished) {
  for (const char* text : {"", "Zm9v", "-----END X-----", "-----BEGIN X-----\nZm9v\n",
                           "-----BEGIN X-----\nZm9v\n-----END X----"}) {
    EXPECT_EQ(FirstPemBlock(text), std::nullopt) << text;
  }
}

TEST(PemBlock, BeginsWithItsLabel) {
  EXPECT_TRUE(BeginsPemBlock("a key:\n-----BEGIN X-----\n", "X"));
  EXPECT_TRUE(BeginsPemBlock("-----BEGIN Y-----\n-----BEGIN X-----\n", "X"));
  for (const char* text : {"", "X", "-----BEGIN XY-----", "-----BEGIN X----", "-----END X-----"}) {
    EXPECT_FALSE(BeginsPemBlock(text, "X")) << text;
  }
}

TEST(PemBlock, IsNeverQuoted) {
  EXPECT_THAT(ParsePemBlock("hunter2").status().message(), Not(HasSubstr("hunter")));
  EXPECT_THAT(ParsePemBlock("-----BEGIN X-----\nhunter2?\n-----END X-----").status().message(),
              Not(HasSubstr("hunter")));
}

}  // namespace
}  // namespace countersign::base
