#include "tuf/canonical_json.h"

#include <string>
#include <string_view>

#include "absl/strings/str_cat.h"
#include "base/status_matchers.h"
#include "gtest/gtest.h"

namespace countersign::tuf {
namespace {

using base::IsOk;
using base::IsOkAndHolds;
using base::StatusIs;
using ::testing::HasSubstr;

absl::StatusOr<std::string> Canonical(std::string_view text) {
  const auto value = base::ParseJson(text);
  EXPECT_THAT(value, IsOk());
  return CanonicalJson(value.value_or(base::Json()));
}

TEST(CanonicalJson, SortsMembersByBytesAndHasNoWhiteSpace) {
  EXPECT_THAT(
      Canonical(R"( { "b" : [ 1 , 2 ] , "a" : { "z" : null , "Z" : true } , "" : false } )"),
      IsOkAndHolds(std::string(R"({"":false,"a":{"Z":true,"z":null},"b":[1,2]})")));
  // U+FF00 comes before U+10000, which UTF-16 would have the other way round.
  EXPECT_THAT(Canonical(R"({"\uD800\uDC00":1,"\uFF00":2,"ab":3,"a":4,"a!":5})"),
              IsOkAndHolds(std::string("{\"a\":4,\"a!\":5,\"ab\":3,\"\xEF\xBC\x80\":2,"
                                       "\"\xF0\x90\x80\x80\":1}")));
}

TEST(CanonicalJson, KeepsMembersThatNobodyKnows) {
  EXPECT_THAT(Canonical(R"({"x-tuf-on-ci-keyowner":"@somebody","_type":"root"})"),
              IsOkAndHolds(std::string(R"({"_type":"root","x-tuf-on-ci-keyowner":"@somebody"})")));
}

TEST(CanonicalJson, EscapesQuotesAndBackslashesAlone) {
  EXPECT_THAT(Canonical(R"(["\"","\\","\/","\n\t\u0001","\u00e9","-----BEGIN\nX"])"),
              IsOkAndHolds(std::string("[\"\\\"\",\"\\\\\",\"/\",\"\n\t\x01\",\"\xC3\xA9\","
                                       "\"-----BEGIN\nX\"]")));
  EXPECT_THAT(Canonical(R"({"a\"b":"\u0000"})"),
              IsOkAndHolds(std::string("{\"a\\\"b\":\"\0\"}", 12)));
}

TEST(CanonicalJson, WritesIntegersOf64Bits) {
  EXPECT_THAT(Canonical("[0,-0,-1,9223372036854775807,-9223372036854775808,18446744073709551615]"),
              IsOkAndHolds(std::string(
                  "[0,0,-1,9223372036854775807,-9223372036854775808,18446744073709551615]")));
}

TEST(CanonicalJson, RefusesOtherNumbersWhereverTheyAre) {
  for (const std::string_view number :
       {"1.0", "1.5", "1e3", "-0.0", "18446744073709551616", "-9223372036854775809"}) {
    EXPECT_THAT(Canonical(absl::StrCat("{\"a\":[{\"b\":", number, "}]}")),
                StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("no integer")))
        << number;
  }
}

TEST(CanonicalJson, WritesWhatIsEmpty) {
  EXPECT_THAT(Canonical(R"({"a":{},"b":[],"c":""})"),
              IsOkAndHolds(std::string(R"({"a":{},"b":[],"c":""})")));
}

}  // namespace
}  // namespace countersign::tuf
