#include "verifier/serving/requirement_memory.h"

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "oci/image_reference.h"
#include "policy/policy.h"
#include "policy/test_policy.h"
#include "policy/test_sigstore_policies.h"

namespace countersign::verifier {
namespace {

constexpr char kImage[] = "r.io/app:1";
constexpr absl::Time kNow = absl::FromUnixSeconds(1'700'000'000);

policy::PoliciesPtr SigstorePolicies(const policy::Terms& terms = {}) {
  return policy::TestSigstorePolicies()
      .Add("p", {"**"}, {policy::KeyAuthority("k")}, terms)
      .Build();
}

class RequirementMemoryTest : public testing::Test {
 protected:
  // Whether it is remembered what these ask of the image; from now on it is.
  bool Remembers(const policy::PoliciesPtr& in_force, const policy::Workload& workload,
                 std::string_view image = kImage) {
    RequirementMemory::OfWorkload known = memory_.For(in_force, workload);
    const RememberedRequirementPtr found = known.Find(image);
    if (found != nullptr) {
      EXPECT_EQ(found->image.text(), image);
      EXPECT_EQ(found->requirement->in_force, in_force);
      return true;
    }
    oci::ImageReference reference = oci::ImageReference::Parse(image).value();
    auto requirement = std::make_shared<const policy::Requirement>(
        policy::RequirementFor(in_force, workload, reference));
    known.Keep(image, std::make_shared<const RememberedRequirement>(
                          RememberedRequirement{std::move(reference), std::move(requirement)}));
    return false;
  }

  RequirementMemory memory_{{.max_bytes = 64 << 10}};
  const policy::PoliciesPtr policies_ = policy::TestPolicy().Rule("r.io/*", {}).Build();
  policy::Workload workload_ = {.workload_namespace = "shop", .now = kNow};
};

TEST_F(RequirementMemoryTest, WhatIsAskedAgainIsFound) {
  EXPECT_FALSE(Remembers(policies_, workload_));
  EXPECT_TRUE(Remembers(policies_, workload_));
  EXPECT_FALSE(Remembers(policies_, workload_, "r.io/app:2"));
  EXPECT_EQ(memory_.counts().hits, 1);
  EXPECT_EQ(memory_.counts().misses, 2);
  EXPECT_EQ(memory_.counts().entries, 2);
  EXPECT_GT(memory_.counts().bytes, 0);
}

TEST_F(RequirementMemoryTest, AnEditOfThePoliciesDropsIt) {
  EXPECT_FALSE(Remembers(policies_, workload_));
  const policy::PoliciesPtr edited = policy::TestPolicy().Rule("r.io/*", {}).Build();
  EXPECT_FALSE(Remembers(edited, workload_));
  // Whoever still has what was in force before finds nothing that was asked by the others.
  EXPECT_FALSE(Remembers(policies_, workload_));
}

TEST_F(RequirementMemoryTest, WhereTheImageIsToRunTellsItApart) {
  EXPECT_FALSE(Remembers(policies_, workload_));
  policy::Workload other = workload_;
  other.workload_namespace = "shop2";
  EXPECT_FALSE(Remembers(policies_, other));
  other = workload_;
  other.allow_unmatched_images = true;
  EXPECT_FALSE(Remembers(policies_, other));
  other = workload_;
  other.namespace_labels = std::make_shared<const policy::Labels>(policy::Labels{{"team", "shop"}});
  EXPECT_FALSE(Remembers(policies_, other));
  EXPECT_TRUE(Remembers(policies_, other));
  EXPECT_TRUE(Remembers(policies_, workload_));
}

TEST_F(RequirementMemoryTest, OtherLabelsOfTheNamespaceAreNeverTakenForThoseThatHaveGone) {
  workload_.namespace_labels = std::make_shared<const policy::Labels>();
  EXPECT_FALSE(Remembers(policies_, workload_));
  const std::weak_ptr<const policy::Labels> gone = workload_.namespace_labels;
  workload_.namespace_labels = nullptr;
  // Else another's could have its address.
  EXPECT_FALSE(gone.expired());
}

TEST_F(RequirementMemoryTest, AnObjectMattersWherePoliciesLookAtObjects) {
  policy::Workload pod = workload_;
  pod.object = policy::ObjectDescription{
      .api_group = "", .api_version = "v1", .resource = "pods", .labels = {{"pod", "1"}}};
  policy::Workload second = pod;
  second.object->labels = {{"pod", "2"}};
  EXPECT_FALSE(Remembers(policies_, pod));
  EXPECT_TRUE(Remembers(policies_, second));

  const policy::PoliciesPtr looking =
      SigstorePolicies({.objects = {{.api_group = "", .api_version = "v1", .resource = "pods"}}});
  EXPECT_FALSE(Remembers(looking, pod));
  EXPECT_FALSE(Remembers(looking, second));
  EXPECT_TRUE(Remembers(looking, pod));
  EXPECT_FALSE(Remembers(looking, workload_));
  second.object->labels = {{"pod", "1"}};
  second.object->resource = "jobs";
  EXPECT_FALSE(Remembers(looking, second));
}

TEST_F(RequirementMemoryTest, ItEndsAfterASecond) {
  EXPECT_FALSE(Remembers(policies_, workload_));
  workload_.now = kNow + absl::Milliseconds(999);
  EXPECT_TRUE(Remembers(policies_, workload_));
  workload_.now = kNow + absl::Seconds(1);
  EXPECT_FALSE(Remembers(policies_, workload_));
}

TEST_F(RequirementMemoryTest, ItEndsWhereAPolicyBeginsOrEnds) {
  const absl::Time end = kNow + absl::Milliseconds(300);
  for (const policy::Terms& terms :
       {policy::Terms{.effective_from = end}, policy::Terms{.effective_until = end}}) {
    const policy::PoliciesPtr policies = SigstorePolicies(terms);
    workload_.now = kNow;
    EXPECT_FALSE(Remembers(policies, workload_));
    workload_.now = end - absl::Nanoseconds(1);
    EXPECT_TRUE(Remembers(policies, workload_));
    workload_.now = end;
    EXPECT_FALSE(Remembers(policies, workload_));
    EXPECT_TRUE(Remembers(policies, workload_));
  }
}

TEST_F(RequirementMemoryTest, WhoLookedAtTheClockBeforeItWasBegunAsksAnewAndEndsNothing) {
  EXPECT_FALSE(Remembers(policies_, workload_));
  policy::Workload before = workload_;
  before.now = kNow - absl::Milliseconds(1);
  EXPECT_FALSE(Remembers(policies_, before));
  EXPECT_FALSE(Remembers(policies_, before));
  EXPECT_TRUE(Remembers(policies_, workload_));
}

TEST_F(RequirementMemoryTest, AClockThatIsSetBackBeginsItAnew) {
  EXPECT_FALSE(Remembers(policies_, workload_));
  workload_.now = kNow - absl::Hours(1);
  EXPECT_FALSE(Remembers(policies_, workload_));
  EXPECT_TRUE(Remembers(policies_, workload_));
}

TEST_F(RequirementMemoryTest, WhatHasNoRoomIsAskedAnew) {
  int kept = 0;
  for (int i = 0; i < 1000; ++i) {
    const std::string image = absl::StrCat("r.io/app:", i);
    Remembers(policies_, workload_, image);
    kept += Remembers(policies_, workload_, image) ? 1 : 0;
  }
  EXPECT_GT(kept, 20);
  EXPECT_LT(kept, 128);
  EXPECT_TRUE(Remembers(policies_, workload_, "r.io/app:0"));
}

TEST_F(RequirementMemoryTest, WhatIsLargeByItselfIsNotKept) {
  workload_.workload_namespace = std::string(8 << 10, 'n');
  EXPECT_FALSE(Remembers(policies_, workload_));
  EXPECT_FALSE(Remembers(policies_, workload_));
}

}  // namespace
}  // namespace countersign::verifier
