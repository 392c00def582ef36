#include "cli/key_policy.h"

#include <fstream>
#include <string>
#include <vector>

#include "base/status_matchers.h"
#include "crypto/test_key.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "oci/image_reference.h"
#include "policy/compiled.h"

namespace countersign::cli {
namespace {

using base::StatusIs;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::SizeIs;

std::string Write(const std::string& name, const std::string& content) {
  const std::string path = testing::TempDir() + "/" + name;
  std::ofstream(path) << content;
  return path;
}

TEST(PolicyFromKeys, WantsOneOfTheKeysOfEveryImage) {
  const auto object = PolicyFromKeys({Write("a.pub", crypto::TestKey::Generate().PublicPem()),
                                      Write("b.pub", crypto::TestKey::Generate().PublicPem())});
  ASSERT_TRUE(object.ok()) << object.status();
  EXPECT_EQ(object->locate("/spec"), "the policy of --key/spec");
  const policy::Compiled compiled = policy::CompilePolicies({.sign = {&object->json}});
  ASSERT_THAT(compiled.sign, SizeIs(1));
  EXPECT_EQ(compiled.sign[0].acceptance, policy::Acceptance::kWhole);
  const std::vector<policy::Policy>& policies = compiled.policies->all();
  ASSERT_THAT(policies, SizeIs(1));
  EXPECT_THAT(policies[0].authorities, SizeIs(2));
  EXPECT_TRUE(policies[0].images.Matches(*oci::ImageReference::Parse("a.example/b/c:d")));
}

TEST(PolicyFromKeys, NamesTheFileThatIsNoKey) {
  EXPECT_THAT(PolicyFromKeys({Write("junk.pub", "junk")}),
              StatusIs(absl::StatusCode::kInvalidArgument,
                       AllOf(HasSubstr("--key"), HasSubstr("junk.pub"))));
  EXPECT_THAT(PolicyFromKeys({testing::TempDir() + "/absent.pub"}),
              StatusIs(absl::StatusCode::kNotFound, HasSubstr("absent.pub")));
}

}  // namespace
}  // namespace countersign::cli
