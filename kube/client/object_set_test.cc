#include "kube/client/object_set.h"

#include <string>
#include <utility>

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
  widget["metadata"]["labels"] = {{"tier", "prod"}};
  ASSERT_THAT(set.Apply({Type::kModified, widget}), IsOk());
  EXPECT_EQ(set.Objects().size(), 2);
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
