#include "kube/manifests/cluster_objects.h"

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "base/status_macros.h"
#include "base/status_matchers.h"
#include "gtest/gtest.h"
#include "kube/manifests/documents.h"
#include "kube/object_selection.h"

namespace countersign::kube {
namespace {

using base::IsOk;
using base::StatusIs;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Key;
using testing::Not;
using testing::SizeIs;
using testing::StartsWith;

const ObjectSelection kWidgets = {.resource = {.group = "example.org",
                                               .version = "v1beta1",
                                               .plural = "widgets",
                                               .kind = "Widget",
                                               .kinds = "Widgets",
                                               .former_group = "former.example"}};
const ObjectSelection kGadgets = {.resource = {.group = "",
                                               .version = "v1",
                                               .plural = "gadgets",
                                               .kind = "Gadget",
                                               .kinds = "Gadgets",
                                               .is_namespaced = true}};

std::vector<Resource> Resources() { return {kWidgets.resource, kGadgets.resource}; }

absl::Status Add(const std::string& file, const std::string& text, ClusterObjects& objects) {
  CS_ASSIGN_OR_RETURN(std::vector<Document> documents, ParseDocuments(file, text));
  for (Document& document : documents) {
    CS_RETURN_IF_ERROR(AddDocument(file, std::move(document), Resources(), objects));
  }
  return absl::OkStatus();
}

constexpr char kObjects[] = R"(
apiVersion: v1
kind: Secret
metadata: {name: pull, namespace: shop}
data: {a: aGVsbG8=}
---
apiVersion: v1
kind: Secret
metadata: {name: pull}
---
apiVersion: v1
kind: ServiceAccount
metadata: {name: runner, namespace: shop}
imagePullSecrets: [{name: pull}]
---
apiVersion: apps/v1
kind: Deployment
---
apiVersion: example.org/v1beta1
kind: Widget
metadata: {name: one}
spec:
  verification: {}
---
apiVersion: another.example/v1beta1
kind: Widget
metadata: {name: another-group}
)";

TEST(ClusterObjects, KnownKindsAreTakenAndOthersPassedOver) {
  ClusterObjects objects;
  ASSERT_THAT(Add("all.yaml", kObjects, objects), IsOk());
  EXPECT_THAT(objects.secrets, ElementsAre(Key("default/pull"), Key("shop/pull")));
  EXPECT_EQ(*objects.secrets.at("shop/pull")->Find("a"), "hello");
  EXPECT_THAT(ListFaults(objects), IsEmpty());
  EXPECT_THAT(objects.service_accounts, ElementsAre(Key("shop/runner")));
  EXPECT_THAT(objects.entries, SizeIs(1));
}

TEST(ClusterObjects, ObjectsAreLocated) {
  ClusterObjects objects;
  ASSERT_THAT(Add("all.yaml", kObjects, objects), IsOk());
  const std::vector<Object> widgets = SelectObjects(objects, kWidgets);
  ASSERT_THAT(widgets, SizeIs(1));
  EXPECT_EQ(widgets[0].json["metadata"]["name"], "one");
  EXPECT_EQ(widgets[0].locate("/spec/verification"), "all.yaml:23");
  EXPECT_EQ(widgets[0].locate("/spec/verification/keys/0"), "all.yaml:23");
  EXPECT_EQ(widgets[0].locate(""), "all.yaml:19");
}

TEST(ClusterObjects, SelectionsHaveTheirOwn) {
  const std::string gadgets =
      "{apiVersion: v1, kind: Gadget, metadata: {name: a}}\n---\n"
      "{apiVersion: v1, kind: Gadget, metadata: {name: a, namespace: shop}}\n---\n"
      "{apiVersion: v1, kind: Gadget, metadata: {name: b, namespace: shop}}\n";
  ClusterObjects objects;
  ASSERT_THAT(Add("all.yaml", kObjects, objects), IsOk());
  ASSERT_THAT(Add("gadgets.yaml", gadgets, objects), IsOk());
  EXPECT_THAT(SelectObjects(objects, kWidgets), SizeIs(1));
  EXPECT_THAT(SelectObjects(objects, kGadgets), SizeIs(3));
  ObjectSelection one = kGadgets;
  one.name = "a";
  EXPECT_THAT(SelectObjects(objects, one), SizeIs(2));
  one.object_namespace = "default";
  const std::vector<Object> found = SelectObjects(objects, one);
  ASSERT_THAT(found, SizeIs(1));
  EXPECT_EQ(found[0].locate(""), "gadgets.yaml:1");
}

TEST(ClusterObjects, AChangeIsOneOfWhatIsSelected) {
  ClusterObjects before;
  ASSERT_THAT(Add("all.yaml", kObjects, before), IsOk());
  ClusterObjects after;
  ASSERT_THAT(Add("all.yaml", kObjects, after), IsOk());
  ASSERT_THAT(Add("more.yaml", "{apiVersion: v1, kind: Gadget, metadata: {name: a}}", after),
              IsOk());
  EXPECT_TRUE(HaveTheSame(before, after, kWidgets));
  EXPECT_FALSE(HaveTheSame(before, after, kGadgets));
  ClusterObjects moved;
  ASSERT_THAT(Add("all.yaml", absl::StrCat("\n", kObjects), moved), IsOk());
  EXPECT_FALSE(HaveTheSame(before, moved, kWidgets));
}

TEST(ClusterObjects, ListsAreOpened) {
  ClusterObjects objects;
  ASSERT_THAT(Add("list.json", R"({"apiVersion": "v1", "kind": "List", "items": [
{"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "a"}},

{"apiVersion": "example.org/v1alpha1", "kind": "Widget",
 "metadata": {"name": "one"}}]})",
                  objects),
              IsOk());
  EXPECT_THAT(objects.secrets, SizeIs(1));
  ASSERT_THAT(objects.entries, SizeIs(1));
  EXPECT_EQ(SelectObjects(objects, kWidgets)[0].locate("/metadata/name"), "list.json:5");
  EXPECT_THAT(Add("empty.yaml", "{apiVersion: v1, kind: List}", objects), IsOk());
}

TEST(ClusterObjects, ListsOfAKindAreOpened) {
  ClusterObjects objects;
  ASSERT_THAT(Add("a.yaml", R"(apiVersion: example.org/v1
kind: WidgetList
items:
- {metadata: {name: a}}
- {apiVersion: example.org/v1, kind: Widget, metadata: {name: b}}
)",
                  objects),
              IsOk());
  const std::vector<Object> widgets = SelectObjects(objects, kWidgets);
  ASSERT_THAT(widgets, SizeIs(2));
  EXPECT_EQ(widgets[0].locate("/metadata/name"), "a.yaml:4");
  EXPECT_EQ(widgets[1].json["metadata"]["name"], "b");
}

TEST(ClusterObjects, WhatNearlyIsOfAResourceIsAFault) {
  ClusterObjects objects;
  ASSERT_THAT(Add("a.yaml", R"(apiVersion: example.org/v1
kind: widget
---
apiVersion: another.example/v1
kind: Widget
)",
                  objects),
              IsOk());
  ASSERT_THAT(Add("b.yaml", "apiVersion: former.example/v1\nkind: Widget\n", objects), IsOk());
  EXPECT_THAT(objects.entries, IsEmpty());
  EXPECT_THAT(ListFaults(objects), ElementsAre(AllOf(StartsWith("a.yaml:2: is passed over"),
                                                     HasSubstr("\"kind: Widget\"")),
                                               AllOf(StartsWith("b.yaml:1: is passed over"),
                                                     HasSubstr("\"apiVersion: example.org/v1\""))));
}

TEST(ClusterObjects, OneObjectIsDefinedOnce) {
  ClusterObjects objects;
  ASSERT_THAT(Add("one.yaml", kObjects, objects), IsOk());
  const std::pair<std::string, std::string_view> cases[] = {
      {"\napiVersion: v1\nkind: Secret\nmetadata: {name: pull, namespace: default}\n",
       "two.yaml:2: Secret default/pull is defined already, in one.yaml:7"},
      {"apiVersion: v1\nkind: ServiceAccount\nmetadata: {name: runner, namespace: shop}\n",
       "two.yaml:1: ServiceAccount shop/runner is defined already, in one.yaml:11"},
      {"apiVersion: example.org/v1\nkind: Widget\n"
       "metadata: {name: one, namespace: no-matter}\n",
       "two.yaml:1: Widget one is defined already, in one.yaml:19"},
  };
  for (const auto& [text, reason] : cases) {
    EXPECT_THAT(Add("two.yaml", text, objects),
                StatusIs(absl::StatusCode::kInvalidArgument, std::string(reason)));
  }
}

TEST(ClusterObjects, SaysWhereAndWhatIsWrong) {
  const std::pair<std::string, std::string_view> cases[] = {
      {"- a\n", "f.yaml:1: not a Kubernetes object"},
      {"text\n", "f.yaml:1: not a Kubernetes object"},
      {"\n\na: 1\n", "f.yaml:3: not a Kubernetes object: it has no apiVersion or no kind"},
      {"kind: Secret\n", "it has no apiVersion or no kind"},
      {"apiVersion: v1\nkind: 5\n", "f.yaml:1: /kind: must be a string, is a number"},
      {"apiVersion: v1\nkind: Secret\n", "f.yaml:1: /metadata: must be given"},
      {"apiVersion: v1\nkind: Secret\nmetadata: {}\n", "f.yaml:1: /metadata/name: must be given"},
      {"apiVersion: v1\nkind: Secret\nmetadata: {name: 7}\n",
       "f.yaml:1: /metadata/name: must be a string, is a number"},
      {"apiVersion: example.org/v1\nkind: Widget\n", "f.yaml:1: /metadata: must be given"},
      {"apiVersion: example.org/v1\nkind: Widget\nmetadata: {name: []}\n",
       "f.yaml:1: /metadata/name: must be a string, is an array"},
      {"apiVersion: example.org/v1\nkind: Widget\nmetadata: {generateName: a-}\n",
       "f.yaml:1: /metadata/name: must be given"},
      {"apiVersion: v1\nkind: List\nitems: {}\n", "f.yaml:3: /items: must be an array"},
      {"apiVersion: v1\nkind: List\nitems:\n- {apiVersion: v1, kind: List}\n",
       "f.yaml:4: /items/0: is a List in a List"},
      {"apiVersion: v1\nkind: List\nitems:\n- 7\n", "f.yaml:4: /items/0: must be an object"},
  };
  for (const auto& [text, reason] : cases) {
    ClusterObjects objects;
    EXPECT_THAT(
        Add("f.yaml", text, objects),
        StatusIs(absl::StatusCode::kInvalidArgument,
                 AllOf(StartsWith("f.yaml:"), HasSubstr(reason), Not(HasSubstr("hunter2")))))
        << text;
  }
}

// One object that its reader takes as it is told keeps nobody's others from being in force.
TEST(ClusterObjects, LabelsAndAnnotationsThatAreNoneRefuseNothing) {
  ClusterObjects objects;
  ASSERT_THAT(Add("f.yaml", R"(
apiVersion: example.org/v1
kind: Widget
metadata: {name: a, labels: {x: true}, annotations: {y: 1}}
---
apiVersion: example.org/v1
kind: Widget
metadata: {name: b, labels: 5, annotations: []}
)",
                  objects),
              IsOk());
  const std::vector<Object> widgets = SelectObjects(objects, kWidgets);
  ASSERT_THAT(widgets, SizeIs(2));
  EXPECT_EQ(widgets[0].json["metadata"]["labels"]["x"], true);
  EXPECT_EQ(widgets[0].locate("/metadata/labels/x"), "f.yaml:4");
}

TEST(ClusterObjects, OneBadSecretSpoilsNothingElse) {
  ClusterObjects objects;
  ASSERT_THAT(Add("all.yaml", absl::StrCat(kObjects, R"(---
apiVersion: v1
kind: Secret
metadata: {name: bad}
data: {password: 'hunter2!'}
---
apiVersion: v1
kind: ServiceAccount
metadata: {name: bad}
imagePullSecrets: [a]
)"),
                  objects),
              IsOk());
  EXPECT_THAT(objects.entries, SizeIs(1));
  EXPECT_THAT(objects.secrets.at("shop/pull"), IsOk());
  EXPECT_THAT(objects.secrets.at("default/bad"),
              StatusIs(absl::StatusCode::kInvalidArgument,
                       AllOf(StartsWith("all.yaml:29: Secret default/bad: /data/password: "),
                             Not(HasSubstr("hunter2")))));
  EXPECT_THAT(
      ListFaults(objects),
      ElementsAre(
          StartsWith("all.yaml:29: Secret default/bad: "),
          "all.yaml:34: ServiceAccount default/bad: /imagePullSecrets/0: must be an object"));
}

TEST(ClusterObjects, TheSameNameInAnotherGroupIsAnotherObject) {
  Resource other = kWidgets.resource;
  other.group = "another.example";
  ClusterObjects objects;
  std::vector<Document> documents = *ParseDocuments("all.yaml", R"(
{apiVersion: example.org/v1, kind: Widget, metadata: {name: one}}
---
{apiVersion: another.example/v1, kind: Widget, metadata: {name: one}}
)");
  for (Document& document : documents) {
    EXPECT_THAT(AddDocument("all.yaml", std::move(document), {kWidgets.resource, other}, objects),
                IsOk());
  }
  EXPECT_THAT(objects.entries, SizeIs(2));
}

TEST(ClusterObjects, NamesCannotForgeALine) {
  ClusterObjects objects;
  const std::string text =
      R"({"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "a\nb"}})";
  ASSERT_THAT(Add("a.json", text, objects), IsOk());
  EXPECT_THAT(Add("b.json", text, objects),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("default/a\\x0ab")));
}

}  // namespace
}  // namespace countersign::kube
