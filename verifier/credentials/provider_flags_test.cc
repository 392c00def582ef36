#include "verifier/credentials/provider_flags.h"

#include <string>

#include "absl/status/status.h"
#include "base/status_matchers.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace countersign::verifier {
namespace {

using base::IsOkAndHolds;
using base::StatusIs;
using testing::IsNull;
using testing::StartsWith;

TEST(ProviderFlags, NeitherIsNone) { EXPECT_THAT(LoadProviders("", ""), IsOkAndHolds(IsNull())); }

TEST(ProviderFlags, OneAloneIsRefused) {
  EXPECT_THAT(LoadProviders("config.yaml", ""),
              StatusIs(absl::StatusCode::kInvalidArgument,
                       StartsWith("--image-credential-provider-config: ")));
  EXPECT_THAT(LoadProviders("", "bin"),
              StatusIs(absl::StatusCode::kInvalidArgument,
                       StartsWith("--image-credential-provider-bin-dir: ")));
}

TEST(ProviderFlags, AFileThatIsNotThereIsTheFlagsFault) {
  EXPECT_THAT(std::string(LoadProviders("/nowhere/config.yaml", "/nowhere").status().message()),
              StartsWith("--image-credential-provider-config: "));
}

}  // namespace
}  // namespace countersign::verifier
