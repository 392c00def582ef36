#include "kube/manifests/object_list.h"

#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "base/status_matchers.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "kube/manifests/documents.h"

namespace countersign::kube {
namespace {

using base::StatusIs;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

// Each object that is there as "LINE APIVERSION KIND".
std::vector<std::string> Open(const std::string& yaml) {
  std::vector<std::string> lines;
  std::vector<Document> documents = ParseDocuments("a.yaml", yaml).value();
  const std::vector<Document> objects = OpenList(std::move(documents.front())).value();
  for (const Document& object : objects) {
    lines.push_back(absl::StrCat(object.lines.line, " ",
                                 base::FindString(object.json, "apiVersion"), " ",
                                 base::FindString(object.json, "kind")));
  }
  return lines;
}

TEST(ObjectList, AListIsWhatItHolds) {
  EXPECT_THAT(Open("apiVersion: v1\nkind: List\nitems:\n"
                   "- {apiVersion: v1, kind: Pod}\n- {apiVersion: a/v1, kind: B}\n- {}\n- 7\n"),
              ElementsAre("4 v1 Pod", "5 a/v1 B", "6  ", "7  "));
  EXPECT_THAT(Open("apiVersion: v1\nkind: List\n"), IsEmpty());
}

TEST(ObjectList, AListOfOneKindLeavesItOutInItsItems) {
  EXPECT_THAT(Open("apiVersion: a/v1\nkind: WidgetList\nitems:\n"
                   "- {metadata: {name: a}}\n- {apiVersion: a/v2, kind: Other}\n"),
              ElementsAre("4 a/v1 Widget", "5 a/v2 Other"));
}

TEST(ObjectList, AnythingElseIsAlone) {
  for (const char* const items : {"5", "[a]", "{}", "null"}) {
    EXPECT_THAT(Open(absl::StrCat("apiVersion: a/v1\nkind: AllowList\nitems: ", items, "\n")),
                ElementsAre("1 a/v1 AllowList"));
  }
  EXPECT_THAT(Open("apiVersion: v1\nkind: Pod\nitems: [{}]\n"), ElementsAre("1 v1 Pod"));
  EXPECT_THAT(Open("apiVersion: a/v1\nkind: List\nitems: [{}]\n"), ElementsAre("1 a/v1 List"));
  EXPECT_THAT(Open("[1]\n"), ElementsAre("1  "));
}

TEST(ObjectList, ItemsOfAListAreAnArray) {
  std::vector<Document> documents =
      ParseDocuments("a.yaml", "apiVersion: v1\nkind: List\nitems: 5\n").value();
  EXPECT_THAT(OpenList(std::move(documents.front())),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("/items: must be an array")));
}

}  // namespace
}  // namespace countersign::kube
