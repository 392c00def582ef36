// That translated policies decide as those that they were made from: both are evaluated, with the
// real parsers and matchers, for random policies, images and signers.

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <functional>
#include <set>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "crypto/test_key.h"
#include "gtest/gtest.h"
#include "policy/moving/evaluators.h"
#include "policy/moving/random_policies.h"
#include "policy/moving/sign_entries.h"
#include "policy/moving/sign_to_policy_controller.h"
#include "policy/moving/sign_to_sigstore.h"
#include "policy/moving/sigstore_to_sign.h"

namespace countersign::policy {
namespace {

constexpr size_t kSteps = 100'000'000;
constexpr int kImages = 12;

std::vector<std::string> Pems() {
  static const auto* const pems = [] {
    auto* made = new std::vector<std::string>;
    for (int i = 0; i < 3; ++i) made->push_back(crypto::TestKey::Generate().PublicPem());
    return made;
  }();
  return *pems;
}

// How two evaluations compare.
struct Tally {
  size_t policies = 0;
  size_t decisions = 0;
  size_t stricter = 0;
  size_t looser = 0;
  // The first decision of each kind.
  std::string stricter_example;
  std::string looser_example;

  void Print(const char* what) const {
    std::printf("%-40s %7zu policies %9zu decisions %7zu stricter %7zu looser\n", what, policies,
                decisions, stricter, looser);
  }
};

void Compare(const Evaluate& before, const Evaluate& after, const base::Json& policy,
             Reading reading, RandomPolicies& random, Tally& tally) {
  ++tally.policies;
  for (int i = 0; i < kImages; ++i) {
    const oci::ImageReference image = random.Image();
    // To the Policy Controller it is a registry like others, as is said for all translations.
    if (reading == Reading::kPolicyController && image.text().starts_with("registry-1.")) continue;
    for (size_t subset = 0; subset < 8; ++subset) {
      std::set<KeyText> signers;
      for (size_t key = 0; key < 3; ++key) {
        if ((subset >> key & 1) != 0) signers.insert(KeyTextOf(Pems()[key]));
      }
      const bool was = before(image, signers);
      const bool is = after(image, signers);
      ++tally.decisions;
      if (was == is) continue;
      ++(is ? tally.looser : tally.stricter);
      std::string& example = is ? tally.looser_example : tally.stricter_example;
      if (!example.empty()) continue;
      example = absl::StrCat(image.text(), " signers ", subset, ": ");
      for (const base::Json& rule : policy["spec"]["verification"]["images"]) {
        absl::StrAppend(&example, rule["namePattern"].get<std::string>(), " ", rule["keys"].dump(),
                        "; ");
      }
    }
  }
}

using Translate = std::function<Translation(const SignEntries&, const SignSettings&, StepBudget&)>;

// One tally for each Exactness.
std::vector<Tally> RunAll(uint32_t seed, int policies, Reading reading,
                          const Translate& translate) {
  std::vector<Tally> tallies(4);
  RandomPolicies random(seed, Pems());
  for (int i = 0; i < policies; ++i) {
    StepBudget steps(kSteps);
    const base::Json object = random.Policy();
    absl::StatusOr<SignEntries> sign = ReadSignEntries(object, steps);
    EXPECT_TRUE(sign.ok()) << sign.status();
    if (!sign.ok()) continue;
    const SignSettings settings = {.allow_unmatched = random.Below(2) == 0};
    const Translation made = translate(*sign, settings, steps);
    absl::StatusOr<Evaluate> after = EvaluateSigstore(made.objects, reading);
    EXPECT_TRUE(after.ok()) << after.status();
    if (!after.ok()) continue;
    Compare(EvaluateSign(*sign, settings), *after, object, reading, random,
            tallies[static_cast<size_t>(made.exactness)]);
  }
  return tallies;
}

const Tally& Of(const std::vector<Tally>& tallies, Exactness exactness) {
  return tallies[static_cast<size_t>(exactness)];
}

TEST(Equivalence, GroupsOfCountersignDecideAsSign) {
  const std::vector<Tally> tallies =
      RunAll(1, 2000, Reading::kCountersign,
             [](const SignEntries& sign, const SignSettings& settings, StepBudget& steps) {
               return SignToSigstore(sign, settings, steps);
             });
  const Tally& exact = Of(tallies, Exactness::kExact);
  exact.Print("Countersign, any-of group, exact");
  Of(tallies, Exactness::kInexact).Print("Countersign, any-of group, inexact");
  EXPECT_EQ(exact.stricter, 0u) << exact.stricter_example;
  EXPECT_EQ(exact.looser, 0u) << exact.looser_example;
  EXPECT_GT(exact.policies, 500u);
}

// Policies of policy.sigstore.dev that are made of random ones of Sign, without groups: of those that
// select an image all must hold.
TEST(Equivalence, BackToSignIsExactOrLooser) {
  Tally exact;
  Tally looser;
  size_t refused = 0;
  RandomPolicies random(3, Pems());
  for (int i = 0; i < 1500; ++i) {
    StepBudget steps(kSteps);
    const base::Json object = random.Policy();
    const absl::StatusOr<SignEntries> sign = ReadSignEntries(object, steps);
    ASSERT_TRUE(sign.ok()) << sign.status();
    const SignSettings settings = {.allow_unmatched = random.Below(2) == 0};
    std::vector<base::Json> objects = SignToSigstore(*sign, settings, steps).objects;
    const bool has_groups = random.Below(4) == 0;
    if (!has_groups) {
      std::erase_if(objects,
                    [](const base::Json& made) { return made["kind"] == "PolicyOptions"; });
    }
    const absl::StatusOr<Translation> back = SigstoreToSign(objects, OnOverlap::kLooser, steps);
    ASSERT_TRUE(back.ok()) << back.status();
    // A glob of digests alone is read as the Policy Controller means it, and not as it is evaluated.
    if (back->exactness == Exactness::kInexact || object.dump().find("@*") != std::string::npos) {
      continue;
    }
    if (back->exactness == Exactness::kLooser) {
      refused += !SigstoreToSign(objects, OnOverlap::kStricter, steps).ok();
    }
    const absl::StatusOr<Evaluate> before = EvaluateSigstore(objects, Reading::kCountersign);
    ASSERT_TRUE(before.ok()) << before.status();
    const absl::StatusOr<SignEntries> reread = ReadSignEntries(back->objects.front(), steps);
    ASSERT_TRUE(reread.ok()) << reread.status();
    Compare(*before, EvaluateSign(*reread, settings), object, Reading::kCountersign, random,
            back->exactness == Exactness::kExact ? exact : looser);
  }
  exact.Print("Sign, exact");
  looser.Print("Sign, overlaps");
  EXPECT_EQ(exact.stricter, 0u) << exact.stricter_example;
  EXPECT_EQ(exact.looser, 0u) << exact.looser_example;
  EXPECT_EQ(looser.stricter, 0u) << looser.stricter_example;
  EXPECT_GT(exact.policies, 100u);
  EXPECT_GT(looser.looser, 10u);
  EXPECT_EQ(refused, looser.policies);
}

class ForPolicyController : public testing::TestWithParam<OnOverlap> {};

TEST_P(ForPolicyController, ExactIsEqualAndTheOthersHaveTheirDirections) {
  const std::vector<Tally> tallies =
      RunAll(2, 1500, Reading::kPolicyController,
             [](const SignEntries& sign, const SignSettings& settings, StepBudget& steps) {
               return SignToPolicyController(sign, settings, GetParam(), steps);
             });
  for (const Exactness exactness :
       {Exactness::kExact, Exactness::kStricter, Exactness::kLooser, Exactness::kInexact}) {
    Of(tallies, exactness)
        .Print(absl::StrCat("Policy Controller, ", std::string(NameOf(exactness))).c_str());
  }
  const Tally& exact = Of(tallies, Exactness::kExact);
  EXPECT_EQ(exact.stricter, 0u) << exact.stricter_example;
  EXPECT_EQ(exact.looser, 0u) << exact.looser_example;
  EXPECT_GT(exact.policies, 100u);
  const Tally& stricter = Of(tallies, Exactness::kStricter);
  EXPECT_EQ(stricter.looser, 0u) << stricter.looser_example;
  const Tally& looser = Of(tallies, Exactness::kLooser);
  EXPECT_EQ(looser.stricter, 0u) << looser.stricter_example;
  const Tally& asked = GetParam() == OnOverlap::kStricter ? stricter : looser;
  EXPECT_GT(asked.stricter + asked.looser, 100u);
}

INSTANTIATE_TEST_SUITE_P(Both, ForPolicyController,
                         testing::Values(OnOverlap::kStricter, OnOverlap::kLooser));

}  // namespace
}  // namespace countersign::policy
