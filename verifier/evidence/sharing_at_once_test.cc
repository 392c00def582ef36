// Who asks for the same image at the same moment: one of those with the same credential looks, and
// nobody else waits for him.

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/synchronization/notification.h"
#include "absl/time/time.h"
#include "base/eventually.h"
#include "base/status_matchers.h"
#include "cosign/signature_layer.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "registry/registry.h"
#include "verifier/evidence/evidence_gatherer.h"
#include "verifier/evidence/sharing_fixture.h"
#include "verifier/test_cluster.h"

namespace countersign::verifier {
namespace {

using base::IsOk;
using base::StatusIs;
using registry::Credential;
using ::testing::_;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using Freshness = EvidenceGatherer::Freshness;

// A registry whose signature manifests come when the gate is opened, and whose connection may be cut.
class GatedRegistry final : public registry::Registry {
 public:
  explicit GatedRegistry(registry::Registry* registry) : registry_(registry) {}
  ~GatedRegistry() override { Open(); }

  void Open() {
    if (!gate_.HasBeenNotified()) gate_.Notify();
  }
  // How many have come to the gate so far.
  int came() const { return came_; }
  void CutNextBlob() { cuts_next_blob_ = true; }

  absl::StatusOr<oci::Digest> ResolveTag(const oci::Repository& repository, std::string_view tag,
                                         const Credential& credential,
                                         const registry::Bounds& bounds) override {
    return registry_->ResolveTag(repository, tag, credential, bounds);
  }
  absl::StatusOr<std::string> FetchManifestByTag(const oci::Repository& repository,
                                                 std::string_view tag, const Credential& credential,
                                                 const registry::Bounds& bounds) override {
    ++came_;
    EXPECT_TRUE(base::Await(gate_));
    return registry_->FetchManifestByTag(repository, tag, credential, bounds);
  }
  absl::StatusOr<std::string> FetchManifest(const oci::Repository& repository,
                                            const oci::Digest& digest, size_t max_bytes,
                                            const Credential& credential,
                                            const registry::Bounds& bounds) override {
    return registry_->FetchManifest(repository, digest, max_bytes, credential, bounds);
  }
  absl::StatusOr<registry::ReferrersPage> FetchReferrers(const oci::Repository& repository,
                                                         const oci::Digest& subject,
                                                         std::string_view page,
                                                         const Credential& credential,
                                                         const registry::Bounds& bounds) override {
    return registry_->FetchReferrers(repository, subject, page, credential, bounds);
  }
  absl::StatusOr<std::string> FetchBlob(const oci::Repository& repository,
                                        const oci::Digest& digest, size_t max_bytes,
                                        const Credential& credential,
                                        const registry::Bounds& bounds) override {
    if (cuts_next_blob_.exchange(false)) return absl::UnavailableError("the connection was cut");
    return registry_->FetchBlob(repository, digest, max_bytes, credential, bounds);
  }

 private:
  registry::Registry* const registry_;
  absl::Notification gate_;
  std::atomic<int> came_ = 0;
  std::atomic<bool> cuts_next_blob_ = false;
};

// How somebody asks.
struct Manner {
  std::string image = "";  // empty: the test's own, by digest
  Freshness freshness = Freshness::kRemembered;
  AllowancePtr allowance = nullptr;
  std::function<bool()> is_wanted = nullptr;
};

// Namespaces that ask at the same time, of a gatherer whose registry waits.
class SharingAtOnceTest : public SharingTest {
 protected:
  using Answer = absl::StatusOr<GatheredPtr>;

  // One of them, on a thread of its own.
  class Asker {
   public:
    Asker(SharingAtOnceTest* test, int i, const Manner& manner = {})
        : thread_([=, this] {
            const CredentialScope scope = {.workload_namespace = Namespace(i),
                                           .image_pull_secrets = {"regcred"}};
            const std::string image = manner.image.empty() ? test->ByDigest() : manner.image;
            answer_ = test->gatherer_.Gather(
                {.image = *oci::ImageReference::Parse(image),
                 .scope = ShareScope(scope),
                 .plan = {.stages = {{policy::Place::kSignatureTag}}},
                 .is_enough = [](const policy::Evidence&) { return false; }},
                manner.freshness,
                {.pool = &test->cluster_.pool,
                 .allowance = manner.allowance != nullptr ? manner.allowance
                                                          : test->cluster_.OpenAllowance(),
                 .is_wanted = manner.is_wanted,
                 .deadline = test->cluster_.clock.Now() + absl::Minutes(1)});
            has_ended_ = true;
          }) {}
    ~Asker() { Join(); }
    bool has_ended() const { return has_ended_; }
    const Answer& Wait() {
      Join();
      return *answer_;
    }

   private:
    void Join() {
      if (thread_.joinable()) thread_.join();
    }
    std::optional<Answer> answer_;
    std::atomic<bool> has_ended_ = false;
    std::thread thread_;
  };

  // One that has come to the registry, and waits there.
  std::unique_ptr<Asker> Lead(const Manner& manner = {}) {
    auto leader = std::make_unique<Asker>(this, 0, manner);
    EXPECT_TRUE(base::Eventually([&] { return gated_.came() == 1; }));
    return leader;
  }

  // All the others, waiting for what it finds.
  std::vector<std::unique_ptr<Asker>> Follow() {
    cluster_.clock.Advance(absl::Milliseconds(1));
    std::vector<std::unique_ptr<Asker>> others;
    for (int i = 1; i < kNamespaces; ++i) {
      const uint64_t waits = cluster_.clock.waits();
      others.push_back(std::make_unique<Asker>(this, i));
      EXPECT_TRUE(base::Eventually([&] { return cluster_.clock.waits() > waits; }));
    }
    return others;
  }

  GatedRegistry gated_{&cluster_.registry};
  EvidenceGatherer gatherer_{&gated_, &cluster_.credentials, &cluster_.pool, &cluster_.clock, {}};
};

TEST_F(SharingAtOnceTest, ReadTheSignaturesOnce) {
  cluster_.registry.RequireCredential(repository_, {robot_});
  const auto leader = Lead();
  const auto others = Follow();
  gated_.Open();
  ASSERT_THAT(leader->Wait(), IsOk());
  EXPECT_FALSE((*leader->Wait())->may_only_allow);
  for (const auto& other : others) {
    ASSERT_THAT(other->Wait(), IsOk());
    EXPECT_THAT((*other->Wait())->evidence.AllItems(), SizeIs(1));
    // It began before they asked.
    EXPECT_TRUE((*other->Wait())->may_only_allow);
    EXPECT_THAT((*other->Wait())->evidence.how, testing::Not(HasSubstr(Namespace(0) + "/")));
  }
  EXPECT_EQ(CountCalls("manifest "), 1);
}

TEST_F(SharingAtOnceTest, WhatDeniesIsReadOnceMoreForThoseWhoCameLater) {
  // Signed while the first look was under way.
  cluster_.registry.RemoveTag(repository_, cosign::SignatureTag(digest_));
  const auto leader = Lead();
  const auto others = Follow();
  gated_.Open();
  ASSERT_THAT(leader->Wait(), IsOk());
  EXPECT_THAT((*leader->Wait())->evidence.AllItems(), IsEmpty());
  for (const auto& other : others) {
    ASSERT_THAT(other->Wait(), IsOk());
    EXPECT_FALSE((*other->Wait())->may_only_allow);
  }
  // Of each of the two credentials once for the first, and once for all the others together, unless
  // somebody comes when that has ended.
  EXPECT_GE(CountCalls("manifest "), 4);
}

TEST_F(SharingAtOnceTest, WhoHasAnotherCredentialWaitsForNobody) {
  cluster_.registry.RequireCredential(repository_, {robot_});
  PutSecret(Namespace(0), "stale", "p");
  const auto leader = Lead();
  Asker other(this, 1);
  EXPECT_TRUE(base::Eventually([&] { return gated_.came() == 2; }));
  gated_.Open();
  EXPECT_THAT(leader->Wait(), StatusIs(absl::StatusCode::kUnauthenticated, _));
  EXPECT_THAT(other.Wait(), IsOk());
}

TEST_F(SharingAtOnceTest, ARefusalOfTheSameCredentialIsHeardOfByAll) {
  cluster_.registry.RequireCredential(repository_, {{.username = "somebody", .password = "else"}});
  const auto leader = Lead();
  const auto others = Follow();
  gated_.Open();
  for (const auto& other : others) {
    EXPECT_THAT(other->Wait(), StatusIs(absl::StatusCode::kUnauthenticated,
                                        HasSubstr("regcred (refused), anonymous (refused)")));
  }
}

TEST_F(SharingAtOnceTest, WhenNobodyWaitsForTheFirstAnotherTakesOver) {
  cluster_.registry.RequireCredential(repository_, {robot_});
  std::atomic<bool> is_wanted = true;
  const auto leader = Lead({.is_wanted = [&] { return is_wanted.load(); }});
  const auto others = Follow();
  is_wanted = false;
  gated_.Open();
  EXPECT_THAT(leader->Wait(), StatusIs(absl::StatusCode::kCancelled, _));
  for (const auto& other : others) {
    ASSERT_THAT(other->Wait(), IsOk());
    EXPECT_THAT((*other->Wait())->evidence.AllItems(), SizeIs(1));
  }
  // The first has asked, and then did not read what he got.
  EXPECT_EQ(CountCalls("manifest "), 2);
}

TEST_F(SharingAtOnceTest, TheBudgetOfTheFirstIsHisOwn) {
  cluster_.registry.RequireCredential(repository_, {robot_});
  const AllowancePtr poor = cluster_.OpenAllowance();
  const auto all = poor->bytes().Hold();
  ASSERT_TRUE(all->Take(base::ByteBudget::Options().of_account - 100));
  const auto leader = Lead({.allowance = poor});
  auto others = Follow();
  gated_.Open();
  EXPECT_THAT(leader->Wait(), StatusIs(absl::StatusCode::kResourceExhausted, _));
  for (const auto& other : others) ASSERT_THAT(other->Wait(), IsOk());
  // What they were given is held once, and no longer than they have it.
  EXPECT_GT(cluster_.bytes.held(), all->bytes());
  others.clear();
  EXPECT_EQ(cluster_.bytes.held(), all->bytes());
}

TEST_F(SharingAtOnceTest, WhatSomebodyStillHoldsServesNoLongerThanWhatIsRemembered) {
  cluster_.registry.RequireCredential(repository_, {robot_});
  gated_.Open();
  Asker first(this, 0);
  ASSERT_THAT(first.Wait(), IsOk());
  // Nothing is remembered, as nobody has said what of it held.
  cluster_.clock.Advance(absl::Minutes(4));
  Asker second(this, 1);
  ASSERT_THAT(second.Wait(), IsOk());
  EXPECT_TRUE((*second.Wait())->may_only_allow);
  EXPECT_EQ(gated_.came(), 1);
  // Whoever has it from the first does not make it live longer.
  cluster_.clock.Advance(absl::Minutes(1) + absl::Seconds(1));
  Asker third(this, 2);
  ASSERT_THAT(third.Wait(), IsOk());
  EXPECT_FALSE((*third.Wait())->may_only_allow);
  EXPECT_EQ(gated_.came(), 2);
}

TEST_F(SharingAtOnceTest, WhatWasCutShortForTheFirstIsReadByAnother) {
  // Of a payload that has to be fetched.
  const std::string payload = cosign::TestSigner::Payload(digest_, "first.example.org/app");
  cluster_.PushSignatures(kImage, digest_, {cluster_.signer.SignPayload(payload)});
  cluster_.registry.RequireCredential(repository_, {robot_});
  gated_.CutNextBlob();
  const auto leader = Lead();
  const auto others = Follow();
  gated_.Open();
  ASSERT_THAT(leader->Wait(), IsOk());
  EXPECT_THAT((*leader->Wait())->evidence.AllItems(),
              ElementsAre(StatusIs(absl::StatusCode::kUnavailable, _)));
  for (const auto& other : others) {
    ASSERT_THAT(other->Wait(), IsOk());
    EXPECT_THAT((*other->Wait())->evidence.AllItems(), ElementsAre(IsOk()));
  }
}

TEST_F(SharingAtOnceTest, WhoNeedsAFreshLookGoesAlongWithNobodyWhoBeganBefore) {
  cluster_.registry.RequireCredential(repository_, {robot_});
  const auto leader = Lead();
  cluster_.clock.Advance(absl::Milliseconds(1));
  Asker fresh(this, 1, {.freshness = Freshness::kFresh});
  EXPECT_TRUE(base::Eventually([&] { return gated_.came() == 2; }));
  gated_.Open();
  ASSERT_THAT(fresh.Wait(), IsOk());
  EXPECT_FALSE((*fresh.Wait())->may_only_allow);
  // Nor does he take what somebody holds.
  cluster_.clock.Advance(absl::Milliseconds(1));
  Asker later(this, 2, {.freshness = Freshness::kFresh});
  ASSERT_THAT(later.Wait(), IsOk());
  EXPECT_FALSE((*later.Wait())->may_only_allow);
  EXPECT_EQ(gated_.came(), 3);
}

TEST_F(SharingAtOnceTest, TheSameDigestInAnotherRepositoryIsReadThere) {
  const oci::Repository elsewhere = {"registry.example.org", "elsewhere"};
  cluster_.registry.RequireCredential(repository_, {robot_});
  cluster_.registry.RequireCredential(elsewhere, {{.username = "another", .password = "p"}});
  const auto leader = Lead();
  Asker other(this, 1, {.image = absl::StrCat(elsewhere.ToString(), "@", digest_.ToString())});
  EXPECT_TRUE(base::Eventually([&] { return gated_.came() == 2; }));
  gated_.Open();
  EXPECT_THAT(leader->Wait(), IsOk());
  EXPECT_THAT(other.Wait(), StatusIs(absl::StatusCode::kUnauthenticated, _));
}

TEST_F(SharingAtOnceTest, WhoWaitsForAnotherKeepsHisOwnDeadline) {
  cluster_.registry.RequireCredential(repository_, {robot_});
  const auto leader = Lead();
  const uint64_t waits = cluster_.clock.waits();
  Asker other(this, 1);
  EXPECT_TRUE(base::Eventually([&] { return cluster_.clock.waits() > waits; }));
  cluster_.clock.Advance(absl::Minutes(2));
  EXPECT_TRUE(base::Eventually([&] { return other.has_ended(); }));
  EXPECT_EQ(gated_.came(), 1);
  gated_.Open();
  EXPECT_THAT(other.Wait(), StatusIs(absl::StatusCode::kDeadlineExceeded, _));
  EXPECT_THAT(leader->Wait(), IsOk());
}

TEST_F(SharingAtOnceTest, NobodyWaitsLongForAnother) {
  cluster_.registry.RequireCredential(repository_, {robot_});
  const auto leader = Lead();
  const uint64_t waits = cluster_.clock.waits();
  const Asker other(this, 1);
  EXPECT_TRUE(base::Eventually([&] { return cluster_.clock.waits() > waits; }));
  cluster_.clock.Advance(absl::Seconds(3));
  EXPECT_TRUE(base::Eventually([&] { return gated_.came() == 2; }));
  gated_.Open();
}

}  // namespace
}  // namespace countersign::verifier
