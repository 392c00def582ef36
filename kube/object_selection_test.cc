#include "kube/object_selection.h"

#include <string>

#include "absl/status/status.h"
#include "base/status_matchers.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace countersign::kube {
namespace {

using base::IsOk;
using base::StatusIs;
using testing::HasSubstr;

constexpr absl::StatusCode kInvalid = absl::StatusCode::kInvalidArgument;

ObjectSelection ConfigMaps() {
  return {.resource = {.version = "v1",
                       .plural = "configmaps",
                       .kind = "ConfigMap",
                       .kinds = "ConfigMaps",
                       .is_namespaced = true},
          .spoken = "settings"};
}

ObjectSelection Namespaces() {
  return {.resource = {.version = "v1",
                       .plural = "namespaces",
                       .kind = "Namespace",
                       .kinds = "Namespaces"},
          .spoken = "namespaces"};
}

TEST(ObjectSelection, AllOfAKindOrSomeMayBeWatched) {
  EXPECT_THAT(CheckSelection(Namespaces()), IsOk());
  ObjectSelection selection = ConfigMaps();
  EXPECT_THAT(CheckSelection(selection), IsOk());
  selection.object_namespace = "infra";
  selection.name = "roots.example";
  EXPECT_THAT(CheckSelection(selection), IsOk());
}

TEST(ObjectSelection, SecretsMayNot) {
  ObjectSelection selection = ConfigMaps();
  selection.resource.plural = "secrets";
  EXPECT_THAT(CheckSelection(selection), StatusIs(kInvalid, HasSubstr("Secrets are read by name")));
  selection.name = "regcred";
  EXPECT_THAT(CheckSelection(selection), StatusIs(kInvalid));
  selection.resource.group = "example.org";
  EXPECT_THAT(CheckSelection(selection), IsOk()) << "of another group they are something else";
}

TEST(ObjectSelection, NamesAreSuchAsObjectsCanHave) {
  ObjectSelection selection = ConfigMaps();
  for (const char* name : {"a,b", "a=b", "..", "a/b", "A"}) {
    selection.name = name;
    EXPECT_THAT(CheckSelection(selection), StatusIs(kInvalid, HasSubstr("no ConfigMap"))) << name;
  }
  selection.name = "";
  selection.object_namespace = "../x";
  EXPECT_THAT(CheckSelection(selection), StatusIs(kInvalid, HasSubstr("\"../x\"")));
  selection = Namespaces();
  selection.object_namespace = "infra";
  EXPECT_THAT(CheckSelection(selection), StatusIs(kInvalid, HasSubstr("Namespaces cannot be in")));
}

TEST(ObjectSelection, HoldsForWhatItNames) {
  ObjectSelection selection = ConfigMaps();
  EXPECT_TRUE(IsSelected(selection, "infra", "roots"));
  selection.name = "roots";
  EXPECT_TRUE(IsSelected(selection, "infra", "roots"));
  EXPECT_FALSE(IsSelected(selection, "infra", "others"));
  selection.object_namespace = "shop";
  EXPECT_FALSE(IsSelected(selection, "infra", "roots"));
  EXPECT_TRUE(IsSelected(selection, "shop", "roots"));
}

}  // namespace
}  // namespace countersign::kube
