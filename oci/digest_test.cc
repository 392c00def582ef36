#include "oci/digest.h"

#include <string>

#include "absl/hash/hash_testing.h"
#include "base/status_matchers.h"
#include "gtest/gtest.h"

namespace countersign::oci {
namespace {

using base::IsOk;
using base::StatusIs;
using ::testing::HasSubstr;

constexpr std::string_view kOfNothing =
    "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

TEST(Digest, ParsesWhatItPrints) {
  const absl::StatusOr<Digest> digest = Digest::Parse(kOfNothing);
  ASSERT_THAT(digest, IsOk());
  EXPECT_EQ(digest->ToString(), kOfNothing);
  EXPECT_EQ(digest->hex(), kOfNothing.substr(7));
}

TEST(Digest, IsTakenOfBytes) {
  EXPECT_EQ(Digest::Of("").ToString(), kOfNothing);
  EXPECT_EQ(Digest::Of("abc").hex(),
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

TEST(Digest, ComparesByItsText) {
  EXPECT_EQ(Digest::Of("a"), Digest::Of("a"));
  EXPECT_FALSE(Digest::Of("a") == Digest::Of("b"));
  EXPECT_EQ(Digest::Of("a") < Digest::Of("b"),
            Digest::Of("a").ToString() < Digest::Of("b").ToString());
  EXPECT_TRUE(absl::VerifyTypeImplementsAbslHashCorrectly({Digest::Of("a"), Digest::Of("b")}));
}

TEST(Digest, SaysWhatIsWrong) {
  const std::string hex(kOfNothing.substr(7));
  const struct {
    std::string text;
    std::string_view why;
  } kCases[] = {
      {"", "names no algorithm"},
      {hex, "names no algorithm"},
      {"sha256", "names no algorithm"},
      {"sha512:" + hex + hex, "not of the algorithm sha256"},
      {"SHA256:" + hex, "not of the algorithm sha256"},
      {" sha256:" + hex, "not of the algorithm sha256"},
      {":" + hex, "not of the algorithm sha256"},
      {"sha256:", "has 0 hex digits instead of 64"},
      {"sha256:" + hex.substr(1), "has 63 hex digits instead of 64"},
      {"sha256:" + hex + "0", "has 65 hex digits instead of 64"},
      {"sha256:" + hex + "\n", "has 65 hex digits instead of 64"},
      {"sha256:" + std::string(64, 'A'), "no lower-case hex digit"},
      {"sha256:" + hex.substr(1) + "g", "no lower-case hex digit"},
      {"sha256:" + hex.substr(1) + std::string(1, '\0'), "no lower-case hex digit"},
  };
  for (const auto& test : kCases) {
    EXPECT_THAT(Digest::Parse(test.text),
                StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr(std::string(test.why))))
        << test.text;
  }
}

TEST(Digest, QuotesLittleOfWhatIsWrong) {
  EXPECT_LT(Digest::Parse(std::string(1 << 20, 'x')).status().message().size(), 200u);
}

}  // namespace
}  // namespace countersign::oci
