#include "tuf/envelope.h"

#include <string>
#include <string_view>

#include "absl/strings/str_cat.h"
#include "base/status_matchers.h"
#include "gtest/gtest.h"

namespace countersign::tuf {
namespace {

using base::IsOk;
using base::StatusIs;
using ::testing::HasSubstr;
using ::testing::StartsWith;

constexpr absl::StatusCode kInvalid = absl::StatusCode::kInvalidArgument;

absl::StatusOr<Envelope> Parse(std::string_view text) { return ParseEnvelope(text, 1 << 20); }

TEST(Envelope, ReadsSignaturesAndTheCanonicalFormOfWhatTheySign) {
  const auto envelope = Parse(R"({
    "signatures": [{"keyid": "a", "sig": "00Ff"}, {"sig": "01", "keyid": "b", "more": 1}],
    "signed": {"version": 1, "_type": "root", "x-more": {"b": [true], "a": "é"}}})");
  ASSERT_THAT(envelope, IsOk());
  EXPECT_EQ(envelope->signed_bytes.bytes,
            R"({"_type":"root","version":1,"x-more":{"a":"é","b":[true]}})");
  ASSERT_EQ(envelope->signed_bytes.signatures.size(), 2u);
  EXPECT_EQ(envelope->signed_bytes.signatures[0].key_id, "a");
  EXPECT_EQ(envelope->signed_bytes.signatures[0].bytes, std::string("\x00\xff", 2));
  EXPECT_EQ(envelope->signed_bytes.signatures[1].key_id, "b");
}

TEST(Envelope, LeavesOutEmptySignatures) {
  const auto envelope = Parse(
      R"({"signatures": [{"keyid": "a", "sig": ""}, {"keyid": "b", "sig": "01"}, {"keyid": "c"}],
          "signed": {}})");
  ASSERT_THAT(envelope, IsOk());
  ASSERT_EQ(envelope->signed_bytes.signatures.size(), 1u);
  EXPECT_EQ(envelope->signed_bytes.signatures[0].key_id, "b");
}

TEST(Envelope, RefusesAKeyIdThatComesTwice) {
  for (const std::string_view second : {"01", "02", ""}) {
    EXPECT_THAT(Parse(absl::StrCat(R"({"signatures": [{"keyid": "a", "sig": "01"},)",
                                   R"({"keyid": "b", "sig": "01"}, {"keyid": "a", "sig": ")",
                                   second, R"("}], "signed": {}})")),
                StatusIs(kInvalid, "/signatures/2/keyid: comes a second time"));
  }
}

TEST(Envelope, RefusesOtherForms) {
  const struct {
    std::string_view text;
    std::string_view fault;
  } kCases[] = {
      {R"([])", "must be an object"},
      {R"({"signed": {}})", "/signatures: must be given"},
      {R"({"signatures": {}, "signed": {}})", "/signatures: must be an array"},
      {R"({"signatures": []})", "/signed: must be given"},
      {R"({"signatures": [], "signed": []})", "/signed: must be an object"},
      {R"({"signatures": ["a"], "signed": {}})", "/signatures/0: must be an object"},
      {R"({"signatures": [{"sig": "01"}], "signed": {}})", "/signatures/0/keyid: must be given"},
      {R"({"signatures": [{"keyid": "", "sig": "01"}], "signed": {}})",
       "/signatures/0/keyid: must be given"},
      {R"({"signatures": [{"keyid": "a", "sig": "0"}], "signed": {}})",
       "/signatures/0/sig: must be hexadecimal"},
      {R"({"signatures": [{"keyid": "a", "sig": "AQ=="}], "signed": {}})",
       "/signatures/0/sig: must be hexadecimal"},
      {R"({"signatures": [], "signed": {"version": 1.0}})", "/signed: it holds a number"},
      {R"({"signatures": [], "signed": {"a": {"b": 1, "b": 1}}})", "byte "},
      {R"({"signatures": [], "signed": {}, "signed": {}})", "byte "},
      {R"({"signatures": [], "signed": {}} {})", "byte "},
  };
  for (const auto& test : kCases) {
    EXPECT_THAT(Parse(test.text), StatusIs(kInvalid, StartsWith(std::string(test.fault))))
        << test.text;
  }
}

std::string WithSignatures(size_t count) {
  std::string text = R"({"signatures": [)";
  for (size_t i = 0; i < count; ++i) {
    absl::StrAppend(&text, i == 0 ? "" : ",", R"({"keyid": ")", i, R"(", "sig": "01"})");
  }
  return text + R"(], "signed": {}})";
}

TEST(Envelope, IsBounded) {
  EXPECT_THAT(Parse(WithSignatures(kMaxSignatures)), IsOk());
  EXPECT_THAT(Parse(WithSignatures(kMaxSignatures + 1)),
              StatusIs(absl::StatusCode::kResourceExhausted, HasSubstr("256 signatures")));

  const std::string small = WithSignatures(0);
  EXPECT_THAT(ParseEnvelope(small, small.size()), IsOk());
  EXPECT_THAT(ParseEnvelope(small, small.size() - 1), StatusIs(kInvalid, HasSubstr("larger")));

  const std::string deep(kMaxMetadataDepth, '[');
  EXPECT_THAT(Parse(absl::StrCat(R"({"signatures": [], "signed": {"a": )", deep)),
              StatusIs(kInvalid, HasSubstr("nested more than 32 deep")));
  std::string many = R"({"signatures": [], "signed": {"a": [0)";
  for (size_t i = 0; i < kMaxMetadataValues; ++i) many += ",0";
  EXPECT_THAT(Parse(many + "]}}"), StatusIs(kInvalid, HasSubstr("more than 100000 values")));
}

}  // namespace
}  // namespace countersign::tuf
