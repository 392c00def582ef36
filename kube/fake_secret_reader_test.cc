#include "kube/fake_secret_reader.h"

#include "base/status_matchers.h"
#include "gtest/gtest.h"

namespace countersign::kube {
namespace {

using base::IsOk;
using base::IsOkAndHolds;
using base::StatusIs;
using testing::ElementsAre;
using testing::Field;

const absl::Time kNever = absl::InfiniteFuture();

TEST(FakeSecretReader, KeepsSecretsUntilTheyAreRemoved) {
  FakeSecretReader reader;
  EXPECT_THAT(reader.FetchSecret("shop", "pull", kNever), StatusIs(absl::StatusCode::kNotFound));
  reader.PutSecret("shop", "pull", {.type = "Opaque", .data = {{"a", "b"}}});
  EXPECT_THAT(reader.FetchSecret("shop", "pull", kNever),
              IsOkAndHolds(Field(&Secret::type, "Opaque")));
  EXPECT_THAT(reader.FetchSecret("other", "pull", kNever), StatusIs(absl::StatusCode::kNotFound));
  reader.RemoveSecret("shop", "pull");
  EXPECT_THAT(reader.FetchSecret("shop", "pull", kNever), StatusIs(absl::StatusCode::kNotFound));
  EXPECT_EQ(reader.fetches(), 4);
}

TEST(FakeSecretReader, KeepsServiceAccounts) {
  FakeSecretReader reader;
  reader.PutServiceAccount("shop", "default", {.image_pull_secrets = {"pull"}});
  EXPECT_THAT(reader.FetchServiceAccount("shop", "default", kNever),
              IsOkAndHolds(Field(&ServiceAccount::image_pull_secrets, ElementsAre("pull"))));
}

TEST(FakeSecretReader, GivesNothingAfterTheDeadline) {
  FakeSecretReader reader;
  reader.PutSecret("shop", "pull", {});
  reader.PutServiceAccount("shop", "default", {});
  EXPECT_THAT(reader.FetchSecret("shop", "pull", absl::InfinitePast()),
              StatusIs(absl::StatusCode::kDeadlineExceeded));
  EXPECT_THAT(reader.FetchServiceAccount("shop", "default", absl::InfinitePast()),
              StatusIs(absl::StatusCode::kDeadlineExceeded));
}

TEST(FakeSecretReader, FailsAsToldUntilToldOtherwise) {
  FakeSecretReader reader;
  reader.PutSecret("shop", "pull", {});
  reader.FailWith(absl::UnavailableError("down"));
  EXPECT_THAT(reader.FetchSecret("shop", "pull", kNever),
              StatusIs(absl::StatusCode::kUnavailable, "down"));
  EXPECT_THAT(reader.FetchServiceAccount("shop", "default", kNever),
              StatusIs(absl::StatusCode::kUnavailable, "down"));
  reader.FailWith(absl::OkStatus());
  EXPECT_THAT(reader.FetchSecret("shop", "pull", kNever), IsOk());
}

}  // namespace
}  // namespace countersign::kube
