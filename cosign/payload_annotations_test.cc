#include "cosign/payload_annotations.h"

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "base/status_matchers.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace countersign::cosign {
namespace {

using base::StatusIs;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Pair;

constexpr auto kInvalid = absl::StatusCode::kInvalidArgument;
const std::vector<std::string_view> kNames = {"branch", "commit"};

TEST(ReadPayloadAnnotations, TakesOfOptionalTheTextsOfTheseNames) {
  EXPECT_THAT(*ReadPayloadAnnotations(
                  R"({"critical":{"branch":"x"},"branch":"y",
                      "optional":{"branch":"m\u0061in","commit":7,"creator":"z"}})",
                  kNames),
              ElementsAre(Pair("branch", "main")));
  EXPECT_THAT(*ReadPayloadAnnotations(R"({"optional":{"branch":["x"],"commit":null}})", kNames),
              IsEmpty());
  EXPECT_THAT(*ReadPayloadAnnotations(R"({"optional":null})", kNames), IsEmpty());
  EXPECT_THAT(*ReadPayloadAnnotations("{}", kNames), IsEmpty());
  EXPECT_THAT(*ReadPayloadAnnotations(R"({"optional":{"branch":"x"}})", {}), IsEmpty());
}

TEST(ReadPayloadAnnotations, WhatCannotBeReadIsRefused) {
  for (const char* text : {"", "[]", "{}x", R"({"optional":[]})", R"({"optional":"branch"})",
                           R"({"optional":{"x":1,"x":2}})"}) {
    EXPECT_THAT(ReadPayloadAnnotations(text, kNames), StatusIs(kInvalid, HasSubstr(""))) << text;
  }
  const std::string large =
      absl::StrCat("{\"optional\":{\"branch\":\"", std::string(1 << 20, 'x'), "\"}}");
  EXPECT_THAT(ReadPayloadAnnotations(large, kNames), StatusIs(kInvalid, HasSubstr("larger")));
}

}  // namespace
}  // namespace countersign::cosign
