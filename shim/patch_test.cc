#include "shim/patch.h"

#include <string>
#include <utility>

#include "gtest/gtest.h"

namespace countersign::shim {
namespace {

using base::Json;

const MarkText kMarks = {.status = "verified", .images = R"({"a":{"status":"verified"}})"};

Json WithAnnotations(Json annotations) {
  return {{"metadata", {{"name", "web"}, {"annotations", std::move(annotations)}}},
          {"spec", {{"template", {{"metadata", Json::object()}}}}}};
}

// The object's annotations after its patch.
Json Patched(const Json& object, const std::optional<MarkText>& marks) {
  const Patch patch = PatchAnnotations(object, marks);
  const Json after = patch.empty() ? object : object.patch(Json::parse(WritePatch(patch)));
  EXPECT_EQ(after.at("spec"), object.at("spec"));
  return after.at("metadata").value("annotations", Json());
}

const Json& Wanted() {
  static const auto* const wanted =
      new Json{{"countersign/status", kMarks.status}, {"countersign/images", kMarks.images}};
  return *wanted;
}

TEST(PatchAnnotations, MakesTheAnnotationsWhereThereAreNone) {
  EXPECT_EQ(WritePatch(PatchAnnotations(Json::parse(R"({"metadata": {"name": "web"}})"), kMarks)),
            R"([{"op":"add","path":"/metadata/annotations","value":{)"
            R"("countersign/images":"{\"a\":{\"status\":\"verified\"}}",)"
            R"("countersign/status":"verified"}}])");
  EXPECT_EQ(Patched(WithAnnotations(nullptr), kMarks), Wanted());
}

TEST(PatchAnnotations, MakesTheMetadataWhereThereIsNone) {
  for (const char* object : {R"({"spec": {}})", R"({"spec": {}, "metadata": null})"}) {
    EXPECT_EQ(Patched(Json::parse(object), kMarks), Wanted()) << object;
  }
}

TEST(PatchAnnotations, EscapesTheSlashOfAKey) {
  EXPECT_EQ(
      WritePatch(PatchAnnotations(WithAnnotations(Json::object()),
                                  {{.status = "verified", .images = ""}})),
      R"([{"op":"add","path":"/metadata/annotations/countersign~1status","value":"verified"}])");
}

TEST(PatchAnnotations, KeepsWhatOthersWrote) {
  const Json after = Patched(WithAnnotations({{"team", "shop"}, {"countersigned/x", "y"}}), kMarks);
  Json wanted = Wanted();
  wanted["team"] = "shop";
  wanted["countersigned/x"] = "y";
  EXPECT_EQ(after, wanted);
}

TEST(PatchAnnotations, ReplacesAndRemovesWhatWasForged) {
  const Json forged = {{"countersign/status", "forged"},
                       {"countersign/", "x"},
                       {"countersign/a~/b", "x"},
                       {"countersign/images", "{}"},
                       {"countersign/note", 7}};
  EXPECT_EQ(Patched(WithAnnotations(forged), kMarks), Wanted());
  EXPECT_EQ(Patched(WithAnnotations(forged), std::nullopt), Json::object());
  EXPECT_EQ(Patched(WithAnnotations(forged), {{.status = "verified", .images = ""}}),
            Json({{"countersign/status", "verified"}}));
}

TEST(PatchAnnotations, IsNoneWhenNothingChanges) {
  EXPECT_TRUE(PatchAnnotations(WithAnnotations(Wanted()), kMarks).empty());
  EXPECT_TRUE(PatchAnnotations(WithAnnotations({{"team", "shop"}}), std::nullopt).empty());
  EXPECT_TRUE(PatchAnnotations(WithAnnotations(nullptr), std::nullopt).empty());
  EXPECT_TRUE(PatchAnnotations(Json::object(), std::nullopt).empty());
}

TEST(PatchTexts, ReplacesEachText) {
  EXPECT_EQ(
      WritePatch(PatchTexts({{"/spec/containers/0/image", "a@sha256:0\xff"}, {"/b", "\"c\""}})),
      R"([{"op":"replace","path":"/spec/containers/0/image","value":"a@sha256:0�"},)"
      R"({"op":"replace","path":"/b","value":"\"c\""}])");
  EXPECT_EQ(WritePatch(PatchTexts({})), "");
}

TEST(PatchAnnotations, NeverTouchesATemplate) {
  Json object = WithAnnotations(Json::object());
  object["spec"]["template"]["metadata"]["annotations"] = {{"countersign/status", "forged"}};
  (void)Patched(object, kMarks);  // checks that spec stays
}

}  // namespace
}  // namespace countersign::shim
