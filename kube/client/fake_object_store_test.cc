#include "kube/client/fake_object_store.h"

#include "absl/status/status.h"
#include "base/status_matchers.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace countersign::kube {
namespace {

const absl::Time kDeadline = absl::InfiniteFuture();
const ObjectPath kPath = {
    .version = "v1", .object_namespace = "shop", .resource = "secrets", .name = "regcred"};
const base::Json kObject = {{"metadata", {{"name", "regcred"}}}, {"type", "Opaque"}};

TEST(FakeObjectStore, GivesBackWhatWasCreated) {
  FakeObjectStore store;
  EXPECT_TRUE(absl::IsNotFound(store.Get(kPath, kDeadline).status()));
  ASSERT_TRUE(store.Create(kPath, kObject, kDeadline).ok());
  const absl::StatusOr<base::Json> object = store.Get(kPath, kDeadline);
  ASSERT_TRUE(object.ok());
  EXPECT_EQ((*object)["type"], "Opaque");
  EXPECT_TRUE(absl::IsAlreadyExists(store.Create(kPath, kObject, kDeadline).status()));
}

TEST(FakeObjectStore, RefusesToReplaceWhatWasChangedSince) {
  FakeObjectStore store;
  base::Json read = *store.Create(kPath, kObject, kDeadline);
  ASSERT_TRUE(store.Replace(kPath, read, kDeadline).ok());
  EXPECT_TRUE(absl::IsAborted(store.Replace(kPath, read, kDeadline).status()));
  EXPECT_EQ(store.writes(), 2);
}

TEST(FakeObjectStore, StatusIsReplacedOnlyThroughItsSubresource) {
  FakeObjectStore store;
  base::Json object = *store.Create(kPath, kObject, kDeadline);
  object["type"] = "changed";
  object["status"] = {{"phase", "Good"}};
  ObjectPath status = kPath;
  status.sub_resource = "status";
  object = *store.Replace(status, object, kDeadline);
  EXPECT_EQ(object["type"], "Opaque");
  EXPECT_EQ(object["status"]["phase"], "Good");
  object["status"]["phase"] = "Bad";
  object = *store.Replace(kPath, object, kDeadline);
  EXPECT_EQ(object["status"]["phase"], "Good");
}

TEST(FakeObjectStore, DoesNothingAfterTheDeadline) {
  FakeObjectStore store;
  const base::Json object = *store.Create(kPath, kObject, kDeadline);
  const absl::Time late = absl::InfinitePast();
  EXPECT_TRUE(absl::IsDeadlineExceeded(store.Get(kPath, late).status()));
  EXPECT_TRUE(absl::IsDeadlineExceeded(store.Create(kPath, kObject, late).status()));
  EXPECT_TRUE(absl::IsDeadlineExceeded(store.Replace(kPath, object, late).status()));
  EXPECT_EQ(store.writes(), 1);
}

TEST(FakeObjectStore, TheHookCanFailCalls) {
  FakeObjectStore store;
  store.SetHook([](std::string_view method, const ObjectPath&) {
    return method == "GET" ? absl::UnavailableError("gone") : absl::OkStatus();
  });
  EXPECT_TRUE(store.Create(kPath, kObject, kDeadline).ok());
  EXPECT_TRUE(absl::IsUnavailable(store.Get(kPath, kDeadline).status()));
}

}  // namespace
}  // namespace countersign::kube
