#include "kube/manifests/yaml_writer.h"

#include <string>
#include <vector>

#include "base/status_matchers.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "kube/manifests/documents.h"

namespace countersign::kube {
namespace {

using base::Json;

void ExpectReadBack(const Json& json) {
  const std::string text = WriteYaml(json);
  const absl::StatusOr<std::vector<Document>> read = ParseDocuments("written.yaml", text);
  ASSERT_TRUE(read.ok()) << read.status() << "\n" << text;
  ASSERT_EQ(read->size(), 1u) << text;
  EXPECT_EQ(read->front().json, json) << text;
}

TEST(YamlWriter, WritesWhatPeopleLookForFirst) {
  const Json json = {{"spec", {{"a", 1}, {"list", {{{"name", "x"}, {"glob", "h/*"}}}}}},
                     {"metadata", {{"name", "image-policy"}}},
                     {"kind", "ConfigMap"},
                     {"apiVersion", "v1"}};
  EXPECT_EQ(WriteYaml(json),
            "---\n"
            "apiVersion: v1\n"
            "kind: ConfigMap\n"
            "metadata:\n"
            "  name: image-policy\n"
            "spec:\n"
            "  a: 1\n"
            "  list:\n"
            "  - name: x\n"
            "    glob: \"h/*\"\n");
  ExpectReadBack(json);
}

TEST(YamlWriter, TextOfSeveralLinesIsABlock) {
  const Json json = {{"data", "-----BEGIN PUBLIC KEY-----\nMFkw==\n-----END PUBLIC KEY-----\n"}};
  EXPECT_EQ(WriteYaml(json),
            "---\n"
            "data: |\n"
            "  -----BEGIN PUBLIC KEY-----\n"
            "  MFkw==\n"
            "  -----END PUBLIC KEY-----\n");
  ExpectReadBack(json);
}

TEST(YamlWriter, WhatIsWrittenIsReadBack) {
  for (const char* text : {"",
                           "yes",
                           "~",
                           "null",
                           "1",
                           "1.5",
                           "0x10",
                           "-",
                           "- a",
                           "a: b",
                           "a #b",
                           "#",
                           "*",
                           "&a",
                           "!x",
                           "%",
                           "@",
                           "`",
                           "'",
                           "\"",
                           "\\",
                           "a\nb",
                           "a\n\n",
                           "\na\n",
                           " a\n",
                           "a\n b\n",
                           "\t",
                           "h\xc3\xa9",
                           "\xe2\x82\xac",
                           "\x7f",
                           "a\r\n",
                           "---",
                           "---\n",
                           "...",
                           "[",
                           "{",
                           ":",
                           "?",
                           "|",
                           "<<",
                           "=",
                           ".inf",
                           "2024-01-01",
                           "1_0",
                           "on",
                           "N",
                           "#a\nb\n",
                           "\xc2\x85"}) {
    ExpectReadBack({{"text", text}});
    ExpectReadBack({{text, "name"}});
    ExpectReadBack(Json::array({{{"in", Json::array({text, Json::array({text})})}}}));
  }
  ExpectReadBack({{"a", Json::object()}, {"b", Json::array()}, {"c", nullptr}, {"d", true}});
  ExpectReadBack({{"a", -1}, {"b", 1.5}, {"c", 18446744073709551615u}});
  ExpectReadBack(Json::array({Json::array({1, 2}), Json::array({Json::array({3})})}));
  ExpectReadBack("text");
}

}  // namespace
}  // namespace countersign::kube
