#include "cli/tree_look.h"

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "base/byte_budget.h"
#include "base/status_matchers.h"
#include "cosign/trusted_root.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "oci/digest.h"
#include "registry/fake_registry.h"

namespace countersign::cli {
namespace {

using base::IsOk;
using base::StatusIs;
using registry::Credential;
using ::testing::_;
using ::testing::AllOf;
using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::SizeIs;

const oci::Repository kRepository = {"registry.example.org", "app"};
const Credential kGood = {.username = "good", .password = "p"};
const Credential kBad = {.username = "bad", .password = "p"};

class TreeLookTest : public testing::Test {
 protected:
  TreeLookTest() { registry_.PutManifest(kRepository, "1", "image"); }

  absl::StatusOr<ImageTree> Look(std::vector<Credential> credentials,
                                 const std::string& name = "registry.example.org/app:1") {
    PieceJudge judge({.root = std::make_shared<const cosign::TrustedRoot>()});
    const absl::StatusOr<oci::ImageReference> image = oci::ImageReference::Parse(name);
    if (!image.ok()) return image.status();
    return LookAtImage(&registry_, *image, std::move(credentials), judge, &bytes_,
                       absl::InfiniteFuture());
  }

  base::ByteBudget bytes_{{.total = kMaxTreeBytesHeld, .of_account = kMaxTreeBytesHeld}};
  registry::FakeRegistry registry_;
};

TEST_F(TreeLookTest, FindsTheDigestOfATag) {
  const absl::StatusOr<ImageTree> tree = Look({});
  ASSERT_THAT(tree, IsOk());
  EXPECT_EQ(tree->image, "registry.example.org/app:1");
  EXPECT_EQ(tree->digest, oci::Digest::Of("image").ToString());
}

TEST_F(TreeLookTest, AnImageThatIsNamedByItsDigestMustBeThere) {
  const std::string digest = oci::Digest::Of("image").ToString();
  EXPECT_THAT(Look({}, "registry.example.org/app@" + digest), IsOk());
  const std::string other = oci::Digest::Of("another image").ToString();
  EXPECT_THAT(Look({}, "registry.example.org/app@" + other),
              StatusIs(absl::StatusCode::kNotFound, _));
}

TEST_F(TreeLookTest, ReadsAllOfItWithTheCredentialThatIsLetIn) {
  registry_.RequireCredential(kRepository, {kGood});
  EXPECT_THAT(Look({kBad, kGood}), IsOk());
  const std::vector<std::string> calls = registry_.Calls();
  ASSERT_THAT(calls, SizeIs(testing::Gt(2u)));
  EXPECT_THAT(calls[0], HasSubstr(" as bad"));
  EXPECT_THAT(std::vector<std::string>(calls.begin() + 1, calls.end()),
              Each(HasSubstr(" as good")));
}

TEST_F(TreeLookTest, ComesWithoutCredentialsIfNoneWillDo) {
  // It refuses whoever shows one.
  registry_.RequireCredential(kRepository, {Credential()});
  EXPECT_THAT(Look({kBad}), IsOk());
  EXPECT_THAT(registry_.Calls().back(), Not(HasSubstr(" as ")));
}

TEST_F(TreeLookTest, SaysWhyTheFirstCredentialWasRefused) {
  registry_.RequireCredential(kRepository, {kGood});
  EXPECT_THAT(Look({kBad}), StatusIs(absl::StatusCode::kUnauthenticated, _));
  EXPECT_THAT(registry_.Calls(), ElementsAre(HasSubstr(" as bad"),
                                             AllOf(HasSubstr("resolve "), Not(HasSubstr(" as ")))));
}

TEST_F(TreeLookTest, ARegistryThatIsAwayIsAskedOnce) {
  registry_.FailWith(kRepository, absl::UnavailableError("is away"));
  EXPECT_THAT(Look({kBad, kGood}), StatusIs(absl::StatusCode::kUnavailable, "is away"));
  EXPECT_THAT(registry_.Calls(), SizeIs(1));
}

}  // namespace
}  // namespace countersign::cli
