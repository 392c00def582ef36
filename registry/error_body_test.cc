#include "registry/error_body.h"

#include <optional>
#include <string>

#include "gtest/gtest.h"

namespace countersign::registry {
namespace {

TEST(ReadReason, IsCodeAndMessageOfTheFirstError) {
  EXPECT_EQ(ReadReason(R"({"errors":[{"code":"DENIED","message":"requested access is denied",)"
                       R"("detail":{"secret":1}},{"code":"OTHER","message":"x"}]})"),
            "DENIED: requested access is denied");
  EXPECT_EQ(ReadReason(R"({"errors":[{"code":"UNKNOWN"}]})"), "UNKNOWN");
  EXPECT_EQ(ReadReason(R"({"errors":[{"message":"pull limit"}]})"), "pull limit");
  EXPECT_EQ(ReadReason(R"({"errors":[{"code":7,"message":"pull limit"}]})"), "pull limit");
}

TEST(ReadReason, IsNoneWhereTheBodyIsSomethingElse) {
  for (const char* body : {"", "<html>", "{}", "[]", "null", R"({"errors":{}})", R"({"errors":[]})",
                           R"({"errors":["x"]})", R"({"errors":[{}]})",
                           R"({"errors":[{"code":"","message":""}]})", R"({"message":"x"})"}) {
    EXPECT_EQ(ReadReason(body), std::nullopt) << body;
  }
}

TEST(ReadReason, IsPrintableAndBounded) {
  const std::string reason =
      *ReadReason("{\"errors\":[{\"code\":\"A\\n\",\"message\":\"\xe2\x80\xae" +
                  std::string(5000, 'x') + "\"}]}");
  EXPECT_EQ(reason.substr(0, 22), R"(A\x0a: \xe2\x80\xaexxx)");
  EXPECT_LT(reason.size(), 310);
  EXPECT_EQ(ReadReason("{\"errors\":[" + std::string(100'000, ' ') + "]}"), std::nullopt);
}

}  // namespace
}  // namespace countersign::registry
