#include "kube/manifests/object_list.h"

#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "base/status_matchers.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "kube/manifests/documents.h"
#include "kube/manifests/source_fault.h"

namespace countersign::kube {
namespace {

using base::StatusIs;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

absl::StatusOr<std::vector<Document>> OpenYaml(const std::string& yaml) {
  std::vector<Document> documents = ParseDocuments("a.yaml", yaml).value();
  return OpenList("a.yaml", std::move(documents.front()));
}

// Each object that is there as "LINE APIVERSION KIND".
std::vector<std::string> Open(const std::string& yaml) {
  std::vector<std::string> lines;
  const std::vector<Document> objects = OpenYaml(yaml).value();
  for (const Document& object : objects) {
    lines.push_back(absl::StrCat(object.lines.line, " ",
                                 base::FindString(object.json, "apiVersion"), " ",
                                 base::FindString(object.json, "kind")));
  }
  return lines;
}

TEST(ObjectList, AListIsWhatItHolds) {
  EXPECT_THAT(Open("apiVersion: v1\nkind: List\nitems:\n"
                   "- {apiVersion: v1, kind: Pod}\n- {apiVersion: a/v1, kind: B}\n- {}\n"),
              ElementsAre("4 v1 Pod", "5 a/v1 B", "6  "));
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

TEST(ObjectList, ItemsOfAListAreAnArrayOfObjectsThatAreNoLists) {
  constexpr char kIsAList[] = "is a List in a List: put what it holds into the outer one";
  const std::pair<std::string, std::string> cases[] = {
      {"apiVersion: v1\nkind: List\nitems: 5\n", "3: /items: must be an array, is a number"},
      {"apiVersion: v1\nkind: List\nitems:\n- {}\n- 7\n", "5: /items/1: must be an object"},
      {"apiVersion: v1\nkind: List\nitems:\n- null\n", "4: /items/0: must be an object"},
      {"apiVersion: v1\nkind: List\nitems:\n- {apiVersion: v1, kind: List}\n",
       absl::StrCat("4: /items/0: ", kIsAList)},
      {"apiVersion: v1\nkind: List\nitems:\n- {}\n- {apiVersion: a/v1, kind: BList, items: []}\n",
       absl::StrCat("5: /items/1: ", kIsAList)},
      {"apiVersion: a/v1\nkind: BListList\nitems:\n- {items: []}\n",
       absl::StrCat("4: /items/0: ", kIsAList)},
  };
  for (const auto& [yaml, reason] : cases) {
    EXPECT_THAT(OpenYaml(yaml),
                StatusIs(absl::StatusCode::kInvalidArgument, absl::StrCat("a.yaml:", reason)))
        << yaml;
  }
}

TEST(ObjectList, ItsFaultsAreTakenApart) {
  EXPECT_EQ(SourceFaultOf(OpenYaml("apiVersion: v1\nkind: List\nitems: [{}, 5]\n").status()),
            (SourceFault{.line = 3, .pointer = "/items/1", .reason = "must be an object"}));
}

}  // namespace
}  // namespace countersign::kube
