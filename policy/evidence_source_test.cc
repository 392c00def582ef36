#include "policy/evidence_source.h"

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "base/status_matchers.h"
#include "cosign/signature_layer.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "oci/digest.h"

namespace countersign::policy {
namespace {

using base::IsOk;
using base::StatusIs;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::SizeIs;

const oci::Repository kImage = {"r.io", "app"};
const oci::Repository kOther = {"other.io", "app"};

EvidenceSourcePtr Make(EvidenceSource source) {
  return std::make_shared<const EvidenceSource>(std::move(source));
}

TEST(EvidenceSource, IsTheSameIfItSaysTheSame) {
  EXPECT_TRUE(IsSameSource(nullptr, nullptr));
  EXPECT_TRUE(IsSameSource(Make({.repository = kOther, .tag_prefix = "a"}),
                           Make({.repository = kOther, .tag_prefix = "a"})));
  EXPECT_FALSE(IsSameSource(Make({.repository = kOther}), nullptr));
  EXPECT_FALSE(IsSameSource(nullptr, Make({.repository = kOther})));
  EXPECT_FALSE(IsSameSource(Make({.repository = kOther}), Make({.repository = kImage})));
  EXPECT_FALSE(IsSameSource(Make({.tag_prefix = "a"}), Make({.tag_prefix = "b"})));
  EXPECT_TRUE(IsSameSource(Make({.registry = "other.io"}), Make({.registry = "other.io"})));
  EXPECT_FALSE(IsSameSource(Make({.registry = "other.io"}), Make({.registry = "r.io"})));
  EXPECT_FALSE(IsSameSource(Make({.registry = "other.io"}), Make({})));
}

TEST(EvidenceSource, ThatNamesTheImagesOwnRepositoryIsAsOneThatNamesNone) {
  EXPECT_EQ(SourceFor(nullptr, kImage), nullptr);
  EXPECT_EQ(SourceFor(Make({}), kImage), nullptr);
  EXPECT_EQ(SourceFor(Make({.repository = kImage}), kImage), nullptr);
  const EvidenceSourcePtr prefixed = Make({.tag_prefix = "a"});
  EXPECT_EQ(SourceFor(prefixed, kImage), prefixed);
  EXPECT_TRUE(
      IsSameSource(SourceFor(Make({.repository = kImage, .tag_prefix = "a"}), kImage), prefixed));
  const EvidenceSourcePtr other = Make({.repository = kOther});
  EXPECT_EQ(SourceFor(other, kImage), other);
}

TEST(EvidenceSource, ThatNamesARegistryIsThereTheRepositoryOfTheImagesPath) {
  EXPECT_TRUE(IsSameSource(SourceFor(Make({.registry = "other.io"}), kImage),
                           Make({.repository = kOther})));
  EXPECT_TRUE(IsSameSource(
      SourceFor(Make({.registry = "other.io:5000", .tag_prefix = "a"}), {"r.io", "team/app"}),
      Make({.repository = oci::Repository{"other.io:5000", "team/app"}, .tag_prefix = "a"})));
}

TEST(EvidenceSource, ThatNamesTheImagesOwnRegistryIsAsOneThatNamesNone) {
  EXPECT_EQ(SourceFor(Make({.registry = "r.io"}), kImage), nullptr);
  EXPECT_TRUE(IsSameSource(SourceFor(Make({.registry = "r.io", .tag_prefix = "a"}), kImage),
                           Make({.tag_prefix = "a"})));
}

TEST(TagPrefix, IsWhatATagCanBeginWith) {
  for (const char* prefix : {"", "a", "Release_1.2-", "_", "0", "sha256-"}) {
    EXPECT_THAT(CheckTagPrefix(prefix), IsOk()) << prefix;
  }
  for (const char* prefix : {".", "-a", "a:", "a/b", "a b", "\xc3\xa4", "a\n"}) {
    EXPECT_THAT(CheckTagPrefix(prefix),
                StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("letters")))
        << prefix;
  }
}

TEST(TagPrefix, LeavesRoomForWhatFollows) {
  const oci::Digest image = oci::Digest::Of("");
  const std::string longest(kMaxTagPrefixBytes, 'a');
  EXPECT_THAT(absl::StrCat(longest, cosign::SignatureTag(image)), SizeIs(128));
  EXPECT_THAT(absl::StrCat(longest, cosign::AttestationTag(image)), SizeIs(128));
  EXPECT_THAT(CheckTagPrefix(longest), IsOk());
  EXPECT_THAT(CheckTagPrefix(longest + "a"),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("54 bytes")));
}

TEST(SourceGroups, HaveThoseTogetherThatSayTheSame) {
  const SourceGroups found =
      GroupSources({nullptr, Make({.tag_prefix = "a"}), nullptr, Make({.tag_prefix = "a"})});
  ASSERT_THAT(found.groups, SizeIs(2));
  EXPECT_EQ(found.groups[0].source, nullptr);
  EXPECT_THAT(found.groups[0].members, ElementsAre(0, 2));
  EXPECT_EQ(found.groups[1].source->tag_prefix, "a");
  EXPECT_THAT(found.groups[1].members, ElementsAre(1, 3));
  EXPECT_FALSE(found.are_more);
}

TEST(SourceGroups, AreBoundedAndSayIfThereAreMore) {
  std::vector<EvidenceSourcePtr> sources;
  for (size_t i = 0; i < kMaxEvidenceSources; ++i) {
    sources.push_back(Make({.tag_prefix = absl::StrCat("a", i)}));
  }
  EXPECT_FALSE(GroupSources(sources).are_more);
  sources.push_back(Make({.tag_prefix = "b"}));
  sources.push_back(sources[0]);
  const SourceGroups found = GroupSources(sources);
  EXPECT_TRUE(found.are_more);
  ASSERT_THAT(found.groups, SizeIs(kMaxEvidenceSources));
  EXPECT_THAT(found.groups[0].members, ElementsAre(0, kMaxEvidenceSources + 1));
}

}  // namespace
}  // namespace countersign::policy
