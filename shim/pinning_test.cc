#include "shim/pinning.h"

#include <string>

#include "base/json.h"
#include "gtest/gtest.h"

namespace countersign::shim {
namespace {

const std::string& Digest() {
  static const auto* const digest = new std::string("sha256:" + std::string(64, 'd'));
  return *digest;
}

TEST(IsPinned, PodsByDefaultTemplatesOnWishAndNothingWithOff) {
  kube::AdmissionRequest review;
  review.object = base::Json::object();
  const std::pair<PinImages, std::pair<bool, bool>> cases[] = {
      {PinImages::kPods, {true, false}},
      {PinImages::kAll, {true, true}},
      {PinImages::kOff, {false, false}},
  };
  for (const auto& [pin_images, expected] : cases) {
    EXPECT_EQ(IsPinned(review, "", pin_images), expected.first);
    EXPECT_EQ(IsPinned(review, "/spec/template", pin_images), expected.second);
  }
}

TEST(IsPinned, WhatAControllerMadeIsLeftAsItExpectsIt) {
  kube::AdmissionRequest review;
  review.object["metadata"]["ownerReferences"] = {{{"kind", "Deployment"}, {"controller", true}}};
  EXPECT_FALSE(IsPinned(review, "/spec/template", PinImages::kAll));
  EXPECT_TRUE(IsPinned(review, "", PinImages::kAll)) << "a Pod runs, whoever made it";
  review.object["metadata"]["ownerReferences"] = {{{"kind", "App"}}, 7, {{"controller", "yes"}}};
  EXPECT_TRUE(IsPinned(review, "/spec/template", PinImages::kAll));
}

TEST(IsPinnedFormOf, IsTheTextItsTagAndADigest) {
  for (const auto& [pinned, text] : {std::pair("a:1@" + Digest(), "a:1"),
                                     {"a:latest@" + Digest(), "a"},
                                     {"a:latest@" + Digest(), "a:latest"},
                                     {"r:5000/a:latest@" + Digest(), "r:5000/a"},
                                     {"a@" + Digest(), "a"}}) {
    EXPECT_TRUE(IsPinnedFormOf(pinned, text)) << pinned;
  }
}

TEST(IsPinnedFormOf, NothingElseIs) {
  for (const auto& [pinned, text] : {std::pair(std::string("a:1"), std::string("a:1")),
                                     {"a:2@" + Digest(), "a:1"},
                                     {"a:2@" + Digest(), "a"},
                                     {"ab:latest@" + Digest(), "a"},
                                     {"@" + Digest(), ""},
                                     {"a:1@sha256:00", "a:1"},
                                     {"a:1@" + Digest() + "0", "a:1"},
                                     {"a:1@sha256:" + std::string(64, 'D'), "a:1"},
                                     {"a@" + Digest() + "@" + Digest(), "a@" + Digest()},
                                     {"a@" + Digest(), "a@" + Digest()}}) {
    EXPECT_FALSE(IsPinnedFormOf(pinned, text)) << pinned;
  }
}

}  // namespace
}  // namespace countersign::shim
