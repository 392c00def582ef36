#include "cli/tree_report.h"

#include <string>
#include <utility>

#include "absl/time/time.h"
#include "base/json.h"
#include "gtest/gtest.h"

namespace countersign::cli {
namespace {

using base::Json;

// One of each.
ImageTree Tree() {
  const TreePiece verified = {.kind = PieceKind::kSignature,
                              .digest = "sha256:1a",
                              .media_type = "a/b",
                              .is_certified = true,
                              .subjects = {"me@example.org"},
                              .issuer = "https://issuer.example",
                              .standing = Standing::kVerified,
                              .times = {absl::FromUnixSeconds(1'767'323'045)},
                              .log_indexes = {7, 18'446'744'073'709'551'615u}};
  const TreePiece not_checked = {.kind = PieceKind::kSignature,
                                 .digest = "sha256:1b",
                                 .standing = Standing::kNotChecked,
                                 .reason = "give --key to check it"};
  const TreePiece unreadable = {.digest = "sha256:1c", .reason = "it has 1 byte"};
  const TreePiece refused = {.kind = PieceKind::kAttestation,
                             .type = "https://slsa.dev/provenance/v1",
                             .digest = "sha256:2a",
                             .key_hint = "h",
                             .standing = Standing::kRefused,
                             .reason = "the key did not make it"};
  const TreePiece sbom = {
      .kind = PieceKind::kOther, .type = "SBOM", .digest = "sha256:3a", .media_type = "text/spdx"};
  const TreePiece other = {
      .kind = PieceKind::kOther, .digest = "sha256:4a", .media_type = "text/plain"};
  ImageTree tree = {.image = "example.org/app:1", .digest = "sha256:00"};
  tree.branches = {
      {.place = TreePlace::kSignatureTag,
       .tag = "sha256-00.sig",
       .manifests = {{.digest = "sha256:10", .pieces = {verified, not_checked, unreadable}}}},
      {.place = TreePlace::kReferrersApi,
       .faults = {"a page is missing"},
       .manifests = {{.digest = "sha256:20", .artifact_type = "b/c", .pieces = {refused}},
                     {.digest = "sha256:30", .pieces = {sbom}},
                     {.digest = "sha256:40", .pieces = {other}, .more_pieces = 5},
                     {.digest = "sha256:50", .fault = "it is no JSON object"}}}};
  return tree;
}

TEST(TreeReport, WritesATree) {
  EXPECT_EQ(WriteText(Tree()),
            "example.org/app:1  sha256:00\n"
            "├── tag sha256-00.sig\n"
            "│   └── sha256:10\n"
            "│       ├── signature  verified  sha256:1a\n"
            "│       │   by me@example.org, as https://issuer.example says\n"
            "│       │   at 2026-01-02T03:04:05Z; logged as entry 7, 18446744073709551615\n"
            "│       ├── signature  not checked  sha256:1b\n"
            "│       │   by a key; give --key to check it\n"
            "│       └── unreadable  sha256:1c\n"
            "│           it has 1 byte\n"
            "└── referrers, as the registry lists them\n"
            "    ├── unreadable: a page is missing\n"
            "    ├── sha256:20  b/c\n"
            "    │   └── attestation https://slsa.dev/provenance/v1  refused  sha256:2a\n"
            "    │       by a key, called h; the key did not make it\n"
            "    ├── sha256:30\n"
            "    │   └── SBOM  text/spdx  sha256:3a\n"
            "    ├── sha256:40\n"
            "    │   ├── no evidence  text/plain  sha256:4a\n"
            "    │   └── 5 more, which were not looked at\n"
            "    └── sha256:50\n"
            "        └── unreadable: it is no JSON object\n");
}

TEST(TreeReport, SaysWhereNothingHangs) {
  EXPECT_EQ(WriteText({.image = "example.org/app:1", .digest = "sha256:00"}),
            "example.org/app:1  sha256:00\n"
            "└── nothing\n");
}

TEST(TreeReport, NamesTheTagThatListsReferrers) {
  const ImageTree tree = {.image = "i",
                          .digest = "d",
                          .branches = {{.place = TreePlace::kReferrersTag, .tag = "sha256-00"}}};
  EXPECT_EQ(WriteText(tree), "i  d\n└── referrers, as the tag sha256-00 lists them\n");
}

// With what is asked for beside it.
ImageTree TreeWith(TreeSource source) {
  return {.image = "i",
          .repository = "example.org/app",
          .digest = "d",
          .branches = {{.place = TreePlace::kSignatureTag, .tag = "s"}},
          .source = std::move(source)};
}

TEST(TreeReport, SaysWhereWhatIsInASourceLies) {
  EXPECT_EQ(
      WriteText(TreeWith({.repository = "example.org/signatures",
                          .tag_prefix = "release-",
                          .branches = {{.place = TreePlace::kSignatureTag, .tag = "release-s"}}})),
      "i  d\n"
      "├── beside the image, in example.org/app\n"
      "│   └── tag s\n"
      "└── in example.org/signatures, under tags with the prefix release-\n"
      "    └── tag release-s\n");
}

TEST(TreeReport, SaysWhatOfTheTwoHasNothing) {
  ImageTree tree = TreeWith({.repository = "example.org/signatures"});
  tree.branches.clear();
  EXPECT_EQ(WriteText(tree),
            "i  d\n"
            "├── beside the image, in example.org/app\n"
            "│   └── nothing\n"
            "└── in example.org/signatures\n"
            "    └── nothing\n");
}

TEST(TreeReport, SaysWhyASourceCannotBeRead) {
  const ImageTree tree =
      TreeWith({.repository = "example.org/signatures", .fault = "refused the credential"});
  EXPECT_EQ(WriteText(tree),
            "i  d\n"
            "├── beside the image, in example.org/app\n"
            "│   └── tag s\n"
            "└── in example.org/signatures\n"
            "    └── unreadable: refused the credential\n");
  EXPECT_EQ(Json::parse(WriteJson(tree))["source"], Json({{"repository", "example.org/signatures"},
                                                          {"fault", "refused the credential"},
                                                          {"places", Json::array()}}));
}

TEST(TreeReport, WritesASourceApartFromTheImagesOwnPlaces) {
  const Json report = Json::parse(
      WriteJson(TreeWith({.repository = "example.org/signatures",
                          .tag_prefix = "release-",
                          .branches = {{.place = TreePlace::kSignatureTag, .tag = "release-s"}}})));
  ASSERT_EQ(report["places"].size(), 1u);
  EXPECT_EQ(report["places"][0]["tag"], "s");
  EXPECT_EQ(report["source"]["repository"], "example.org/signatures");
  EXPECT_EQ(report["source"]["tagPrefix"], "release-");
  ASSERT_EQ(report["source"]["places"].size(), 1u);
  EXPECT_EQ(report["source"]["places"][0]["tag"], "release-s");
  EXPECT_FALSE(report["source"].contains("fault"));
}

TEST(TreeReport, WritesJson) {
  const std::string text = WriteJson(Tree());
  EXPECT_EQ(text.find('\n'), text.size() - 1);
  const Json report = Json::parse(text);
  EXPECT_EQ(report["image"], "example.org/app:1");
  EXPECT_EQ(report["digest"], "sha256:00");
  EXPECT_EQ(report["complete"], true);
  EXPECT_FALSE(report.contains("source"));
  ASSERT_EQ(report["places"].size(), 2u);
  const Json& tag = report["places"][0];
  EXPECT_EQ(tag["place"], "signatureTag");
  EXPECT_EQ(tag["tag"], "sha256-00.sig");
  EXPECT_FALSE(tag.contains("faults"));
  EXPECT_EQ(
      tag["manifests"][0]["layers"][0],
      Json({{"kind", "signature"},
            {"digest", "sha256:1a"},
            {"mediaType", "a/b"},
            {"standing", "verified"},
            {"certificate",
             {{"issuer", "https://issuer.example"}, {"subjects", Json::array({"me@example.org"})}}},
            {"times", Json::array({"2026-01-02T03:04:05Z"})},
            {"logIndexes", Json::array({7, 18'446'744'073'709'551'615u})}}));
  EXPECT_EQ(tag["manifests"][0]["layers"][1], Json({{"kind", "signature"},
                                                    {"digest", "sha256:1b"},
                                                    {"standing", "notChecked"},
                                                    {"reason", "give --key to check it"},
                                                    {"key", Json::object()}}));
  EXPECT_EQ(tag["manifests"][0]["layers"][2],
            Json({{"kind", "unknown"}, {"digest", "sha256:1c"}, {"reason", "it has 1 byte"}}));
  const Json& referrers = report["places"][1];
  EXPECT_EQ(referrers["place"], "referrersApi");
  EXPECT_EQ(referrers["faults"], Json::array({"a page is missing"}));
  EXPECT_EQ(referrers["manifests"][0]["artifactType"], "b/c");
  EXPECT_EQ(referrers["manifests"][0]["layers"][0]["key"]["hint"], "h");
  EXPECT_EQ(referrers["manifests"][0]["layers"][0]["type"], "https://slsa.dev/provenance/v1");
  EXPECT_EQ(referrers["manifests"][2]["moreLayers"], 5);
  EXPECT_EQ(referrers["manifests"][3]["fault"], "it is no JSON object");
}

TEST(TreeReport, SaysWhatIsIncomplete) {
  ImageTree tree = Tree();
  tree.is_complete = false;
  EXPECT_EQ(Json::parse(WriteJson(tree))["complete"], false);
}

}  // namespace
}  // namespace countersign::cli
