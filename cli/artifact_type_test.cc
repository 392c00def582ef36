#include "cli/artifact_type.h"

#include <string>

#include "gtest/gtest.h"

namespace countersign::cli {
namespace {

TEST(ArtifactType, IsWhatTheManifestSays) {
  EXPECT_EQ(ArtifactTypeOf(R"({"artifactType":"a/b","config":{"mediaType":"c/d"}})"), "a/b");
  EXPECT_EQ(ArtifactTypeOf(R"({"artifactType":"","config":{"mediaType":"c/d"}})"), "c/d");
  EXPECT_EQ(ArtifactTypeOf(R"({"config":{"mediaType":"c/d","size":7},"layers":[{}]})"), "c/d");
}

TEST(ArtifactType, AnEmptyConfigAndThatOfAnImageSayNothing) {
  EXPECT_EQ(ArtifactTypeOf(R"({"config":{"mediaType":"application/vnd.oci.empty.v1+json"}})"), "");
  EXPECT_EQ(
      ArtifactTypeOf(R"({"config":{"mediaType":"application/vnd.oci.image.config.v1+json"}})"), "");
}

TEST(ArtifactType, OfWhatIsOtherwiseThereIsNone) {
  for (const char* manifest :
       {"", "[]", "{", "7", R"({"artifactType":{"a":1}})", R"({"config":"c/d"})",
        R"({"config":{"mediaType":["c/d"]}})", R"({"config":null})"}) {
    EXPECT_EQ(ArtifactTypeOf(manifest), "") << manifest;
  }
  EXPECT_EQ(ArtifactTypeOf(R"({"artifactType":"a/b","more":")" + std::string(4 << 20, 'x') + "\"}"),
            "");
}

TEST(ArtifactType, NamesWhatIsKnown) {
  EXPECT_EQ(NameOfArtifact("application/spdx+json", ""), "SBOM");
  EXPECT_EQ(NameOfArtifact("", "application/vnd.cyclonedx+json"), "SBOM");
  EXPECT_EQ(NameOfArtifact("application/vnd.cncf.notary.signature", "application/jose+json"),
            "Notation signature");
  EXPECT_EQ(NameOfArtifact("", "application/vnd.in-toto+json"), "statement that nobody has signed");
  EXPECT_EQ(NameOfArtifact("application/sarif+json", ""), "scan report");
  EXPECT_EQ(NameOfArtifact("application/vnd.example.thing", "text/plain"), "");
}

}  // namespace
}  // namespace countersign::cli
