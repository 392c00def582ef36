#include "registry/fake_registry.h"

#include <string>
#include <thread>

#include "base/deadline.h"
#include "base/eventually.h"
#include "base/status_matchers.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace countersign::registry {
namespace {

using base::IsOk;
using base::IsOkAndHolds;
using base::StatusIs;
using ::testing::_;
using ::testing::ElementsAre;

const oci::Repository kRepository = {"registry.example.org", "app"};
const Credential kAnonymous = {};

TEST(FakeRegistry, ServesWhatWasPut) {
  FakeRegistry registry;
  const oci::Digest manifest = registry.PutManifest(kRepository, "1", "{}");
  const oci::Digest blob = registry.PutBlob(kRepository, "bytes");
  EXPECT_THAT(registry.ResolveTag(kRepository, "1", kAnonymous, absl::InfiniteFuture()),
              IsOkAndHolds(manifest));
  EXPECT_THAT(registry.FetchManifestByTag(kRepository, "1", kAnonymous, absl::InfiniteFuture()),
              IsOkAndHolds("{}"));
  EXPECT_THAT(registry.FetchManifest(kRepository, manifest, 2, kAnonymous, absl::InfiniteFuture()),
              IsOkAndHolds("{}"));
  EXPECT_THAT(registry.FetchManifest(kRepository, manifest, 1, kAnonymous, absl::InfiniteFuture()),
              StatusIs(absl::StatusCode::kResourceExhausted, _));
  EXPECT_THAT(registry.FetchBlob(kRepository, blob, 5, kAnonymous, absl::InfiniteFuture()),
              IsOkAndHolds("bytes"));
  EXPECT_THAT(registry.FetchBlob(kRepository, blob, 4, kAnonymous, absl::InfiniteFuture()),
              StatusIs(absl::StatusCode::kResourceExhausted, _));
  EXPECT_THAT(registry.ResolveTag(kRepository, "2", kAnonymous, absl::InfiniteFuture()),
              StatusIs(absl::StatusCode::kNotFound, _));
}

TEST(FakeRegistry, HasReferrersPageByPageOnceItHasAny) {
  FakeRegistry registry;
  const oci::Digest subject = oci::Digest::Of("an image");
  const auto fetch = [&](const oci::Digest& digest, std::string_view page = "") {
    return registry.FetchReferrers(kRepository, digest, page, kAnonymous, absl::InfiniteFuture());
  };
  EXPECT_THAT(fetch(subject), StatusIs(absl::StatusCode::kNotFound, _));
  registry.SetReferrers(kRepository, subject, {"first", "last"});
  const auto first = fetch(subject);
  ASSERT_THAT(first, IsOk());
  EXPECT_EQ(first->index, "first");
  EXPECT_THAT(first->next, IsOkAndHolds("1"));
  const auto last = fetch(subject, "1");
  ASSERT_THAT(last, IsOk());
  EXPECT_EQ(last->index, "last");
  EXPECT_THAT(last->next, IsOkAndHolds(""));
  EXPECT_THAT(fetch(oci::Digest::Of("another")), IsOk());
  EXPECT_THAT(registry.Calls()[2], testing::EndsWith(subject.ToString() + "?1"));
}

TEST(FakeRegistry, RefusesOtherCredentialsAndNotesWhoAsked) {
  FakeRegistry registry;
  registry.PutManifest(kRepository, "1", "{}");
  const Credential good = {.username = "good", .password = "p"};
  registry.RequireCredential(kRepository, {good});
  EXPECT_THAT(registry.ResolveTag(kRepository, "1", kAnonymous, absl::InfiniteFuture()),
              StatusIs(absl::StatusCode::kUnauthenticated, _));
  EXPECT_THAT(registry.ResolveTag(kRepository, "1", good, absl::InfiniteFuture()), IsOk());
  EXPECT_THAT(registry.Calls(), ElementsAre("resolve registry.example.org/app:1",
                                            "resolve registry.example.org/app:1 as good"));
}

TEST(FakeRegistry, FailsAndCorruptsAsTold) {
  FakeRegistry registry;
  const oci::Digest blob = registry.PutBlob(kRepository, "bytes");
  registry.CorruptBlob(kRepository, blob);
  EXPECT_THAT(registry.FetchBlob(kRepository, blob, 100, kAnonymous, absl::InfiniteFuture()),
              StatusIs(absl::StatusCode::kFailedPrecondition, _));
  registry.FailWith(kRepository, absl::UnavailableError("down"));
  EXPECT_THAT(registry.ResolveTag(kRepository, "1", kAnonymous, absl::InfiniteFuture()),
              StatusIs(absl::StatusCode::kUnavailable, _));
  registry.FailWith(kRepository, absl::UnavailableError("down"), "blob");
  EXPECT_THAT(registry.ResolveTag(kRepository, "1", kAnonymous, absl::InfiniteFuture()),
              StatusIs(absl::StatusCode::kNotFound, _));
}

TEST(FakeRegistry, HoldsWhatItIsToldToUntilItLetsGo) {
  FakeRegistry registry;
  registry.PutManifest(kRepository, "1", "{}");
  registry.Hold(kRepository, "manifest");
  EXPECT_THAT(registry.ResolveTag(kRepository, "1", kAnonymous, absl::InfiniteFuture()), IsOk());
  EXPECT_THAT(
      registry.FetchManifestByTag(kRepository, "1", kAnonymous, base::In(absl::Milliseconds(1))),
      StatusIs(absl::StatusCode::kDeadlineExceeded, _));
  std::thread thread([&registry] {
    EXPECT_THAT(registry.FetchManifestByTag(kRepository, "1", kAnonymous, base::Soon()), IsOk());
  });
  EXPECT_TRUE(base::Eventually([&registry] { return registry.CountHeld(kRepository) == 1; }));
  registry.LetGo(kRepository);
  thread.join();
  EXPECT_EQ(registry.CountHeld(kRepository), 0);
}

}  // namespace
}  // namespace countersign::registry
