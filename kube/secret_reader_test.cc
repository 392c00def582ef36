#include "kube/secret_reader.h"

#include <string>

#include "absl/status/status.h"
#include "base/status_matchers.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace countersign::kube {
namespace {

using base::StatusIs;
using testing::HasSubstr;
using testing::Pointee;

TEST(Secret, ValuesAreFoundByTheirKeys) {
  const Secret secret = {.type = "Opaque", .data = {{"a", "1"}, {"b", ""}}};
  EXPECT_THAT(secret.Find("a"), Pointee(std::string("1")));
  EXPECT_THAT(secret.Find("b"), Pointee(std::string()));
  EXPECT_EQ(secret.Find("c"), nullptr);
}

TEST(NoSecrets, EverythingIsAbsent) {
  NoSecrets none;
  EXPECT_THAT(none.FetchSecret("shop", "regcred", absl::InfiniteFuture()),
              StatusIs(absl::StatusCode::kNotFound, HasSubstr("no Secrets here")));
  EXPECT_THAT(none.FetchServiceAccount("shop", "default", absl::InfiniteFuture()),
              StatusIs(absl::StatusCode::kNotFound, HasSubstr("no service accounts here")));
}

}  // namespace
}  // namespace countersign::kube
