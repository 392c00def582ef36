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

TEST_F(RefusalMemoryTest, UntilWhenIsKnownOfWhoIsBusyAlone) {
  const absl::Time began = clock_.Now();
  memory_.AddBusy(app_, one_, absl::ResourceExhaustedError("busy"), absl::Seconds(30));
  memory_.AddRepository(other_, one_, refused_);
  clock_.Advance(absl::Seconds(3));
  EXPECT_EQ(memory_.BusyUntil(app_, one_), began + absl::Seconds(30));
  EXPECT_EQ(memory_.BusyUntil(other_, one_), absl::InfinitePast());
  EXPECT_EQ(memory_.BusyUntil(app_, two_), absl::InfinitePast());
  // Nobody who is refused gets in by waiting.
  memory_.AddAccount("reg.example", one_, refused_);
  EXPECT_EQ(memory_.BusyUntil(app_, one_), absl::InfinitePast());
}

}  // namespace
}  // namespace countersign::registry
