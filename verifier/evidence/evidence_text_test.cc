#include "verifier/evidence/evidence_text.h"

#include <atomic>
#include <cstddef>
#include <memory>
#include <string>

#include "absl/time/time.h"
#include "base/deadline.h"
#include "base/status_matchers.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "registry/fake_registry.h"

namespace countersign::verifier {
namespace {

using base::IsOk;
using base::StatusIs;

const oci::Repository kRepository = {"registry.example.org", "app"};
const oci::Digest kDigest = oci::Digest::Of("an image");
const registry::Credential kAnonymous = {};

class EvidenceTextTest : public testing::Test {
 protected:
  ImageSource Source() { return {&registry_, kRepository, kDigest, kAnonymous, looking_, turns_}; }
  absl::Status Read(size_t size, absl::StatusOr<std::string> text, std::string* read = nullptr) {
    return FetchAndRead(
        Source(), size, *held_,
        [&] {
          held_when_fetched_ = bytes_.held();
          return text;
        },
        [&](const std::string& bytes) {
          if (read != nullptr) *read = bytes;
          return bytes == "bad" ? absl::InvalidArgumentError("is bad") : absl::OkStatus();
        });
  }

  base::ByteBudget bytes_{{.total = 4000, .of_account = 1000}};
  base::WorkerPool pool_{{.threads = 2}};
  base::Turnstile turns_{1};
  registry::FakeRegistry registry_;
  Looking looking_ = {.pool = &pool_,
                      .allowance = std::make_shared<Allowance>(base::Share(), bytes_.OpenAccount(),
                                                               Allowance::Limits()),
                      .deadline = base::In(absl::Milliseconds(1))};
  std::shared_ptr<base::HeldBytes> held_ = looking_.allowance->bytes().Hold();
  size_t held_when_fetched_ = 0;
};

TEST_F(EvidenceTextTest, HasRoomForAllItsCopiesBeforeItIsAskedFor) {
  looking_.deadline = absl::InfiniteFuture();
  std::string read;
  EXPECT_THAT(Read(100, "text", &read), IsOk());
  EXPECT_EQ(read, "text");
  EXPECT_EQ(held_when_fetched_, 300u);
  EXPECT_EQ(held_->bytes(), 300u);
}

TEST_F(EvidenceTextTest, IsItsReadersOwn) {
  looking_.deadline = absl::InfiniteFuture();
  const char* fetched = nullptr;
  const char* read = nullptr;
  EXPECT_THAT(FetchAndRead(
                  Source(), 100, *held_,
                  [&]() -> absl::StatusOr<std::string> {
                    std::string text(100, 'x');
                    fetched = text.data();
                    return text;
                  },
                  [&](std::string bytes) {
                    read = bytes.data();
                    return absl::OkStatus();
                  }),
              IsOk());
  EXPECT_EQ(read, fetched);
}

TEST_F(EvidenceTextTest, IsNotAskedForWithoutRoom) {
  EXPECT_THAT(Read(334, "text"), StatusIs(absl::StatusCode::kResourceExhausted));
  EXPECT_EQ(held_when_fetched_, 0u);
}

TEST_F(EvidenceTextTest, SaysWhatWentWrong) {
  looking_.deadline = absl::InfiniteFuture();
  EXPECT_THAT(Read(10, absl::UnavailableError("is away")),
              StatusIs(absl::StatusCode::kUnavailable, "is away"));
  EXPECT_THAT(Read(10, "bad"), StatusIs(absl::StatusCode::kInvalidArgument, "is bad"));
}

TEST_F(EvidenceTextTest, IsReadOnlyInItsTurn) {
  const auto place = turns_.Enter({}, nullptr, absl::InfiniteFuture());
  ASSERT_THAT(place, IsOk());
  std::string read;
  EXPECT_THAT(Read(10, "text", &read), StatusIs(absl::StatusCode::kDeadlineExceeded));
  EXPECT_EQ(read, "");
}

TEST(NotRead, IsUnknownWhereTheCredentialWasRefused) {
  EXPECT_THAT(NotRead("it", absl::UnauthenticatedError("who?")),
              StatusIs(absl::StatusCode::kAborted, "it: who?"));
  EXPECT_THAT(NotRead("it", absl::PermissionDeniedError("no")),
              StatusIs(absl::StatusCode::kAborted, "it: no"));
  EXPECT_THAT(NotRead("it", absl::NotFoundError("is not there")),
              StatusIs(absl::StatusCode::kNotFound, "it: is not there"));
}

TEST_F(EvidenceTextTest, HoldsJustWhatWasMadeOfIt) {
  ASSERT_TRUE(held_->Take(300));
  EXPECT_THAT(HoldJust(100, *held_), IsOk());
  EXPECT_EQ(held_->bytes(), 100u);
  EXPECT_THAT(HoldJust(1000, *held_), IsOk());
  EXPECT_EQ(held_->bytes(), 1000u);
  EXPECT_THAT(HoldJust(1001, *held_), StatusIs(absl::StatusCode::kResourceExhausted));
}

TEST_F(EvidenceTextTest, DoesNotWaitForRoomThatTheLookKeeps) {
  const auto kept = looking_.allowance->bytes().Hold();
  ASSERT_TRUE(kept->Take(800));
  looking_.Keep(*kept);
  looking_.deadline = absl::InfiniteFuture();
  looking_.is_wanted = [] { return false; };  // whoever waits is told so
  EXPECT_THAT(Read(100, "text"), StatusIs(absl::StatusCode::kResourceExhausted));
}

TEST_F(EvidenceTextTest, EachIsDoneOnce) {
  std::atomic<int> done = 0;
  EXPECT_THAT(ForEachAtOnce(Source(), 50, [&](size_t) { ++done; }), IsOk());
  EXPECT_EQ(done, 50);
  EXPECT_THAT(ForEachAtOnce(Source(), 0, [&](size_t) { ++done; }), IsOk());
  EXPECT_EQ(done, 50);
}

TEST_F(EvidenceTextTest, NothingMoreIsDoneOnceNobodyWaits) {
  std::atomic<int> done = 0;
  looking_.is_wanted = [&] { return done < 3; };
  EXPECT_THAT(ForEachAtOnce(Source(), 50, [&](size_t) { ++done; }),
              StatusIs(absl::StatusCode::kCancelled));
  EXPECT_LT(done, 50);
}

}  // namespace
}  // namespace countersign::verifier
