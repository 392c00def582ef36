#include "registry/refusal_memory.h"

#include <optional>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "base/fake_clock.h"
#include "gtest/gtest.h"
#include "oci/image_reference.h"
#include "registry/credential.h"

namespace countersign::registry {
namespace {

class RefusalMemoryTest : public testing::Test {
 protected:
  base::FakeClock clock_;
  RefusalMemory memory_{&clock_};
  const oci::Repository app_{"reg.example", "team/app"};
  const oci::Repository other_{"reg.example", "team/other"};
  const oci::Repository elsewhere_{"other.example", "team/app"};
  const Credential one_{.username = "u", .password = "1"};
  const Credential two_{.username = "u", .password = "2"};
  const absl::Status refused_ = absl::UnauthenticatedError("refused");
};

TEST_F(RefusalMemoryTest, ARepositorysRefusalIsItsOwn) {
  memory_.AddRepository(app_, one_, refused_);
  EXPECT_EQ(memory_.Find(app_, one_), refused_);
  EXPECT_EQ(memory_.Find(other_, one_), std::nullopt);
  EXPECT_EQ(memory_.Find(elsewhere_, one_), std::nullopt);
  EXPECT_EQ(memory_.Find(app_, two_), std::nullopt);
  EXPECT_EQ(memory_.Find(app_, {}), std::nullopt);
  clock_.Advance(absl::Seconds(5));
  EXPECT_EQ(memory_.Find(app_, one_), std::nullopt);
}

TEST_F(RefusalMemoryTest, AnAccountsRefusalIsOfItsRegistry) {
  memory_.AddAccount("reg.example", one_, refused_);
  EXPECT_EQ(memory_.Find(app_, one_), refused_);
  EXPECT_EQ(memory_.Find(other_, one_), refused_);
  EXPECT_EQ(memory_.Find(elsewhere_, one_), std::nullopt);
  EXPECT_EQ(memory_.Find(app_, two_), std::nullopt);
  clock_.Advance(absl::Seconds(5));
  EXPECT_EQ(memory_.Find(app_, one_), std::nullopt);
}

TEST_F(RefusalMemoryTest, WhoIsBusyIsLeftAloneForHisTime) {
  memory_.AddBusy(app_, {}, absl::ResourceExhaustedError("busy"), absl::Seconds(30));
  clock_.Advance(absl::Seconds(29));
  EXPECT_EQ(memory_.Find(app_, {}), absl::ResourceExhaustedError("busy"));
  EXPECT_EQ(memory_.Find(other_, {}), std::nullopt);
  EXPECT_EQ(memory_.Find(app_, one_), std::nullopt);
  clock_.Advance(absl::Seconds(1));
  EXPECT_EQ(memory_.Find(app_, {}), std::nullopt);
}

}  // namespace
}  // namespace countersign::registry
