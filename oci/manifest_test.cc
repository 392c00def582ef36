#include "oci/manifest.h"

#include <string>

#include "absl/strings/str_cat.h"
#include "base/status_matchers.h"
#include "gtest/gtest.h"

namespace countersign::oci {
namespace {

using base::IsOk;
using base::StatusIs;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::Pair;
using ::testing::SizeIs;

constexpr absl::StatusCode kInvalid = absl::StatusCode::kInvalidArgument;

std::string ManifestWithLayers(std::string_view layers) {
  return absl::StrCat(R"({"schemaVersion": 2, "layers": )", layers, "}");
}

// A descriptor of "abc" with more members.
std::string Layer(std::string_view more = "") {
  return absl::StrCat(R"({"mediaType": "text/plain", "size": 3, "digest": ")",
                      Digest::Of("abc").ToString(), "\"", more, "}");
}

TEST(ImageManifest, HasLayers) {
  const auto manifest = ParseImageManifest(ManifestWithLayers(absl::StrCat(
      "[", Layer(), ",", Layer(R"(, "annotations": {"a": "1", "b": ""}, "urls": [])"), "]")));
  ASSERT_THAT(manifest, IsOk());
  ASSERT_THAT(manifest->layers, ElementsAre(IsOk(), IsOk()));
  EXPECT_EQ(manifest->layers[0]->media_type, "text/plain");
  EXPECT_EQ(manifest->layers[0]->digest, Digest::Of("abc"));
  EXPECT_EQ(manifest->layers[0]->size, 3);
  EXPECT_THAT(manifest->layers[0]->annotations, IsEmpty());
  EXPECT_THAT(manifest->layers[1]->annotations, ElementsAre(Pair("a", "1"), Pair("b", "")));
}

// OCI image specification, descriptor.md, "Embedded Content".
TEST(ImageManifest, HasTheContentThatALayerEmbeds) {
  const auto data_of = [](std::string_view more) {
    const auto manifest =
        ParseImageManifest(ManifestWithLayers(absl::StrCat("[", Layer(more), "]")));
    EXPECT_THAT(manifest, IsOk()) << more;
    EXPECT_THAT(manifest->layers, ElementsAre(IsOk())) << more;
    return manifest->layers[0]->data;
  };
  EXPECT_EQ(data_of(R"(, "data": "YWJj")"), "abc");
  EXPECT_EQ(data_of(""), "");
  // What is not the content of this digest and size is as good as nothing.
  for (const char* const other :
       {"YWJk", "YWI=", "YWJjZA==", "YWJjYWJj", "YW-_", "YWJ", "abc", "!", "\u0000", ""}) {
    EXPECT_EQ(data_of(absl::StrCat(R"(, "data": ")", other, "\"")), "") << other;
  }
  for (const char* const other : {"null", "7", "true", "[\"YWJj\"]", R"({"a": "YWJj"})"}) {
    EXPECT_EQ(data_of(absl::StrCat(R"(, "data": )", other)), "") << other;
  }
}

TEST(ImageManifest, TakesNoEmbeddedContentOfAnotherSizeThanItSays) {
  const auto manifest = ParseImageManifest(ManifestWithLayers(
      absl::StrCat(R"([{"size": 4, "data": "YWJj", "digest": ")", Digest::Of("abc").ToString(),
                   R"("}, {"size": 9000000000, "data": "YWJj", "digest": ")",
                   Digest::Of("abc").ToString(), "\"}]")));
  ASSERT_THAT(manifest, IsOk());
  ASSERT_THAT(manifest->layers, ElementsAre(IsOk(), IsOk()));
  EXPECT_EQ(manifest->layers[0]->data, "");
  EXPECT_EQ(manifest->layers[1]->data, "");
}

TEST(ImageManifest, OfMoreLayersThanAreWantedHasTheFirst) {
  std::string layers = absl::StrCat("[{},", Layer());
  for (int i = 0; i < 100'000; ++i) layers += ",{}";
  const std::string manifest = ManifestWithLayers(layers + "]");
  const auto few = ParseImageManifest(manifest, 3);
  ASSERT_THAT(few, IsOk());
  EXPECT_THAT(few->layers, ElementsAre(Not(IsOk()), IsOk(), Not(IsOk())));
  EXPECT_THAT(ParseImageManifest(manifest),
              StatusIs(kInvalid, HasSubstr("/layers: has more than 65536 values")));
}

TEST(ImageManifest, IsOfOciOrDocker) {
  for (const std::string_view type : {kOciManifest, kDockerManifest}) {
    EXPECT_THAT(
        ParseImageManifest(absl::StrCat(R"({"schemaVersion": 2, "mediaType": ")", type,
                                        R"(", "config": {}, "layers": [], "subject": null})")),
        IsOk());
  }
}

TEST(ImageManifest, KeepsTheOtherLayersWhenOneIsMalformed) {
  const std::string digest = Digest::Of("abc").ToString();
  const struct {
    std::string layer;
    std::string why;
  } kCases[] = {
      {"3", "/layers/1: must be an object"},
      {"null", "/layers/1: must be an object"},
      {"{}", "/layers/1/digest: must be \"sha256:\" and 64"},
      {R"({"digest": 7})", "/layers/1/digest: must be a string, is a number"},
      {R"({"digest": "sha256:secret"})", "/layers/1/digest: must be \"sha256:\" and 64"},
      {Layer(R"(, "annotations": [])"), "/layers/1/annotations: must be an object, is an array"},
      {Layer(R"(, "annotations": {"secret": 1})"),
       "/layers/1/annotations: one of them is no string"},
      {absl::StrCat(R"({"size": -1, "digest": ")", digest, "\"}"), "/layers/1/size: is negative"},
      {absl::StrCat(R"({"size": "3", "digest": ")", digest, "\"}"),
       "/layers/1/size: must be an integer"},
      {absl::StrCat(R"({"size": 1e3, "digest": ")", digest, "\"}"),
       "/layers/1/size: must be an integer"},
      {absl::StrCat(R"({"mediaType": 1, "digest": ")", digest, "\"}"),
       "/layers/1/mediaType: must be a string"},
  };
  for (const auto& test : kCases) {
    const auto manifest = ParseImageManifest(
        ManifestWithLayers(absl::StrCat("[", Layer(), ",", test.layer, ",", Layer(), "]")));
    ASSERT_THAT(manifest, IsOk()) << test.layer;
    EXPECT_THAT(manifest->layers,
                ElementsAre(IsOk(), StatusIs(kInvalid, HasSubstr(test.why)), IsOk()))
        << test.layer;
    // Nothing of the text, which may be of somewhere else than who asks may look.
    EXPECT_THAT(manifest->layers[1].status().message(), Not(HasSubstr("secret")));
  }
}

TEST(ImageManifest, SaysWhatIsWrong) {
  const struct {
    std::string text;
    std::string why;
  } kCases[] = {
      {"", "byte 0: it ends too early"},
      {"[]", "it is no JSON object"},
      {"null", "it is no JSON object"},
      {"{}", "/schemaVersion: must be 2"},
      {R"({"schemaVersion": 1, "layers": []})", "/schemaVersion: must be 2"},
      {R"({"schemaVersion": "2", "layers": []})", "/schemaVersion: must be 2"},
      {R"({"schemaVersion": 2.0, "layers": []})", "/schemaVersion: must be 2"},
      {R"({"schemaVersion": 2})", "/layers: must be an array, is absent"},
      {R"({"schemaVersion": 2, "layers": null})", "/layers: must be an array, is absent"},
      {R"({"schemaVersion": 2, "layers": {}})", "/layers: must be an array, is an object"},
      {R"({"schemaVersion": 2, "manifests": []})", "it is an index of manifests"},
      {R"({"schemaVersion": 2, "manifests": null, "layers": []})", "it is an index of manifests"},
      {R"({"schemaVersion": 2, "layers": [], "layers": []})", "a second member of the same name"},
      {R"({"schemaVersion": 2, "layers": []} {})", "not JSON"},
      {std::string(kMaxManifestBytes + 1, ' '), "larger than 4194304 bytes"},
      {ManifestWithLayers(std::string(100, '[')), "nested more than 16 deep"},
  };
  for (const auto& test : kCases) {
    EXPECT_THAT(ParseImageManifest(test.text), StatusIs(kInvalid, HasSubstr(test.why)))
        << test.text.substr(0, 200);
  }
}

TEST(ImageManifest, IsReadWhateverElseItHolds) {
  std::string junk = "{}";
  for (int i = 1; i < 200'000; ++i) junk += ",{}";
  EXPECT_THAT(ParseImageManifest(
                  absl::StrCat(R"({"schemaVersion": 2, "junk": [)", junk, R"(], "layers": []})")),
              IsOk());
  EXPECT_THAT(ParseImageManifest(absl::StrCat(R"({"schemaVersion": 2, "junk": )",
                                              std::string(1'000'000, '1'), R"(, "layers": []})")),
              StatusIs(kInvalid, HasSubstr("a number that is too long")));
}

TEST(ImageManifest, MayHaveThousandsOfLayersButNotMillions) {
  std::string layers = Layer();
  for (int i = 1; i < 2000; ++i)
    absl::StrAppend(&layers, ",", Layer(R"(, "annotations": {"a": "b"})"));
  const auto manifest = ParseImageManifest(ManifestWithLayers("[" + layers + "]"));
  ASSERT_THAT(manifest, IsOk());
  EXPECT_THAT(manifest->layers, SizeIs(2000));

  std::string zeros = "0";
  for (int i = 1; i < 1'000'000; ++i) zeros += ",0";
  EXPECT_THAT(ParseImageManifest(ManifestWithLayers("[" + zeros + "]")),
              StatusIs(kInvalid, HasSubstr("values")));
}

}  // namespace
}  // namespace countersign::oci
