#include "shim/field_path.h"

#include "gtest/gtest.h"

namespace countersign::shim {
namespace {

TEST(FieldPath, IsWrittenAsKubectlUsersReadIt) {
  EXPECT_EQ(FieldPath(""), "");
  EXPECT_EQ(FieldPath("/spec/verification/images/10/keys/0/name"),
            "spec.verification.images[10].keys[0].name");
  EXPECT_EQ(FieldPath("/metadata/annotations/a~1b~0c"), "metadata.annotations.a/b~c");
  EXPECT_EQ(FieldPath("/a\n"), "a\\x0a");
}

}  // namespace
}  // namespace countersign::shim
