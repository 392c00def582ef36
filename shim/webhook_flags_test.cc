#include "shim/webhook_flags.h"

#include <algorithm>
#include <string>
#include <vector>

#include "gtest/gtest.h"
#include "kube/admission/workload.h"

namespace countersign::shim {
namespace {

// Whether the flags are taken.
bool Parse(std::vector<std::string> flags, AdmissionRules& rules) {
  CLI::App app;
  AddWebhookFlags(&app, &rules);
  std::reverse(flags.begin(), flags.end());  // CLI11 wants the last first
  try {
    app.parse(flags);
    return true;
  } catch (const CLI::ParseError&) {
    return false;
  }
}

TEST(WebhookFlags, TheDefaultIsStrict) {
  AdmissionRules rules;
  ASSERT_TRUE(Parse({}, rules));
  EXPECT_FALSE(rules.allow_unknown_kinds);
  EXPECT_FALSE(rules.verify_unchanged_images);
  EXPECT_FALSE(rules.unsafe_allow_when_verifier_unavailable);
  EXPECT_EQ(rules.pin_images, PinImages::kPods);
  EXPECT_EQ(rules.kinds.FindTemplatePath({"argoproj.io", "v1", "Rollout"}), nullptr);
}

TEST(WebhookFlags, AreTaken) {
  AdmissionRules rules;
  ASSERT_TRUE(Parse(
      {"--unknown-kinds=allow", "--verify-unchanged-images", "--on-verifier-unavailable=allow",
       "--pod-template=Rollout.argoproj.io=/a", "--pod-template", "Other.example.org=/b"},
      rules));
  EXPECT_TRUE(rules.allow_unknown_kinds);
  EXPECT_TRUE(rules.verify_unchanged_images);
  EXPECT_TRUE(rules.unsafe_allow_when_verifier_unavailable);
  EXPECT_EQ(*rules.kinds.FindTemplatePath({"argoproj.io", "v1", "Rollout"}), "/a");
  EXPECT_EQ(*rules.kinds.FindTemplatePath({"example.org", "v1", "Other"}), "/b");
}

TEST(WebhookFlags, WhereImagesArePinnedIsOneOfThree) {
  AdmissionRules rules;
  ASSERT_TRUE(Parse({"--pin-images=all"}, rules));
  EXPECT_EQ(rules.pin_images, PinImages::kAll);
  ASSERT_TRUE(Parse({"--pin-images=off"}, rules));
  EXPECT_EQ(rules.pin_images, PinImages::kOff);
  ASSERT_TRUE(Parse({"--pin-images=pods"}, rules));
  EXPECT_EQ(rules.pin_images, PinImages::kPods);
}

TEST(WebhookFlags, DenyIsDeny) {
  AdmissionRules rules;
  ASSERT_TRUE(Parse({"--unknown-kinds=deny", "--on-verifier-unavailable=deny"}, rules));
  EXPECT_FALSE(rules.allow_unknown_kinds);
  EXPECT_FALSE(rules.unsafe_allow_when_verifier_unavailable);
}

TEST(WebhookFlags, WhatIsWrongIsRefused) {
  for (const char* flag :
       {"--unknown-kinds=maybe", "--unknown-kinds=", "--on-verifier-unavailable=Allow",
        "--pod-template=Rollout", "--pod-template=Rollout.argoproj.io=spec", "--pin-images=true",
        "--nothing"}) {
    AdmissionRules rules;
    EXPECT_FALSE(Parse({flag}, rules)) << flag;
  }
}

}  // namespace
}  // namespace countersign::shim
