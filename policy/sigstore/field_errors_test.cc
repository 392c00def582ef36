#include "policy/sigstore/field_errors.h"

#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace countersign::policy {
namespace {

using ::testing::ElementsAre;
using ::testing::EndsWith;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;
using ::testing::StartsWith;

TEST(FieldPath, IsTheMemberAloneInTheObjectItself) {
  EXPECT_EQ(FieldPath("", "spec"), "spec");
  EXPECT_EQ(FieldPath("spec", "mode"), "spec.mode");
  EXPECT_EQ(FieldPath("spec", "images", 10), "spec.images[10]");
}

TEST(FieldErrors, AreEmptyWithoutAny) {
  const FieldErrors none;
  EXPECT_EQ(none.Text(ErrorLevel::kError), "");
  EXPECT_EQ(none.Refusal(), "");
  EXPECT_THAT(none.WarningLines(), IsEmpty());
}

TEST(FieldErrors, OfTheSameMessageAndDetailsAreOneEntryWithThePathsSortedAsText) {
  FieldErrors errors;
  errors.AddMissing("spec.images[2]", {"glob"});
  errors.AddMissing("spec.images[10]", {"glob"});
  errors.AddMissing("spec", {"authorities"});
  errors.AddMissing("spec.images[2]", {"glob"});
  EXPECT_EQ(errors.Text(ErrorLevel::kError),
            "missing field(s): spec.authorities, spec.images[10].glob, spec.images[2].glob");
}

TEST(FieldErrors, AreSortedByMessageThenDetails) {
  FieldErrors errors;
  errors.AddMissing("spec", {"authorities"});
  errors.AddInvalid("x", "spec.b", "zzz");
  errors.AddInvalid("x", "spec.c", "aaa");
  errors.AddInvalid("x", "spec.d");
  errors.AddForbidden("spec", {"e"});
  errors.AddNeither("spec", {"f", "g"});
  errors.AddBoth("spec", {"i", "h"});
  EXPECT_EQ(errors.Refusal(),
            "validation failed: expected exactly one, got both: spec.h, spec.i\n"
            "expected exactly one, got neither: spec.f, spec.g\n"
            "invalid value: x: spec.d\n"
            "invalid value: x: spec.c\naaa\n"
            "invalid value: x: spec.b\nzzz\n"
            "missing field(s): spec.authorities\n"
            "must not set the field(s): spec.e");
}

TEST(FieldErrors, OfAnotherLevelAreApart) {
  FieldErrors errors;
  errors.AddInvalid("vuln", "a", "deprecated", ErrorLevel::kWarning);
  EXPECT_EQ(errors.Refusal(), "");
  EXPECT_THAT(errors.WarningLines(), ElementsAre("invalid value: vuln: a", "deprecated"));
  errors.AddInvalid("vuln", "b", "deprecated");
  EXPECT_EQ(errors.Text(ErrorLevel::kError), "invalid value: vuln: b\ndeprecated");
  EXPECT_THAT(errors.Entries(ErrorLevel::kWarning), SizeIs(1));
}

TEST(FieldErrors, ShowNoLineBreaksOfTheAuthorsAndCutLongValues) {
  FieldErrors errors;
  errors.AddInvalid("a\nb" + std::string(1000, 'x'), "spec.mode");
  EXPECT_THAT(errors.Text(ErrorLevel::kError), StartsWith("invalid value: a\\x0abxxx"));
  EXPECT_THAT(errors.Text(ErrorLevel::kError), EndsWith("xxx...: spec.mode"));
  EXPECT_THAT(errors.Text(ErrorLevel::kError), SizeIs(testing::Lt(300)));
  EXPECT_THAT(errors.Text(ErrorLevel::kError), Not(testing::HasSubstr("\n")));
}

}  // namespace
}  // namespace countersign::policy
