#include "shim/webhook_flags.h"

#include <algorithm>
#include <string>
#include <vector>

#include "gtest/gtest.h"
#include "kube/admission/workload.h"

namespace countersign::shim {
namespace {

// Whether the flags are taken.
bool Parse(std::vector<std::string> flags, Webhook::Options& options) {
  CLI::App app;
  AddWebhookFlags(&app, &options);
  std::reverse(flags.begin(), flags.end());  // CLI11 wants the last first
  try {
    app.parse(flags);
    return true;
  } catch (const CLI::ParseError&) {
    return false;
  }
}

TEST(WebhookFlags, TheDefaultIsStrict) {
  Webhook::Options options;
  ASSERT_TRUE(Parse({}, options));
  EXPECT_FALSE(options.allow_unknown_kinds);
  EXPECT_FALSE(options.verify_unchanged_images);
  EXPECT_FALSE(options.unsafe_allow_when_verifier_unavailable);
  EXPECT_EQ(options.pin_images, PinImages::kPods);
  EXPECT_EQ(options.kinds.FindTemplatePath({"argoproj.io", "v1", "Rollout"}), nullptr);
}

TEST(WebhookFlags, AreTaken) {
  Webhook::Options options;
  ASSERT_TRUE(Parse(
      {"--unknown-kinds=allow", "--verify-unchanged-images", "--on-verifier-unavailable=allow",
       "--pod-template=Rollout.argoproj.io=/a", "--pod-template", "Other.example.org=/b"},
      options));
  EXPECT_TRUE(options.allow_unknown_kinds);
  EXPECT_TRUE(options.verify_unchanged_images);
  EXPECT_TRUE(options.unsafe_allow_when_verifier_unavailable);
  EXPECT_EQ(*options.kinds.FindTemplatePath({"argoproj.io", "v1", "Rollout"}), "/a");
  EXPECT_EQ(*options.kinds.FindTemplatePath({"example.org", "v1", "Other"}), "/b");
}

TEST(WebhookFlags, WhereImagesArePinnedIsOneOfThree) {
  Webhook::Options options;
  ASSERT_TRUE(Parse({"--pin-images=all"}, options));
  EXPECT_EQ(options.pin_images, PinImages::kAll);
  ASSERT_TRUE(Parse({"--pin-images=off"}, options));
  EXPECT_EQ(options.pin_images, PinImages::kOff);
  ASSERT_TRUE(Parse({"--pin-images=pods"}, options));
  EXPECT_EQ(options.pin_images, PinImages::kPods);
}

TEST(WebhookFlags, DenyIsDeny) {
  Webhook::Options options;
  ASSERT_TRUE(Parse({"--unknown-kinds=deny", "--on-verifier-unavailable=deny"}, options));
  EXPECT_FALSE(options.allow_unknown_kinds);
  EXPECT_FALSE(options.unsafe_allow_when_verifier_unavailable);
}

TEST(WebhookFlags, WhatIsWrongIsRefused) {
  for (const char* flag :
       {"--unknown-kinds=maybe", "--unknown-kinds=", "--on-verifier-unavailable=Allow",
        "--pod-template=Rollout", "--pod-template=Rollout.argoproj.io=spec", "--pin-images=true",
        "--nothing"}) {
    Webhook::Options options;
    EXPECT_FALSE(Parse({flag}, options)) << flag;
  }
}

}  // namespace
}  // namespace countersign::shim
