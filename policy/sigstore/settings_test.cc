#include "policy/sigstore/settings.h"

#include <string_view>
#include <utility>

#include "absl/status/status.h"
#include "base/json.h"
#include "base/status_matchers.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace countersign::policy {
namespace {

using base::IsOk;
using base::Json;
using base::StatusIs;
using ::testing::HasSubstr;

absl::StatusOr<ControllerSettings> Read(Json data) {
  return ReadControllerSettings({{"kind", "ConfigMap"}, {"data", std::move(data)}});
}

ControllerSettings Settings(Json data) {
  const absl::StatusOr<ControllerSettings> settings = Read(std::move(data));
  EXPECT_THAT(settings, IsOk());
  return settings.value_or(ControllerSettings());
}

// The maps of sigstore/policy-controller at f925c0c (Apache-2.0), pkg/config/testdata and store_test.go.
TEST(ControllerSettings, AreThoseOfThePolicyControllersMaps) {
  EXPECT_EQ(Settings({{"no-match-policy", "allow"}}).no_match, NoMatch::kAllow);
  EXPECT_EQ(Settings({{"no-match-policy", "warn"}}).no_match, NoMatch::kWarn);
  EXPECT_EQ(Settings({{"no-match-policy", "deny"}}).no_match, NoMatch::kDeny);
  EXPECT_EQ(Settings({{"some-other-key", "somethingelse"}}).no_match, NoMatch::kDeny);
  const ControllerSettings empty =
      Settings({{"no-match-policy", "deny"}, {"fail-on-empty-authorities", "false"}});
  EXPECT_EQ(empty.no_match, NoMatch::kDeny);
  EXPECT_FALSE(empty.fails_on_empty_authorities);
  EXPECT_TRUE(Settings({{"enable-oci11", "true"}}).enables_oci11);
  EXPECT_FALSE(Settings({{"enable-oci11", "false"}}).enables_oci11);
  EXPECT_THAT(
      Read({{"enable-oci11", "not-a-boolean"}}),
      StatusIs(absl::StatusCode::kInvalidArgument,
               HasSubstr("/data/enable-oci11: must be true or false, is \"not-a-boolean\"")));
}

TEST(ControllerSettings, AreTheDefaultsInAMapThatSaysNothing) {
  for (const Json& data :
       {Json(nullptr), Json::object(), Json({{"_example", "no-match-policy: allow"}})}) {
    const ControllerSettings settings = Settings(data);
    EXPECT_EQ(settings.no_match, NoMatch::kDeny);
    EXPECT_EQ(settings.unknown_no_match, "");
    EXPECT_TRUE(settings.fails_on_empty_authorities);
    EXPECT_FALSE(settings.enables_oci11);
  }
}

TEST(ControllerSettings, DenyAndSayThatTheWordIsUnknown) {
  const ControllerSettings settings = Settings({{"no-match-policy", "Allow"}});
  EXPECT_EQ(settings.no_match, NoMatch::kDeny);
  EXPECT_EQ(settings.unknown_no_match, "Allow");
  EXPECT_EQ(Settings({{"no-match-policy", "allow "}}).no_match, NoMatch::kDeny);
  EXPECT_EQ(Settings({{"no-match-policy", "deny"}}).unknown_no_match, "");
}

TEST(ControllerSettings, TakeGosBooleans) {
  for (std::string_view word : {"1", "t", "T", "TRUE", "true", "True"}) {
    EXPECT_TRUE(Settings({{"enable-oci11", word}}).enables_oci11) << word;
  }
  for (std::string_view word : {"0", "f", "F", "FALSE", "false", "False"}) {
    EXPECT_FALSE(Settings({{"fail-on-empty-authorities", word}}).fails_on_empty_authorities)
        << word;
  }
  for (std::string_view word : {"", "yes", "tRUE", " true", "on"}) {
    EXPECT_THAT(Read({{"enable-oci11", word}}), StatusIs(absl::StatusCode::kInvalidArgument))
        << word;
  }
}

TEST(ControllerSettings, AreNoneOfWhatIsNoConfigMap) {
  EXPECT_THAT(Read("x"), StatusIs(absl::StatusCode::kInvalidArgument));
  EXPECT_THAT(Read({{"no-match-policy", true}}), StatusIs(absl::StatusCode::kInvalidArgument));
  EXPECT_THAT(Read({{"enable-oci11", true}}), StatusIs(absl::StatusCode::kInvalidArgument));
  EXPECT_THAT(ReadControllerSettings("x"), StatusIs(absl::StatusCode::kInvalidArgument));
}

}  // namespace
}  // namespace countersign::policy
