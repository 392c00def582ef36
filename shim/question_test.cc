#include "shim/question.h"

#include <string>
#include <utility>

#include "base/status_matchers.h"
#include "gtest/gtest.h"

namespace countersign::shim {
namespace {

using base::IsOk;
using base::Json;
using base::StatusIs;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Pair;

constexpr absl::StatusCode kInvalid = absl::StatusCode::kInvalidArgument;

kube::AdmissionRequest Pod(const std::string& operation, const std::string& spec,
                           const std::string& old_spec = "") {
  kube::AdmissionRequest review;
  review.kind = {"", "v1", "Pod"};
  review.request_namespace = "shop";
  review.name = "web";
  review.operation = operation;
  review.object = {{"metadata", {{"name", "web"}, {"namespace", "claimed"}}},
                   {"spec", Json::parse(spec)}};
  if (!old_spec.empty()) review.old_object = {{"spec", Json::parse(old_spec)}};
  return review;
}

std::vector<std::string> Asked(const kube::AdmissionRequest& review,
                               bool ask_about_unchanged = false) {
  const absl::StatusOr<Question> question =
      BuildQuestion(review, "", {.ask_about_unchanged = ask_about_unchanged});
  EXPECT_THAT(question, IsOk());
  std::vector<std::string> references;
  for (const v1::Image& image : question->request.images()) references.push_back(image.reference());
  return references;
}

constexpr char kTwo[] =
    R"({"containers": [{"name": "a", "image": "a:1"}, {"name": "b", "image": "b:1"}]})";
constexpr char kOne[] = R"({"containers": [{"name": "b", "image": "b:1"}]})";

TEST(BuildQuestion, TellsWhoAsks) {
  kube::AdmissionRequest review = Pod("CREATE", R"({"serviceAccountName": "runner",
      "imagePullSecrets": [{"name": "s"}, {"name": "s"}], "containers": [{"name": "web", "image": "web:1"}]})");
  review.dry_run = true;
  const absl::StatusOr<Question> question = BuildQuestion(review, "", {});
  ASSERT_THAT(question, IsOk());
  const v1::VerifyImagesRequest& request = question->request;
  // The namespace that the API server says, not the one that the object claims.
  EXPECT_EQ(request.namespace_(), "shop");
  EXPECT_EQ(request.service_account(), "runner");
  EXPECT_THAT(request.image_pull_secrets(), ElementsAre("s"));
  EXPECT_EQ(request.subject().kind(), "Pod");
  EXPECT_EQ(request.subject().name(), "web");
  EXPECT_EQ(request.subject().operation(), "CREATE");
  EXPECT_TRUE(request.subject().dry_run());
  ASSERT_EQ(request.images_size(), 1);
  EXPECT_EQ(request.images(0).container(), "web");
  EXPECT_EQ(request.images(0).reference(), "web:1");
}

TEST(BuildQuestion, AsksAboutEachReferenceOnceAndNamesEveryPlace) {
  const absl::StatusOr<Question> question = BuildQuestion(
      Pod("CREATE", R"({"containers": [{"name": "a", "image": "x"}, {"name": "b\n", "image": "y"},
                                       {"image": "x"}],
                        "initContainers": [{"name": "i", "image": "x"}],
                        "volumes": [{"name": "data", "image": {"reference": "y"}}]})"),
      "", {});
  ASSERT_THAT(question, IsOk());
  ASSERT_EQ(question->request.images_size(), 2);
  EXPECT_EQ(question->request.images(0).reference(), "x");
  EXPECT_EQ(question->request.images(1).reference(), "y");
  std::vector<std::pair<std::string, int>> places;
  for (const AskedUse& use : question->uses) places.emplace_back(use.place, use.image);
  EXPECT_THAT(places, ElementsAre(Pair("container i", 0), Pair("container a", 0),
                                  Pair("container b\\x0a", 1), Pair("/spec/containers/2/image", 0),
                                  Pair("volume data", 1)));
}

TEST(BuildQuestion, ACreationIsAskedAboutInFull) {
  EXPECT_THAT(Asked(Pod("CREATE", kTwo)), ElementsAre("a:1", "b:1"));
  EXPECT_THAT(Asked(Pod("CREATE", kTwo, kTwo)), ElementsAre("a:1", "b:1"));
}

TEST(BuildQuestion, AnUpdateIsAskedAboutWhereItIsNew) {
  const absl::StatusOr<Question> question = BuildQuestion(Pod("UPDATE", kTwo, kOne), "", {});
  ASSERT_THAT(question, IsOk());
  EXPECT_THAT(Asked(Pod("UPDATE", kTwo, kOne)), ElementsAre("a:1"));
  EXPECT_THAT(question->unchanged, ElementsAre("b:1"));
  EXPECT_THAT(Asked(Pod("UPDATE", kTwo, kTwo)), IsEmpty());
  EXPECT_THAT(Asked(Pod("UPDATE", kTwo, kOne), true), ElementsAre("a:1", "b:1"));
}

TEST(BuildQuestion, WithoutAReadableOldObjectAnUpdateIsAskedAboutInFull) {
  EXPECT_THAT(Asked(Pod("UPDATE", kTwo)), ElementsAre("a:1", "b:1"));
  EXPECT_THAT(Asked(Pod("UPDATE", kTwo, R"({"containers": [{"name": "b", "image": "b:1"}, 7]})")),
              ElementsAre("a:1", "b:1"));
}

TEST(BuildQuestion, AnotherOperationIsAskedAboutInFull) {
  EXPECT_THAT(Asked(Pod("SOMETHING", kTwo, kTwo)), ElementsAre("a:1", "b:1"));
}

TEST(BuildQuestion, AnObjectOfAnotherKindThanTheReviewSaysIsRefused) {
  kube::AdmissionRequest review = Pod("CREATE", kTwo);
  review.object["kind"] = "Pod";
  review.object["apiVersion"] = "v1";
  EXPECT_THAT(BuildQuestion(review, "", {}), IsOk());
  review.object["kind"] = "Deployment";
  EXPECT_THAT(BuildQuestion(review, "", {}),
              StatusIs(kInvalid, "it is a v1 Deployment, but the review is about a v1 Pod"));
  review.object["kind"] = "Pod";
  review.object["apiVersion"] = "v2";
  EXPECT_THAT(BuildQuestion(review, "", {}), StatusIs(kInvalid));
  review.kind = {"apps", "v1", "Deployment"};
  review.object["apiVersion"] = "apps/v1";
  review.object["kind"] = "Deployment";
  EXPECT_THAT(BuildQuestion(review, "/spec/template", {}), IsOk());
}

TEST(BuildQuestion, WhatCannotBeReadIsRefused) {
  EXPECT_THAT(BuildQuestion(Pod("CREATE", R"({"containers": [{"image": 7}]})"), "", {}),
              StatusIs(kInvalid, "/spec/containers/0/image: must be a string, is a number"));
  kube::AdmissionRequest review = Pod("CREATE", kTwo);
  review.object["metadata"] = 7;
  EXPECT_THAT(BuildQuestion(review, "", {}), StatusIs(kInvalid, HasSubstr("/metadata: must be")));
  review.object["metadata"] = {{"annotations", "x"}};
  EXPECT_THAT(BuildQuestion(review, "", {}),
              StatusIs(kInvalid, HasSubstr("/metadata/annotations: must be")));
}

TEST(BuildQuestion, MoreImagesThanAVerifierTakesAreRefused) {
  Json spec;
  for (int i = 0; i < 1000; ++i) spec["containers"].push_back({{"image", std::to_string(i)}});
  EXPECT_THAT(BuildQuestion(Pod("CREATE", spec.dump()), "", {}), IsOk());
  spec["containers"].push_back({{"image", "0"}});
  EXPECT_THAT(BuildQuestion(Pod("CREATE", spec.dump()), "", {}),
              StatusIs(kInvalid, HasSubstr("1001 images to check; at most 1000")));
}

TEST(BuildQuestion, ImagesThatAreNotAskedAboutDoNotCount) {
  Json spec;
  for (int i = 0; i < 2000; ++i) spec["containers"].push_back({{"image", std::to_string(i)}});
  const std::string old_spec = spec.dump();
  spec["containers"].push_back({{"image", "new"}});
  EXPECT_THAT(Asked(Pod("UPDATE", spec.dump(), old_spec)), ElementsAre("new"));
}

TEST(BuildQuestion, LongerNamesThanAVerifierTakesAreRefused) {
  Json spec;
  for (int i = 0; i < 300; ++i) {
    spec["containers"].push_back({{"image", std::to_string(i) + std::string(4000, 'r')}});
  }
  EXPECT_THAT(BuildQuestion(Pod("CREATE", spec.dump()), "", {}),
              StatusIs(kInvalid, HasSubstr("at most 1048576")));
}

}  // namespace
}  // namespace countersign::shim
