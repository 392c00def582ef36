#include "oci/index.h"

#include <string>

#include "absl/strings/str_cat.h"
#include "base/status_matchers.h"
#include "gtest/gtest.h"
#include "oci/digest.h"
#include "oci/manifest.h"

namespace countersign::oci {
namespace {

using base::IsOk;
using base::StatusIs;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;

constexpr absl::StatusCode kInvalid = absl::StatusCode::kInvalidArgument;

std::string IndexOf(std::string_view manifests) {
  return absl::StrCat(R"({"schemaVersion": 2, "manifests": )", manifests, "}");
}

// A descriptor of the manifest "abc" with more members.
std::string Manifest(std::string_view more = "") {
  return absl::StrCat(R"({"mediaType": ")", kOciManifest, R"(", "size": 3, "digest": ")",
                      Digest::Of("abc").ToString(), "\"", more, "}");
}

TEST(ImageIndex, HasManifestsOfATypeOrOfNone) {
  const auto index = ParseImageIndex(
      IndexOf(absl::StrCat("[", Manifest(R"(, "artifactType": "application/x")"), ",", Manifest(),
                           ",", Manifest(R"(, "artifactType": null)"), "]")));
  ASSERT_THAT(index, IsOk());
  ASSERT_THAT(index->manifests, ElementsAre(IsOk(), IsOk(), IsOk()));
  EXPECT_EQ(index->manifests[0]->media_type, kOciManifest);
  EXPECT_EQ(index->manifests[0]->digest, Digest::Of("abc"));
  EXPECT_EQ(index->manifests[0]->size, 3);
  EXPECT_EQ(index->manifests[0]->artifact_type, "application/x");
  EXPECT_EQ(index->manifests[1]->artifact_type, "");
  EXPECT_EQ(index->manifests[2]->artifact_type, "");
}

TEST(ImageIndex, WhatOnlyOrdersOrIsForPeopleRefusesNothing) {
  const auto index = ParseImageIndex(
      IndexOf(absl::StrCat("[", Manifest(R"(, "artifactType": 7, "annotations": {"a": 1})"), "]")));
  ASSERT_THAT(index, IsOk());
  ASSERT_THAT(index->manifests, ElementsAre(IsOk()));
  EXPECT_EQ(index->manifests[0]->artifact_type, "");
  EXPECT_THAT(index->manifests[0]->annotations, IsEmpty());
}

TEST(ImageIndex, KeepsTheOtherManifestsWhenOneIsMalformed) {
  const struct {
    std::string manifest;
    std::string why;
  } kCases[] = {
      {"3", "/manifests/1: must be an object"},
      {"{}", "/manifests/1/digest: must be \"sha256:\" and 64"},
      {R"({"digest": "sha512:secret"})", "/manifests/1/digest: must be \"sha256:\" and 64"},
      {absl::StrCat(R"({"size": -1, "digest": ")", Digest::Of("abc").ToString(), "\"}"),
       "/manifests/1/size: is negative"},
  };
  for (const auto& test : kCases) {
    const auto index = ParseImageIndex(
        IndexOf(absl::StrCat("[", Manifest(), ",", test.manifest, ",", Manifest(), "]")));
    ASSERT_THAT(index, IsOk()) << test.manifest;
    EXPECT_THAT(index->manifests,
                ElementsAre(IsOk(), StatusIs(kInvalid, HasSubstr(test.why)), IsOk()))
        << test.manifest;
    EXPECT_THAT(index->manifests[1].status().message(), Not(HasSubstr("secret")));
  }
}

TEST(ImageIndex, MayListNothingByHavingNoList) {
  for (const char* text : {R"({"schemaVersion": 2})", R"({"schemaVersion": 2, "manifests": null})",
                           R"({"schemaVersion": 2, "manifests": []})"}) {
    const auto index = ParseImageIndex(text);
    ASSERT_TRUE(index.ok()) << text << ": " << index.status();
    EXPECT_TRUE(index->manifests.empty()) << text;
  }
}

TEST(ImageIndex, SaysWhatIsWrong) {
  const struct {
    std::string text;
    std::string why;
  } kCases[] = {
      {"", "byte 0: it ends too early"},
      {"[]", "it is no JSON object"},
      {"{}", "/schemaVersion: must be 2"},
      {R"({"schemaVersion": 1, "manifests": []})", "/schemaVersion: must be 2"},
      {R"({"schemaVersion": 2, "manifests": {}})", "/manifests: must be an array, is an object"},
      {R"({"schemaVersion": 2, "layers": []})", "it is the manifest of an image"},
      {R"({"schemaVersion": 2, "manifests": [], "layers": []})", "it is the manifest of an image"},
      {R"({"schemaVersion": 2, "manifests": [], "manifests": []})",
       "a second member of the same name"},
      {std::string(kMaxManifestBytes + 1, ' '), "larger than 4194304 bytes"},
      {IndexOf(std::string(100, '[')), "nested more than 16 deep"},
  };
  for (const auto& test : kCases) {
    EXPECT_THAT(ParseImageIndex(test.text), StatusIs(kInvalid, HasSubstr(test.why)))
        << test.text.substr(0, 200);
  }
}

TEST(ReferrersTag, IsTheDigestWithoutItsColon) {
  EXPECT_EQ(ReferrersTag(Digest::Of("abc")),
            "sha256-ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

TEST(ImageIndex, IsNoManifestOfAnImage) {
  const std::string index = IndexOf(absl::StrCat("[", Manifest(), "]"));
  EXPECT_THAT(ParseImageIndex(index), IsOk());
  EXPECT_THAT(ParseImageManifest(index), StatusIs(kInvalid));
}

TEST(ImageIndex, MayHaveThousandsOfManifestsButNotMillions) {
  std::string manifests = Manifest();
  for (int i = 1; i < 10'000; ++i) absl::StrAppend(&manifests, ",", Manifest());
  const auto index = ParseImageIndex(IndexOf("[" + manifests + "]"));
  ASSERT_THAT(index, IsOk());
  EXPECT_THAT(index->manifests, SizeIs(10'000));

  std::string zeros = "0";
  for (int i = 1; i < 1'000'000; ++i) zeros += ",0";
  EXPECT_THAT(ParseImageIndex(IndexOf("[" + zeros + "]")), StatusIs(kInvalid, HasSubstr("values")));
}

}  // namespace
}  // namespace countersign::oci
