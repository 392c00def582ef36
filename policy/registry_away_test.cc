#include "policy/registry_away.h"

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "gtest/gtest.h"
#include "policy/evidence.h"

namespace countersign::policy {
namespace {

const absl::Time kSince =
    absl::FromCivil(absl::CivilSecond(2026, 11, 30, 10, 2, 11), absl::UTCTimeZone());

TEST(RegistryAway, SaysSinceWhenAndKeepsEverythingElse) {
  const absl::Status why = Unresolved(absl::UnavailableError("reg.example refused the connection"));
  EXPECT_FALSE(IsRegistryAway(why));
  const absl::Status away = RegistryAway(why, kSince);
  EXPECT_TRUE(IsRegistryAway(away));
  EXPECT_TRUE(IsUnresolved(away));
  EXPECT_EQ(away.code(), absl::StatusCode::kUnavailable);
  EXPECT_EQ(away.message(),
            "reg.example refused the connection; the registry could not be reached since "
            "2026-11-30T10:02:11Z");
  EXPECT_EQ(RegistryAway(away, kSince + absl::Hours(1)), away);
}

TEST(RegistryAway, WhatIsNoErrorStaysNone) {
  EXPECT_TRUE(RegistryAway(absl::OkStatus(), kSince).ok());
  EXPECT_FALSE(IsRegistryAway(absl::OkStatus()));
}

TEST(SayAged, NamesTheImageAndHowOldItIs) {
  EXPECT_EQ(
      SayAged("reg.example/app\n", absl::Minutes(23) + absl::Seconds(59)),
      "The image: reg.example/app\\x0a is admitted by what was verified 23 minutes ago, as its "
      "registry cannot be reached.");
  EXPECT_NE(SayAged("app", absl::Seconds(1)).find(" 1 second ago"), std::string::npos);
  EXPECT_NE(SayAged("app", absl::Hours(1)).find(" 60 minutes ago"), std::string::npos);
}

}  // namespace
}  // namespace countersign::policy
