#include "shim/image_marks.h"

#include <string>
#include <utility>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace countersign::shim {
namespace {

using base::Json;
using testing::ElementsAre;
using testing::IsEmpty;

const std::string& Digest() {
  static const auto* const digest = new std::string("sha256:" + std::string(64, 'd'));
  return *digest;
}

ImageMark Verified() {
  return {.status = ImageStatus::kVerified, .digest = Digest(), .keys = {"a", "b"}};
}

Json Carrying(const MarkText& text) {
  return {{"metadata",
           {{"annotations",
             {{"countersign/status", text.status}, {"countersign/images", text.images}}}}}};
}

TEST(ImageMarks, AVerdictsReasonGivesTheStatus) {
  const std::pair<v1::Reason, ImageStatus> cases[] = {
      {v1::REASON_VERIFIED, ImageStatus::kVerified},
      {v1::REASON_ALLOWED_BY_POLICY, ImageStatus::kAllowedByPolicy},
      {v1::REASON_UNMATCHED_ALLOWED, ImageStatus::kAllowedUnmatched},
      {v1::REASON_NO_POLICY, ImageStatus::kNotEnforced},
      {v1::REASON_EXCLUDED_NAMESPACE, ImageStatus::kNotEnforced},
      {v1::REASON_UNSPECIFIED, ImageStatus::kUnchecked},
      {static_cast<v1::Reason>(42), ImageStatus::kUnchecked},
  };
  for (const auto& [reason, status] : cases) {
    v1::Verdict verdict;
    verdict.set_reason(reason);
    EXPECT_EQ(MarkOf(verdict).status, status) << reason;
  }
}

TEST(ImageMarks, OnlyAVerifiedImageHasADigestAndKeys) {
  v1::Verdict verdict;
  verdict.set_digest(Digest());
  verdict.add_keys("a");
  verdict.set_reason(v1::REASON_VERIFIED);
  EXPECT_EQ(MarkOf(verdict).digest, Digest());
  EXPECT_THAT(MarkOf(verdict).keys, ElementsAre("a"));
  verdict.set_reason(v1::REASON_NO_POLICY);
  EXPECT_EQ(MarkOf(verdict).digest, "");
  EXPECT_THAT(MarkOf(verdict).keys, IsEmpty());
}

TEST(ImageMarks, OfTwoTheWeakerStays) {
  ImageMarks marks;
  AddMark("a", Verified(), marks);
  AddMark("a", {.status = ImageStatus::kNotCheckedAgain}, marks);
  AddMark("a", Verified(), marks);
  EXPECT_EQ(marks.at("a").status, ImageStatus::kNotCheckedAgain);
  EXPECT_EQ(WriteMarks(marks)->status, "not-checked-again");
  // Which no object can claim.
  EXPECT_EQ(ReadMarks(Carrying(*WriteMarks(marks))).at("a").status, ImageStatus::kUnchecked);
}

TEST(ImageMarks, AreWrittenSortedAndCompact) {
  const auto text = WriteMarks({{"b:1", {.status = ImageStatus::kVerified}}, {"a:1", Verified()}});
  ASSERT_TRUE(text.has_value());
  EXPECT_EQ(text->status, "verified");
  EXPECT_EQ(text->images, R"({"a:1":{"digest":")" + Digest() +
                              R"(","keys":["a","b"],"status":"verified"},)" +
                              R"("b:1":{"status":"verified"}})");
}

TEST(ImageMarks, TheWeakestImageGivesTheStatus) {
  const ImageMark unchecked, not_enforced = {.status = ImageStatus::kNotEnforced},
                             unmatched = {.status = ImageStatus::kAllowedUnmatched};
  EXPECT_EQ(WriteMarks({{"a", Verified()}, {"b", unmatched}})->status, "allowed-unmatched");
  EXPECT_EQ(WriteMarks({{"a", unmatched}, {"b", not_enforced}})->status, "not-enforced");
  EXPECT_EQ(WriteMarks({{"a", not_enforced}, {"b", unchecked}, {"c", Verified()}})->status,
            "unchecked");
}

TEST(ImageMarks, WithoutImagesThereIsNoText) { EXPECT_EQ(WriteMarks({}), std::nullopt); }

TEST(ImageMarks, TooManyImagesLeaveOnlyTheStatus) {
  ImageMarks marks;
  for (int i = 0; i < 1000; ++i) marks[std::to_string(i) + std::string(100, 'r')] = Verified();
  const auto text = WriteMarks(marks);
  ASSERT_TRUE(text.has_value());
  EXPECT_EQ(text->status, "verified");
  EXPECT_EQ(text->images, "");
}

TEST(ImageMarks, ComeBackAsTheyWereWritten) {
  const ImageMarks marks = {{"a:1", Verified()},
                            {"b:1", {.status = ImageStatus::kNotEnforced}},
                            {"c:1", {.status = ImageStatus::kAllowedUnmatched}},
                            {"d:1", {}}};
  const ImageMarks read = ReadMarks(Carrying(*WriteMarks(marks)));
  EXPECT_EQ(WriteMarks(read)->images, WriteMarks(marks)->images);
}

TEST(ImageMarks, WhatIsMalformedIsLeftOut) {
  for (const char* images : {"", "x", "[]", "7", "{", R"({"a":1,"a":2})", "null"}) {
    EXPECT_THAT(ReadMarks(Carrying({.status = "verified", .images = images})), IsEmpty()) << images;
  }
  for (const char* object :
       {"{}", "[]", "null", R"({"metadata": 7})", R"({"metadata": {"annotations": []}})",
        R"({"metadata": {"annotations": {"countersign/images": 7}}})"}) {
    EXPECT_THAT(ReadMarks(Json::parse(object)), IsEmpty()) << object;
  }
}

TEST(ImageMarks, AnEntryThatCannotBeReadIsUnchecked) {
  for (const char* entry : {"7", "null", "{}", R"({"status": "trusted"})", R"({"status": 1})"}) {
    const ImageMarks marks = ReadMarks(
        Carrying({.status = "verified", .images = R"({"a":)" + std::string(entry) + "}"}));
    ASSERT_EQ(marks.count("a"), 1u) << entry;
    EXPECT_EQ(marks.at("a").status, ImageStatus::kUnchecked) << entry;
  }
}

}  // namespace
}  // namespace countersign::shim
