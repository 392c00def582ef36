#include "cli/tree_look.h"

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "base/byte_budget.h"
#include "base/status_matchers.h"
#include "cosign/signature_layer.h"
#include "cosign/trusted_root.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "oci/digest.h"
#include "policy/evidence_source.h"
#include "registry/fake_registry.h"
#include "verifier/evidence/test_referrers.h"

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
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;

const oci::Repository kRepository = {"registry.example.org", "app"};
const Credential kGood = {.username = "good", .password = "p"};
const Credential kBad = {.username = "bad", .password = "p"};
// Where more is kept of the images of that one.
const oci::Repository kOther = {"other.example.org", "signatures"};
const Credential kGuest = {.username = "guest", .password = "p"};
// Nothing of it is evidence.
constexpr char kManifest[] = R"({"schemaVersion":2,"layers":[]})";

policy::EvidenceSourcePtr Source(std::optional<oci::Repository> repository,
                                 std::string tag_prefix = "") {
  return std::make_shared<const policy::EvidenceSource>(policy::EvidenceSource{
      .repository = std::move(repository), .tag_prefix = std::move(tag_prefix)});
}

// The tags and places of what is shown.
std::vector<std::string> TagsOf(const std::vector<TreeBranch>& branches) {
  std::vector<std::string> tags;
  for (const TreeBranch& branch : branches) {
    tags.push_back(branch.place == TreePlace::kReferrersApi ? "referrers" : branch.tag);
  }
  return tags;
}

class TreeLookTest : public testing::Test {
 protected:
  TreeLookTest() { registry_.PutManifest(kRepository, "1", "image"); }

  absl::StatusOr<ImageTree> Look(std::vector<Credential> credentials,
                                 const std::string& name = "registry.example.org/app:1") {
    PieceJudge judge({.root = std::make_shared<const cosign::TrustedRoot>()});
    const absl::StatusOr<oci::ImageReference> image = oci::ImageReference::Parse(name);
    if (!image.ok()) return image.status();
    const auto find = [this, &credentials](const oci::Repository& repository) {
      return repository == kOther ? for_other_ : credentials;
    };
    return LookAtImage(&registry_, {.image = *image, .credentials = find, .source = source_}, judge,
                       &bytes_, absl::InfiniteFuture());
  }

  // What is shown of the source.
  TreeSource LookAtSource(bool is_complete = true) {
    const absl::StatusOr<ImageTree> tree = Look({});
    EXPECT_THAT(tree, IsOk());
    if (!tree.ok()) return {};
    EXPECT_EQ(tree->is_complete, is_complete);
    EXPECT_TRUE(tree->source.has_value());
    return tree->source.value_or(TreeSource());
  }

  void PutUnderTag(const oci::Repository& repository, const std::string& tag) {
    registry_.PutManifest(repository, tag, kManifest);
  }

  std::vector<std::string> CallsAbout(const oci::Repository& repository) const {
    std::vector<std::string> calls;
    for (const std::string& call : registry_.Calls()) {
      if (absl::StrContains(call, repository.ToString())) calls.push_back(call);
    }
    return calls;
  }

  const oci::Digest image_ = oci::Digest::Of("image");
  const std::string signature_tag_ = cosign::SignatureTag(image_);
  policy::EvidenceSourcePtr source_;
  std::vector<Credential> for_other_;
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

TEST_F(TreeLookTest, WithoutASourceThereIsNone) {
  PutUnderTag(kRepository, signature_tag_);
  const absl::StatusOr<ImageTree> tree = Look({});
  ASSERT_THAT(tree, IsOk());
  EXPECT_THAT(TagsOf(tree->branches), ElementsAre(signature_tag_));
  EXPECT_FALSE(tree->source.has_value());
}

TEST_F(TreeLookTest, TheImagesOwnPlaceIsNoSource) {
  for (const policy::EvidenceSourcePtr& source : {Source(kRepository), Source(std::nullopt)}) {
    source_ = source;
    const absl::StatusOr<ImageTree> tree = Look({});
    ASSERT_THAT(tree, IsOk());
    EXPECT_FALSE(tree->source.has_value());
  }
}

TEST_F(TreeLookTest, ASourceIsShownApartFromWhatLiesBesideTheImage) {
  source_ = Source(kOther, "release-");
  PutUnderTag(kRepository, signature_tag_);
  // It is for others.
  PutUnderTag(kOther, signature_tag_);
  PutUnderTag(kOther, absl::StrCat("release-", cosign::AttestationTag(image_)));
  verifier::TestReferrers referrers(&registry_, kOther, image_);
  referrers.AddManifest(kManifest, "a/b");
  referrers.ListByApi();
  const absl::StatusOr<ImageTree> tree = Look({});
  ASSERT_THAT(tree, IsOk());
  EXPECT_EQ(tree->repository, kRepository.ToString());
  EXPECT_THAT(TagsOf(tree->branches), ElementsAre(signature_tag_));
  ASSERT_TRUE(tree->source.has_value());
  EXPECT_EQ(tree->source->repository, kOther.ToString());
  EXPECT_EQ(tree->source->tag_prefix, "release-");
  EXPECT_THAT(TagsOf(tree->source->branches),
              ElementsAre(absl::StrCat("release-", cosign::AttestationTag(image_)), "referrers"));
  EXPECT_TRUE(tree->is_complete);
}

TEST_F(TreeLookTest, WhatRefersToTheImageInItsOwnRepositoryHasNoPrefix) {
  source_ = Source(std::nullopt, "release-");
  PutUnderTag(kRepository, "release-" + signature_tag_);
  verifier::TestReferrers referrers(&registry_, kRepository, image_);
  referrers.AddManifest(kManifest, "a/b");
  referrers.ListByApi();
  const absl::StatusOr<ImageTree> tree = Look({});
  ASSERT_THAT(tree, IsOk());
  EXPECT_THAT(TagsOf(tree->branches), ElementsAre("referrers"));
  ASSERT_TRUE(tree->source.has_value());
  EXPECT_EQ(tree->source->repository, kRepository.ToString());
  EXPECT_THAT(TagsOf(tree->source->branches), ElementsAre("release-" + signature_tag_));
}

TEST_F(TreeLookTest, ThePlacesWithAPrefixAreReadWithTheCredentialThatIsLetIn) {
  source_ = Source(std::nullopt, "release-");
  registry_.RequireCredential(kRepository, {kGood});
  PutUnderTag(kRepository, "release-" + signature_tag_);
  const absl::StatusOr<ImageTree> tree = Look({kGood});
  ASSERT_THAT(tree, IsOk());
  ASSERT_TRUE(tree->source.has_value());
  EXPECT_THAT(TagsOf(tree->source->branches), ElementsAre("release-" + signature_tag_));
  EXPECT_THAT(registry_.Calls(), Each(HasSubstr(" as good")));
}

// So long that with a prefix of the greatest length it would be longer than a tag can be.
TEST_F(TreeLookTest, NoTagIsAskedForThatCannotBe) {
  source_ = Source(std::nullopt, std::string(policy::kMaxTagPrefixBytes, 'a'));
  LookAtSource();
  const std::vector<std::string> calls = registry_.Calls();
  EXPECT_THAT(calls, testing::Contains(AllOf(HasSubstr(":aaa"), HasSubstr(".att"))));
  EXPECT_THAT(calls, Each(Not(AllOf(HasSubstr(":aaa"), HasSubstr(".sbom")))));
}

TEST_F(TreeLookTest, AnotherRepositoryHasCredentialsOfItsOwn) {
  source_ = Source(kOther);
  for_other_ = {kBad, kGuest};
  registry_.RequireCredential(kRepository, {kGood});
  registry_.RequireCredential(kOther, {kGuest});
  PutUnderTag(kOther, signature_tag_);
  const absl::StatusOr<ImageTree> tree = Look({kGood});
  ASSERT_THAT(tree, IsOk());
  ASSERT_TRUE(tree->source.has_value());
  EXPECT_THAT(TagsOf(tree->source->branches), ElementsAre(signature_tag_));
  EXPECT_TRUE(tree->is_complete);
  EXPECT_THAT(CallsAbout(kRepository), Each(HasSubstr(" as good")));
  EXPECT_THAT(CallsAbout(kOther),
              AllOf(testing::Contains(HasSubstr(" as guest")), Each(Not(HasSubstr(" as good")))));
}

TEST_F(TreeLookTest, WhoIsShownNothingThereIsNotTheLastToBeTried) {
  source_ = Source(kOther);
  for_other_ = {kBad, kGuest};
  // Some registries say of what they hide that there is none.
  EXPECT_THAT(LookAtSource().branches, IsEmpty());
  EXPECT_THAT(CallsAbout(kOther), AllOf(testing::Contains(HasSubstr(" as bad")),
                                        testing::Contains(HasSubstr(" as guest")),
                                        testing::Contains(Not(HasSubstr(" as ")))));
}

TEST_F(TreeLookTest, ARepositoryThatIsNotThereHasNothing) {
  source_ = Source(kOther);
  const TreeSource source = LookAtSource();
  EXPECT_THAT(source.branches, IsEmpty());
  EXPECT_EQ(source.fault, "");
}

// That one was told so means that it is so.
TEST_F(TreeLookTest, ARepositoryThatHasNothingForOneHasNothing) {
  source_ = Source(kOther);
  for_other_ = {kBad};
  registry_.RequireCredential(kOther, {Credential()});
  const TreeSource source = LookAtSource();
  EXPECT_THAT(source.branches, IsEmpty());
  EXPECT_EQ(source.fault, "");
}

TEST_F(TreeLookTest, ARepositoryThatRefusesEverybodyIsUnknown) {
  source_ = Source(kOther);
  for_other_ = {kBad};
  registry_.RequireCredential(kOther, {kGuest});
  PutUnderTag(kRepository, signature_tag_);
  const absl::StatusOr<ImageTree> tree = Look({});
  ASSERT_THAT(tree, IsOk());
  EXPECT_FALSE(tree->is_complete);
  EXPECT_THAT(TagsOf(tree->branches), ElementsAre(signature_tag_));
  ASSERT_TRUE(tree->source.has_value());
  EXPECT_THAT(tree->source->branches, IsEmpty());
  EXPECT_THAT(tree->source->fault, HasSubstr("refused the credential"));
}

TEST_F(TreeLookTest, ARepositoryThatIsAwayIsAskedWithOneCredential) {
  source_ = Source(kOther);
  for_other_ = {kBad, kGuest};
  registry_.FailWith(kOther, absl::UnavailableError("is away"));
  const TreeSource source = LookAtSource(/*is_complete=*/false);
  ASSERT_FALSE(source.branches.empty());
  EXPECT_THAT(source.branches[0].faults, ElementsAre("is away"));
  EXPECT_THAT(CallsAbout(kOther), Each(HasSubstr(" as bad")));
}

// A place that refuses hides nothing of one that does not.
TEST_F(TreeLookTest, WhatIsShownOfARepositoryIsShownWhateverElseItRefuses) {
  source_ = Source(kOther);
  PutUnderTag(kOther, signature_tag_);
  registry_.FailWith(kOther, absl::PermissionDeniedError("is not for you"), "referrers ");
  const TreeSource source = LookAtSource(/*is_complete=*/false);
  EXPECT_THAT(TagsOf(source.branches), ElementsAre(signature_tag_, "referrers"));
  EXPECT_EQ(source.fault, "");
}

}  // namespace
}  // namespace countersign::cli
