#include "kube/client/object_set.h"

#include <algorithm>
#include <cstddef>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "base/status_matchers.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace countersign::kube {
namespace {

using absl::StatusCode;
using base::IsOk;
using base::IsOkAndHolds;
using base::Json;
using base::StatusIs;
using Type = WatchEvent::Type;

const ObjectSelection kWidgets = {.resource = {.group = "example.org",
                                               .version = "v1",
                                               .plural = "widgets",
                                               .kind = "Widget",
                                               .kinds = "Widgets"}};

Json Widget(const std::string& name, int version, int spec) {
  return {{"metadata",
           {{"name", name},
            {"resourceVersion", absl::StrCat(version)},
            {"managedFields", Json::array()}}},
          {"spec", spec},
          {"status", version}};
}

Json List(Json items, const std::string& next = "") {
  Json list = {{"kind", "WidgetList"},
               {"metadata", {{"resourceVersion", "10"}}},
               {"items", std::move(items)}};
  if (!next.empty()) list["metadata"]["continue"] = next;
  return list;
}

TEST(ObjectSet, TakesChunksAndEvents) {
  ObjectSet set(kWidgets);
  EXPECT_THAT(set.AddChunk(List(Json::array({Widget("b", 1, 1)}), "more")), IsOkAndHolds("more"));
  EXPECT_THAT(set.AddChunk(List(Json::array({Widget("a", 2, 2)}))), IsOkAndHolds(""));
  EXPECT_EQ(set.resource_version(), "10");
  EXPECT_THAT(set.Apply({Type::kModified, Widget("b", 11, 3)}), IsOk());
  EXPECT_THAT(set.Apply({Type::kAdded, Widget("c", 12, 4)}), IsOk());
  EXPECT_THAT(set.Apply({Type::kDeleted, Widget("a", 13, 2)}), IsOk());
  EXPECT_EQ(set.resource_version(), "13");
  EXPECT_THAT(set.Apply({Type::kBookmark, {{"metadata", {{"resourceVersion", "20"}}}}}), IsOk());
  EXPECT_EQ(set.resource_version(), "20");
  const std::vector<Object> objects = set.Objects();
  ASSERT_EQ(objects.size(), 2);
  EXPECT_EQ(objects[0].json, (Json{{"metadata", {{"name", "b"}, {"resourceVersion", "11"}}},
                                   {"spec", 3},
                                   {"status", 11}}));
  EXPECT_EQ(objects[1].locate("/x"), "Widget c");
}

TEST(ObjectSet, IsTheSameIfItsObjectsAre) {
  ObjectSet one(kWidgets);
  ObjectSet other(kWidgets);
  ASSERT_THAT(one.AddChunk(List(Json::array({Widget("a", 1, 1)}))), IsOk());
  ASSERT_THAT(other.AddChunk(List(Json::array({Widget("a", 1, 1)}))), IsOk());
  ASSERT_THAT(other.Apply({Type::kBookmark, {{"metadata", {{"resourceVersion", "20"}}}}}), IsOk());
  EXPECT_TRUE(one.HasSameObjects(other));
  ASSERT_THAT(other.Apply({Type::kModified, Widget("a", 3, 1)}), IsOk());
  EXPECT_FALSE(one.HasSameObjects(other));
}

TEST(ObjectSet, KeepsOnlyTheLabelsOfWhatThereIsMuchOf) {
  ObjectSelection selection = kWidgets;
  selection.only_labels = true;
  Json widget = Widget("a", 1, 1);
  widget["metadata"]["labels"] = {{"tier", "prod"}};
  ObjectSet set(selection);
  ASSERT_THAT(set.AddChunk(List(Json::array({widget}))), IsOk());
  const ObjectSet before = set;
  widget["metadata"]["resourceVersion"] = "11";
  widget["status"] = "other";
  ASSERT_THAT(set.Apply({Type::kModified, widget}), IsOk());
  EXPECT_EQ(set.resource_version(), "11");
  EXPECT_TRUE(set.HasSameObjects(before));
  EXPECT_EQ(set.Objects()[0].json,
            (Json{{"metadata", {{"name", "a"}, {"labels", {{"tier", "prod"}}}}}}));
  widget["metadata"]["labels"]["tier"] = "dev";
  ASSERT_THAT(set.Apply({Type::kModified, widget}), IsOk());
  EXPECT_FALSE(set.HasSameObjects(before));
}

TEST(ObjectSet, ErrorEventsAreErrors) {
  ObjectSet set(kWidgets);
  EXPECT_THAT(set.Apply({Type::kError, {{"kind", "Status"}, {"code", 410}}}),
              StatusIs(StatusCode::kOutOfRange));
  EXPECT_THAT(set.Apply({Type::kError, {{"kind", "Status"}, {"code", 500}}}),
              StatusIs(StatusCode::kUnavailable));
  EXPECT_THAT(set.Apply({Type::kError, Json::object()}), StatusIs(StatusCode::kUnavailable));
}

TEST(ObjectSet, WhatIsNoListIsNotAnEmptyOne) {
  for (const Json& list : {Json(), Json::array(), Json::object(),
                           Json{{"kind", "PodList"}, {"metadata", {{"resourceVersion", "1"}}}},
                           Json{{"kind", "WidgetList"}, {"items", Json::array()}},
                           List(Json::object()), List({1}), List({Json::object()})}) {
    ObjectSet set(kWidgets);
    EXPECT_THAT(set.AddChunk(list), StatusIs(StatusCode::kInvalidArgument)) << list;
  }
}

TEST(ObjectSet, DoesNotGrowWithoutBound) {
  ObjectSet set(kWidgets);
  absl::Status status;
  for (int i = 0; i < 2000 && status.ok(); ++i) {
    status = set.Apply({Type::kAdded, Widget(absl::StrCat("p", i), i + 1, 1)});
  }
  EXPECT_THAT(status, StatusIs(StatusCode::kResourceExhausted,
                               "there are more than 1000 Widgets: remove those that nobody needs"));
  EXPECT_EQ(set.Objects().size(), 1000);
}

Json WidgetOf(const std::string& name, size_t bytes) {
  Json widget = Widget(name, 1, 1);
  widget["spec"] = std::string(bytes, 'x');
  return widget;
}

TEST(ObjectSet, WhatIsKeptIsBoundedInBytes) {
  ObjectSelection selection = kWidgets;
  selection.max_bytes = 3 << 20;
  ObjectSet set(selection);
  ASSERT_THAT(set.Apply({Type::kAdded, WidgetOf("a", 1 << 20)}), IsOk());
  EXPECT_GT(set.bytes(), size_t{1} << 20);
  ASSERT_THAT(set.Apply({Type::kAdded, WidgetOf("b", 1 << 20)}), IsOk());
  const size_t bytes = set.bytes();
  EXPECT_THAT(
      set.Apply({Type::kAdded, WidgetOf("c", 1 << 20)}),
      StatusIs(StatusCode::kResourceExhausted,
               "what is kept of the 3 Widgets takes more than 3 MiB of memory: remove those "
               "that nobody needs, or make them shorter"));
  EXPECT_EQ(set.bytes(), bytes);
  // One that takes the place of another counts without it.
  EXPECT_THAT(set.Apply({Type::kModified, WidgetOf("b", (1 << 20) + 1000)}), IsOk());
  EXPECT_THAT(set.Apply({Type::kDeleted, WidgetOf("a", 1)}), IsOk());
  EXPECT_THAT(set.Apply({Type::kAdded, WidgetOf("c", 1 << 20)}), IsOk());
  EXPECT_THAT(set.Apply({Type::kDeleted, WidgetOf("b", 1)}), IsOk());
  EXPECT_THAT(set.Apply({Type::kDeleted, WidgetOf("c", 1)}), IsOk());
  EXPECT_EQ(set.bytes(), 0u);
}

TEST(ObjectSet, OneThatTakesTooMuchIsNotThereAndNobodyElseMissesIt) {
  ObjectSelection selection = kWidgets;
  selection.only_labels = true;
  selection.max_bytes_of_one = 16 << 10;
  ObjectSet set(selection);
  Json widget = Widget("fat", 1, 1);
  widget["metadata"]["labels"] = {{"tier", "prod"}};
  ASSERT_THAT(set.AddChunk(List(Json::array({widget, Widget("other", 2, 1)}))), IsOk());
  ASSERT_EQ(set.Objects().size(), 2);
  for (int i = 0; i < 200; ++i) widget["metadata"]["labels"][absl::StrCat("label-", i)] = "x";
  widget["metadata"]["resourceVersion"] = "11";
  ASSERT_THAT(set.Apply({Type::kModified, widget}), IsOk());
  ASSERT_EQ(set.Objects().size(), 1);
  EXPECT_EQ(set.Objects()[0].locate(""), "Widget other");
  EXPECT_EQ(set.absent().too_large.count("fat"), 1u);
  widget["metadata"]["labels"] = {{"tier", "prod"}};
  ASSERT_THAT(set.Apply({Type::kModified, widget}), IsOk());
  EXPECT_EQ(set.Objects().size(), 2);
}

std::string Names(const ObjectSet& set) {
  std::string names;
  for (const Object& object : set.Objects()) absl::StrAppend(&names, object.locate(""), " ");
  return names;
}

Json MadeIn(const std::string& name, int year, size_t label_bytes = 1) {
  Json widget = Widget(name, 1, 1);
  widget["metadata"]["creationTimestamp"] = absl::StrCat(year, "-01-01T00:00:00Z");
  widget["metadata"]["labels"] = {{"a", std::string(label_bytes, 'x')}};
  return widget;
}

ObjectSelection LabelsOfSome(size_t max_objects) {
  ObjectSelection selection = kWidgets;
  selection.only_labels = true;
  selection.max_objects = max_objects;
  return selection;
}

TEST(ObjectSet, TheOldestFindRoomInWhateverOrderTheyCome) {
  std::vector<Json> widgets = {MadeIn("a", 2023), MadeIn("b", 2021), MadeIn("c", 2022),
                               MadeIn("d", 2021), Widget("e", 1, 1)};
  std::sort(widgets.begin(), widgets.end());
  do {
    ObjectSet set(LabelsOfSome(3));
    ASSERT_THAT(set.AddChunk(List(widgets)), IsOk());
    EXPECT_EQ(Names(set), "Widget b Widget c Widget d ");
    EXPECT_EQ(set.absent().no_room,
              "there are more than 3 Widgets: remove those that nobody needs");
  } while (std::next_permutation(widgets.begin(), widgets.end()));
}

TEST(ObjectSet, WhoFillsTheRoomTakesNobodyElses) {
  ObjectSelection selection = LabelsOfSome(1000);
  selection.max_bytes = 16 << 10;
  ObjectSet set(selection);
  ASSERT_THAT(set.AddChunk(List(std::vector<Json>{MadeIn("shop", 2022)})), IsOk());
  for (int i = 0; i < 100; ++i) {
    ASSERT_THAT(set.Apply({Type::kAdded, MadeIn(absl::StrCat("a", i), 2023, 1000)}), IsOk());
  }
  EXPECT_LE(set.bytes(), selection.max_bytes);
  EXPECT_THAT(set.absent().no_room, testing::HasSubstr("or make their labels shorter"));
  // Its labels are still followed, though it grows.
  ASSERT_THAT(set.Apply({Type::kModified, MadeIn("shop", 2022, 2000)}), IsOk());
  EXPECT_EQ(set.Objects().back().locate(""), "Widget shop");
  EXPECT_EQ(set.Objects().back().json["metadata"]["labels"]["a"], std::string(2000, 'x'));
  EXPECT_LE(set.bytes(), selection.max_bytes);
  // One of them that grows is the one that goes.
  const size_t before = set.Objects().size();
  const std::string one = set.Objects().front().json["metadata"]["name"];
  ASSERT_THAT(set.Apply({Type::kModified, MadeIn(one, 2024, 15000)}), IsOk());
  EXPECT_EQ(set.Objects().size(), before - 1);
}

TEST(ObjectSet, AnotherListMayFindRoomOnceSomethingHasGone) {
  ObjectSet set(LabelsOfSome(1));
  ASSERT_THAT(set.Apply({Type::kAdded, MadeIn("a", 2021)}), IsOk());
  ASSERT_THAT(set.Apply({Type::kDeleted, MadeIn("a", 2021)}), IsOk());
  EXPECT_FALSE(set.MayFindRoom());
  ASSERT_THAT(set.Apply({Type::kAdded, MadeIn("a", 2021)}), IsOk());
  ASSERT_THAT(set.Apply({Type::kAdded, MadeIn("b", 2022)}), IsOk());
  EXPECT_FALSE(set.MayFindRoom());
  ASSERT_THAT(set.Apply({Type::kDeleted, MadeIn("b", 2022)}), IsOk());
  EXPECT_FALSE(set.MayFindRoom());
  ASSERT_THAT(set.Apply({Type::kDeleted, MadeIn("a", 2021)}), IsOk());
  EXPECT_TRUE(set.MayFindRoom());
  EXPECT_EQ(set.bytes(), 0u);
}

TEST(ObjectSet, NamesSomeOfThoseThatAreTooLarge) {
  ObjectSelection selection = LabelsOfSome(1000);
  selection.max_bytes_of_one = 2000;
  ObjectSet set(selection);
  for (size_t i = 0; i < ObjectSet::kMostNamed + 5; ++i) {
    ASSERT_THAT(set.Apply({Type::kAdded, MadeIn(absl::StrCat("a", i), 2021, 3000)}), IsOk());
  }
  EXPECT_EQ(set.absent().too_large.size(), ObjectSet::kMostNamed);
  EXPECT_EQ(set.absent().no_room, "");
  ASSERT_THAT(set.Apply({Type::kModified, MadeIn("a0", 2021)}), IsOk());
  ASSERT_THAT(set.Apply({Type::kDeleted, MadeIn("a1", 2021)}), IsOk());
  EXPECT_EQ(set.absent().too_large.size(), ObjectSet::kMostNamed - 2);
  EXPECT_EQ(Names(set), "Widget a0 ");
}

TEST(ObjectSet, ObjectsOfNamespacesMayHaveTheSameName) {
  ObjectSelection selection = kWidgets;
  selection.resource.is_namespaced = true;
  ObjectSet set(selection);
  Json one = Widget("a", 1, 1);
  one["metadata"]["namespace"] = "shop";
  Json other = one;
  other["metadata"]["namespace"] = "infra";
  ASSERT_THAT(set.AddChunk(List({one, other})), IsOk());
  EXPECT_EQ(set.Objects()[0].locate(""), "Widget infra/a");
  EXPECT_EQ(set.Objects()[1].locate(""), "Widget shop/a");
  ASSERT_THAT(set.Apply({Type::kDeleted, one}), IsOk());
  EXPECT_EQ(set.Objects().size(), 1);
}

}  // namespace
}  // namespace countersign::kube
