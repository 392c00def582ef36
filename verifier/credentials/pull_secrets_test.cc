#include "verifier/credentials/pull_secrets.h"

#include <array>
#include <cstddef>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/synchronization/notification.h"
#include "base/eventually.h"
#include "base/large_text_turn.h"
#include "base/share.h"
#include "base/source_shares.h"
#include "base/status_matchers.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "oci/image_reference.h"
#include "registry/docker_config.h"

namespace countersign::verifier {
namespace {

using ::countersign::base::IsOk;
using ::countersign::base::StatusIs;
using ::testing::HasSubstr;
using ::testing::SizeIs;

const oci::Repository kRepository = {"registry.example.org", "shop/app"};

// For kRepository, with so many bytes of white space.
PullSecrets::SecretPtr SecretOf(size_t padding = 0) {
  return std::make_shared<const kube::Secret>(
      kube::Secret{.type = "kubernetes.io/dockerconfigjson",
                   .data = {{".dockerconfigjson",
                             absl::StrCat(R"({"auths":{"registry.example.org":{"auth":"dTpw"}}})",
                                          std::string(padding, ' '))}}});
}

const base::Share kShare = {.caller = "shim", .group = "shop"};

PullSecrets::Room RoomOf(size_t bytes) {
  return {std::make_shared<base::SourceShares>(bytes, PullSecrets::kRules), kShare};
}

PullSecrets::Room EnoughRoom() { return RoomOf(16 << 20); }

absl::Status StatusOf(PullSecrets& secrets, const PullSecrets::SecretPtr& secret,
                      const PullSecrets::Room& room = EnoughRoom()) {
  absl::Status status = absl::InternalError("not used");
  secrets.Read(secret, room, [&](const PullSecrets::Parsed& parsed) { status = parsed.status(); });
  return status;
}

// Where what was parsed is.
const registry::DockerConfig* AddressOf(PullSecrets& secrets,
                                        const PullSecrets::SecretPtr& secret) {
  const registry::DockerConfig* address = nullptr;
  secrets.Read(secret, EnoughRoom(),
               [&](const PullSecrets::Parsed& parsed) { address = &*parsed; });
  return address;
}

TEST(PullSecrets, SayWhatTheyHoldByTheirTypes) {
  PullSecrets secrets;
  std::vector<registry::Credential> found;
  secrets.Read(SecretOf(), EnoughRoom(), [&](const PullSecrets::Parsed& parsed) {
    ASSERT_THAT(parsed, IsOk());
    found = parsed->FindCredentials(kRepository);
  });
  EXPECT_THAT(found, SizeIs(1));
  const auto other = [&](kube::Secret secret) {
    return StatusOf(secrets, std::make_shared<const kube::Secret>(std::move(secret)));
  };
  EXPECT_THAT(other({.type = "kubernetes.io/dockercfg", .data = {{".dockercfg", "{}"}}}), IsOk());
  EXPECT_THAT(other({.type = "Opaque"}), StatusIs(absl::StatusCode::kNotFound));
  EXPECT_THAT(other({.type = "kubernetes.io/dockercfg", .data = {{".dockerconfigjson", "{}"}}}),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("no member .dockercfg")));
}

TEST(PullSecrets, ShortOnesAreParsedOnceForAllImages) {
  PullSecrets secrets;
  const PullSecrets::SecretPtr secret = SecretOf();
  const registry::DockerConfig* const first = AddressOf(secrets, secret);
  EXPECT_EQ(AddressOf(secrets, secret), first);
  EXPECT_NE(AddressOf(secrets, SecretOf()), first) << "it was read anew";
  // However often.
  const PullSecrets::Room room = EnoughRoom();
  for (size_t i = 0; i < 1'000'000; ++i) {
    secrets.Read(secret, room, [](const PullSecrets::Parsed&) {});
  }
  EXPECT_THAT(StatusOf(secrets, secret), IsOk());
}

TEST(PullSecrets, ALongTextThatIsKeptIsParsedInItsTurnAndUntilThenHoldsUpNoOther) {
  const PullSecrets::SecretPtr secret = SecretOf(100'000);
  const PullSecrets::Room room = EnoughRoom();
  PullSecrets secrets;
  absl::Notification was_read;
  std::thread reader;
  {
    const base::LargeTextTurn others(base::LargeTextTurn::kLargestSmall + 1);
    reader = std::thread([&] {
      EXPECT_THAT(StatusOf(secrets, secret, room), IsOk());
      was_read.Notify();
    });
    EXPECT_TRUE(base::Eventually([&] { return room.shares->held() > 0; })) << "it is kept";
    EXPECT_THAT(StatusOf(secrets, SecretOf(), room), IsOk());
    // Without a turn it would have been parsed long before that is done.
    for (int i = 0; i < 100; ++i) {
      EXPECT_THAT(registry::DockerConfig::ParseConfigJson(*secret->Find(".dockerconfigjson")),
                  IsOk());
    }
    EXPECT_FALSE(was_read.HasBeenNotified());
  }
  EXPECT_TRUE(base::Await(was_read));
  reader.join();
}

TEST(PullSecrets, ALongTextIsParsedOnceForAllWhoReadItAtTheSameTime) {
  const PullSecrets::SecretPtr secret = SecretOf(100'000);
  PullSecrets secrets;
  std::array<const registry::DockerConfig*, 8> found = {};
  std::vector<std::thread> readers;
  for (const registry::DockerConfig*& one : found) {
    readers.emplace_back([&secrets, &secret, &one] { one = AddressOf(secrets, secret); });
  }
  for (std::thread& reader : readers) reader.join();
  EXPECT_THAT(found, testing::Each(AddressOf(secrets, secret)));
}

TEST(PullSecrets, OfLongOnesSoManyBytesAreParsed) {
  PullSecrets secrets;
  const PullSecrets::SecretPtr usual = SecretOf();
  EXPECT_THAT(StatusOf(secrets, usual), IsOk());
  const PullSecrets::SecretPtr secret = SecretOf(1'000'000);
  for (int i = 0; i < 8; ++i) EXPECT_THAT(StatusOf(secrets, secret), IsOk()) << i;
  EXPECT_THAT(StatusOf(secrets, secret), StatusIs(absl::StatusCode::kResourceExhausted));
  EXPECT_THAT(StatusOf(secrets, usual), IsOk()) << "it is kept";
}

TEST(PullSecrets, WhatIsKeptIsBoundedWithEverythingInItsSecret) {
  PullSecrets secrets;
  const auto with_ballast = [](size_t bytes) {
    kube::Secret secret = *SecretOf();
    secret.data.emplace_back("other", std::string(bytes, 'x'));
    return std::make_shared<const kube::Secret>(std::move(secret));
  };
  std::weak_ptr<const kube::Secret> kept;
  std::weak_ptr<const kube::Secret> not_kept;
  {
    const PullSecrets::SecretPtr small = with_ballast(100);
    const PullSecrets::SecretPtr large = with_ballast(PullSecrets::kMaxKeptBytes);
    kept = small;
    not_kept = large;
    EXPECT_THAT(StatusOf(secrets, small), IsOk());
    EXPECT_THAT(StatusOf(secrets, large), IsOk());
  }
  EXPECT_FALSE(kept.expired());
  EXPECT_TRUE(not_kept.expired());
}

TEST(PullSecrets, WhatIsKeptOfAllRequestsIsCountedUntilTheyAreOver) {
  const PullSecrets::Room room = EnoughRoom();
  {
    PullSecrets one;
    PullSecrets other;
    EXPECT_THAT(StatusOf(one, SecretOf(1000), room), IsOk());
    const size_t of_one = room.shares->held();
    EXPECT_GT(of_one, 2000u) << "what it holds, and what is made of that";
    EXPECT_THAT(StatusOf(other, SecretOf(1000), room), IsOk());
    EXPECT_EQ(room.shares->held(), 2 * of_one);
  }
  EXPECT_EQ(room.shares->held(), 0u);
}

TEST(PullSecrets, OfShortEntriesWhatIsMadeOfThemIsCounted) {
  std::string auths;
  for (int i = 0; i < 1000; ++i) {
    absl::StrAppend(&auths, i == 0 ? "" : ",", "\"", i, "\":{\"auth\":\"dTpw\"}");
  }
  const auto secret = std::make_shared<const kube::Secret>(kube::Secret{
      .type = "kubernetes.io/dockercfg", .data = {{".dockercfg", absl::StrCat("{", auths, "}")}}});
  const PullSecrets::Room room = EnoughRoom();
  PullSecrets secrets;
  EXPECT_THAT(StatusOf(secrets, secret, room), IsOk());
  EXPECT_EQ(room.shares->held(), 0u) << "each entry takes many times its text";
  const PullSecrets::SecretPtr padded = SecretOf(auths.size());
  EXPECT_THAT(StatusOf(secrets, padded, room), IsOk());
  EXPECT_GT(room.shares->held(), 2 * auths.size()) << "as much white space does not";
}

// Whoever asks the shim may make namespaces up.
TEST(PullSecrets, HoweverManyNamespacesOneCallerNamesThereIsRoomForAnother) {
  const PullSecrets::Room room = RoomOf(96 << 10);
  std::array<PullSecrets, 100> of_greedy;
  for (size_t i = 0; i < of_greedy.size(); ++i) {
    const base::Share greedy = {.caller = "greedy", .group = absl::StrCat(i)};
    EXPECT_THAT(StatusOf(of_greedy[i], SecretOf(1000), {room.shares, greedy}), IsOk());
  }
  const size_t held = room.shares->held();
  EXPECT_GT(room.shares->refused(), 0u);
  EXPECT_LE(held, size_t{72} << 10);
  PullSecrets secrets;
  const base::Share modest = {.caller = "modest", .group = "shop"};
  EXPECT_THAT(StatusOf(secrets, SecretOf(1000), {room.shares, modest}), IsOk());
  EXPECT_GT(room.shares->held(), held);
}

TEST(PullSecrets, WhatFindsNoRoomIsReadForEachImage) {
  const PullSecrets::Room room = RoomOf(1000);
  PullSecrets secrets;
  const PullSecrets::SecretPtr secret = SecretOf(1000);
  const std::weak_ptr<const kube::Secret> in_memory = secret;
  for (int i = 0; i < 3; ++i) EXPECT_THAT(StatusOf(secrets, secret, room), IsOk());
  EXPECT_EQ(room.shares->held(), 0u);
  EXPECT_EQ(room.shares->refused(), 3u);
  EXPECT_EQ(in_memory.use_count(), 1) << "it is kept";
}

}  // namespace
}  // namespace countersign::verifier
