#include "base/json_names.h"

#include <cstddef>
#include <string>
#include <string_view>

#include "absl/strings/str_cat.h"
#include "base/test_heap.h"
#include "gtest/gtest.h"

namespace countersign::base {
namespace {

// Names that are written one after the other into one text, as in an object.
class JsonNamesTest : public testing::Test {
 protected:
  JsonNamesTest() { text_.reserve(1 << 22); }

  bool Insert(std::string_view name) {
    const size_t quote = text_.size();
    absl::StrAppend(&text_, "\"", name, "\"");
    return names_.Insert(text_, quote, name.size());
  }

  std::string text_ = "{";
  JsonNames names_;
};

TEST_F(JsonNamesTest, ANameThatComesTwiceIsFound) {
  EXPECT_TRUE(Insert("a"));
  EXPECT_TRUE(Insert("ab"));
  EXPECT_TRUE(Insert(""));
  EXPECT_FALSE(Insert("a"));
  EXPECT_FALSE(Insert(""));
  EXPECT_FALSE(Insert("ab"));
}

TEST_F(JsonNamesTest, AmongManyNamesToo) {
  for (int i = 0; i < 100'000; ++i) ASSERT_TRUE(Insert(absl::StrCat("name", i))) << i;
  for (int i = 0; i < 100'000; i += 7) ASSERT_FALSE(Insert(absl::StrCat("name", i))) << i;
  EXPECT_TRUE(Insert("name"));
}

TEST_F(JsonNamesTest, AtEachNumberOfNames) {
  for (int count = 0; count < 100; ++count) {
    names_.Clear();
    for (int i = 0; i < count; ++i) ASSERT_TRUE(Insert(absl::StrCat(i))) << count;
    for (int i = 0; i < count; ++i) ASSERT_FALSE(Insert(absl::StrCat(i))) << count;
  }
}

TEST_F(JsonNamesTest, HoweverItIsWritten) {
  EXPECT_TRUE(Insert("a"));
  EXPECT_FALSE(Insert("\\u0061"));
  EXPECT_TRUE(Insert("\\u0062"));
  EXPECT_FALSE(Insert("b"));
  EXPECT_FALSE(Insert("\\u0062"));
  for (int i = 0; i < 100; ++i) ASSERT_TRUE(Insert(absl::StrCat("n", i)));
  EXPECT_FALSE(Insert("\\u006e42"));
  EXPECT_FALSE(Insert("b"));
}

TEST_F(JsonNamesTest, HoweverManyAreWrittenWithEscapes) {
  for (int i = 0; i < 10'000; ++i) ASSERT_TRUE(Insert(absl::StrCat("\\n", i))) << i;
  for (int i = 0; i < 10'000; i += 7) ASSERT_FALSE(Insert(absl::StrCat("\\u000a", i))) << i;
  EXPECT_TRUE(Insert("0"));
  EXPECT_FALSE(Insert("\\u0030"));
  names_.Clear();
  EXPECT_TRUE(Insert("\\n0"));
}

// Nothing is measured where a sanitizer counts for itself.
TEST_F(JsonNamesTest, ANameCostsSomeEightBytesAndWithEscapesTwiceAsMany) {
  constexpr int kNames = 100'000;
  const HeapPeak plain;
  for (int i = 0; i < kNames; ++i) ASSERT_TRUE(Insert(absl::StrCat("name", i))) << i;
  // With the table that the last growing made it of.
  EXPECT_LE(plain.bytes(), size_t{kNames} * 18);
  names_.Clear();
  const HeapPeak escaped;
  for (int i = 0; i < kNames; ++i) ASSERT_TRUE(Insert(absl::StrCat("\\n", i))) << i;
  EXPECT_LE(escaped.bytes(), size_t{kNames} * 36);
}

TEST_F(JsonNamesTest, AQuoteInANameEndsNoOther) {
  EXPECT_TRUE(Insert("a"));
  text_ += ":";
  EXPECT_TRUE(Insert("b"));
  EXPECT_TRUE(Insert("a\\\":\\\"b"));  // means a":"b, which is what stands in the text
}

TEST_F(JsonNamesTest, ClearedItIsAsNew) {
  for (int i = 0; i < 1000; ++i) Insert(absl::StrCat(i));
  Insert("\\u0061");
  names_.Clear();
  EXPECT_TRUE(Insert("1"));
  EXPECT_TRUE(Insert("a"));
  EXPECT_FALSE(Insert("1"));
}

}  // namespace
}  // namespace countersign::base
