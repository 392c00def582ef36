#include "verifier/policies/policy_list.h"

#include <string>
#include <string_view>
#include <utility>

#include "base/json.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "policy/test_policy.h"

namespace countersign::verifier {
namespace {

using ::testing::SizeIs;

kube::Object Named(const std::string& name) {
  base::Json object = policy::TestPolicy().Object();
  object["metadata"]["name"] = name;
  return {.json = std::move(object),
          .locate = [](std::string_view pointer) { return std::string(pointer); }};
}

TEST(PolicyList, HasWhatWasReadOfEachObjectInTheirOrder) {
  const PolicyList list = CompileList({Named("other"), Named("image-policy")});
  EXPECT_THAT(list.objects, SizeIs(2));
  ASSERT_THAT(list.compiled->sign, SizeIs(2));
  EXPECT_EQ(list.compiled->sign[0].acceptance, policy::Acceptance::kWrongName);
  EXPECT_EQ(list.compiled->sign[1].acceptance, policy::Acceptance::kNotTheOnlyOne);
  EXPECT_EQ(list.compiled->policies, nullptr);
}

TEST(PolicyList, OfNoObjectsNothingIsInForce) {
  const PolicyList list = CompileList({});
  ASSERT_NE(list.compiled->policies, nullptr);
  EXPECT_TRUE(list.compiled->policies->IsNone());
}

}  // namespace
}  // namespace countersign::verifier
