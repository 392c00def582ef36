#include "shim/address_follower.h"

#include <algorithm>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "base/deadline.h"
#include "base/eventually.h"
#include "base/fake_clock.h"
#include "base/status_matchers.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace countersign::shim {
namespace {

using base::IsOk;
using base::StatusIs;
using testing::ElementsAre;

class AddressFollowerTest : public testing::Test {
 protected:
  void Start() {
    follower_ = std::make_unique<AddressFollower>(
        [this](absl::Time deadline) {
          EXPECT_GT(deadline, base::In(absl::ZeroDuration()));
          absl::MutexLock lock(&mutex_);
          ++looks_;
          return found_;
        },
        [this](const std::vector<std::string>& addresses) {
          absl::MutexLock lock(&mutex_);
          told_ = addresses;
        },
        &clock_);
    EXPECT_TRUE(base::Eventually([this] { return looks() == 1; }));
    EXPECT_TRUE(clock_.AwaitLook());
  }

  // What was to be done by then has been done.
  void Advance(absl::Duration by) {
    const absl::Time end = clock_.Now() + by;
    while (clock_.Now() < end) {
      clock_.Advance(std::min(end - clock_.Now(), absl::Milliseconds(100)));
      EXPECT_TRUE(clock_.AwaitLook());
    }
  }

  void Find(absl::StatusOr<std::vector<std::string>> found) {
    absl::MutexLock lock(&mutex_);
    found_ = std::move(found);
  }

  int looks() const {
    absl::MutexLock lock(&mutex_);
    return looks_;
  }
  std::vector<std::string> told() const {
    absl::MutexLock lock(&mutex_);
    return told_;
  }

  base::FakeClock clock_;
  mutable absl::Mutex mutex_;
  absl::StatusOr<std::vector<std::string>> found_ ABSL_GUARDED_BY(mutex_) =
      std::vector<std::string>{"192.0.2.1:1"};
  std::vector<std::string> told_ ABSL_GUARDED_BY(mutex_);
  int looks_ ABSL_GUARDED_BY(mutex_) = 0;
  std::unique_ptr<AddressFollower> follower_;
};

TEST_F(AddressFollowerTest, LooksAtOnceAndEachTenSeconds) {
  Start();
  EXPECT_THAT(told(), ElementsAre("192.0.2.1:1"));
  Find(std::vector<std::string>{"192.0.2.2:1", "192.0.2.3:1"});
  Advance(absl::Seconds(9));
  EXPECT_EQ(looks(), 1);
  EXPECT_THAT(told(), ElementsAre("192.0.2.1:1"));
  Advance(absl::Seconds(2));
  EXPECT_EQ(looks(), 2);
  EXPECT_THAT(told(), ElementsAre("192.0.2.2:1", "192.0.2.3:1"));
}

TEST_F(AddressFollowerTest, LooksSoonerWhereOneIsMissedButNotAllTheTime) {
  Start();
  Find(std::vector<std::string>{"192.0.2.2:1"});
  follower_->LookAgain();
  Advance(absl::Milliseconds(700));
  EXPECT_EQ(looks(), 1);
  Advance(absl::Milliseconds(700));
  EXPECT_EQ(looks(), 2);
  EXPECT_THAT(told(), ElementsAre("192.0.2.2:1"));
  // It was seen to: the next is not.
  Advance(absl::Seconds(5));
  EXPECT_EQ(looks(), 2);
}

TEST_F(AddressFollowerTest, WhatCannotBeLookedUpTakesNothingAway) {
  Start();
  EXPECT_THAT(follower_->Fault(), IsOk());
  for (const absl::Status& fault :
       {absl::UnavailableError("away"), absl::NotFoundError("has no address")}) {
    Find(fault);
    Advance(absl::Seconds(11));
    EXPECT_EQ(follower_->Fault(), fault);
    EXPECT_THAT(told(), ElementsAre("192.0.2.1:1"));
  }
  Find(std::vector<std::string>{"192.0.2.2:1"});
  Advance(absl::Seconds(11));
  EXPECT_THAT(follower_->Fault(), IsOk());
  EXPECT_THAT(told(), ElementsAre("192.0.2.2:1"));
}

TEST_F(AddressFollowerTest, ThereMayBeNoneToBeginWith) {
  Find(absl::UnavailableError("away"));
  Start();
  EXPECT_THAT(told(), ElementsAre());
  EXPECT_THAT(follower_->Fault(), StatusIs(absl::StatusCode::kUnavailable));
}

}  // namespace
}  // namespace countersign::shim
