#include "crypto/subject_name.h"

#include <cstddef>
#include <string>
#include <string_view>

#include "absl/strings/escaping.h"
#include "base/status_matchers.h"
#include "crypto/der.h"
#include "crypto/test_der.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace countersign::crypto {
namespace {

using base::IsOkAndHolds;
using base::StatusIs;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using Kind = SubjectName::Kind;
constexpr absl::StatusCode kInvalid = absl::StatusCode::kInvalidArgument;
constexpr std::string_view kFulcioUser = "1.3.6.1.4.1.57264.1.7";

std::string Uri(std::string_view text) { return WriteDer(PrimitiveTag(6), {text}); }
std::string Email(std::string_view text) { return WriteDer(PrimitiveTag(1), {text}); }
std::string Other(std::string_view oid, std::string_view value) {
  return WriteDer(ConstructedTag(0), {WriteDerOid(oid), WriteDer(ConstructedTag(0), {value})});
}

TEST(SubjectNames, AreThoseOfPeopleAndWorkloadsInTheirOrder) {
  EXPECT_THAT(
      ReadSubjectNames(WriteDerSequence(
          {Uri("https://example.org/a"), Email("a@example.org"),
           Other(kFulcioUser, WriteDer(DerTag::kUtf8String, {"é!example.org"})), Uri("")})),
      IsOkAndHolds(ElementsAre(SubjectName{Kind::kUri, "https://example.org/a", ""},
                               SubjectName{Kind::kEmail, "a@example.org", ""},
                               SubjectName{Kind::kOther, "é!example.org", std::string(kFulcioUser)},
                               SubjectName{Kind::kUri, "", ""})));
}

TEST(SubjectNames, AreTheirRawBytes) {
  const std::string text("a\0B%41", 6);
  EXPECT_THAT(ReadSubjectNames(WriteDerSequence({Uri(text)})),
              IsOkAndHolds(ElementsAre(SubjectName{Kind::kUri, text, ""})));
}

TEST(SubjectNames, AreNotHostsAddressesOrDirectoryNames) {
  EXPECT_THAT(ReadSubjectNames(WriteDerSequence(
                  {WriteDer(PrimitiveTag(2), {"example.org"}), WriteDer(PrimitiveTag(7), {"abcd"}),
                   WriteDer(ConstructedTag(4), {WriteDerSequence({})}),
                   WriteDer(PrimitiveTag(8), {"abc"})})),
              IsOkAndHolds(IsEmpty()));
}

TEST(SubjectNames, AreNoMoreThanTheLimitOfWhateverKind) {
  for (const std::string& name : {Uri(""), WriteDer(PrimitiveTag(2), {""})}) {
    std::string names;
    for (size_t i = 0; i < kMaxSubjectNames; ++i) names += name;
    EXPECT_THAT(ReadSubjectNames(WriteDerSequence({names})), base::IsOk());
    names += name;
    EXPECT_THAT(ReadSubjectNames(WriteDerSequence({names})),
                StatusIs(absl::StatusCode::kResourceExhausted,
                         "its subjectAltName has more than 100 names"));
  }
}

TEST(SubjectNames, OfOtherKindsAreTextOrLeftOut) {
  EXPECT_THAT(
      ReadSubjectNames(WriteDerSequence({Other("1.2.3", WriteDerUnsigned(1)),
                                         Other("1.2.3", WriteDer(DerTag::kUtf8String, {"\xff"})),
                                         Other("1.2.4", WriteDer(DerTag::kUtf8String, {"b"}))})),
      IsOkAndHolds(ElementsAre(SubjectName{Kind::kOther, "b", "1.2.4"})));
}

TEST(SubjectNames, AreAscii) {
  for (const std::string& name : {Uri("https://é/"), Email("é@example.org"), Email("a\x80")}) {
    EXPECT_THAT(ReadSubjectNames(WriteDerSequence({Uri("https://a/"), name})),
                StatusIs(kInvalid, "a name in its subjectAltName is not ASCII"));
  }
}

TEST(SubjectNames, AreRefusedTogether) {
  const std::string text = WriteDer(DerTag::kUtf8String, {"a"});
  const std::string oid = WriteDerOid("1.2.3");
  for (const std::string& bad : {
           std::string(),
           WriteDerSequence({}),
           WriteDerSequence({Uri("a")}) + "x",
           WriteDer(DerTag::kSet, {Uri("a")}),
           Uri("a"),
           WriteDerSequence({Uri("a"), "\x86\x05z"}),
           WriteDerSequence({Uri("a"), "\x86\x80"}),
           // An otherName without its type, its value, the tag around it, with two values.
           WriteDerSequence({WriteDer(ConstructedTag(0), {WriteDer(ConstructedTag(0), {text})})}),
           WriteDerSequence({WriteDer(ConstructedTag(0), {oid})}),
           WriteDerSequence({WriteDer(ConstructedTag(0), {oid, text})}),
           WriteDerSequence({Other("1.2.3", "")}),
           WriteDerSequence({Other("1.2.3", text + text)}),
           WriteDerSequence(
               {WriteDer(ConstructedTag(0), {oid, WriteDer(ConstructedTag(0), {text}), text})}),
       }) {
    EXPECT_THAT(ReadSubjectNames(bad), StatusIs(kInvalid, "its subjectAltName is malformed"))
        << absl::BytesToHexString(bad);
  }
}

}  // namespace
}  // namespace countersign::crypto
