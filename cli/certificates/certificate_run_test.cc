#include "cli/certificates/certificate_run.h"

#include <deque>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "base/fake_clock.h"
#include "base/json.h"
#include "base/status_matchers.h"
#include "cli/certificates/authorities.h"
#include "cli/certificates/certificate_plan.h"
#include "cli/certificates/certificate_secret.h"
#include "cli/certificates/leaf_certificate.h"
#include "cli/certificates/webhook_bundle.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "kube/client/fake_object_store.h"

namespace countersign::cli {
namespace {

using base::IsOk;
using base::IsOkAndHolds;
using base::StatusIs;
using crypto::Certificate;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::StartsWith;

constexpr char kNamespace[] = "image-policy-system";
constexpr const char* kSecretNames[] = {"countersign-ca", "countersign-verifier-tls",
                                        "countersign-shim-client-tls", "countersign-shim-tls"};

class CertificateRunTest : public testing::Test {
 protected:
  CertificateRunTest() {
    options_.ca_lifetime = absl::Hours(6);
    options_.leaf_lifetime = absl::Hours(2);
    options_.propagation_time = absl::Minutes(10);
    run_.store = &store_;
    run_.clock = &clock_;
    run_.sleep = [this](absl::Duration duration) { clock_.Advance(duration); };
    run_.say = [this](std::string_view line) { said_.emplace_back(line); };
  }

  absl::StatusOr<bool> Run() {
    said_.clear();
    return RunCertificates(run_, options_);
  }

  void MakeWebhooks() {
    for (const kube::ObjectPath& path : WebhookPaths(options_)) {
      const base::Json webhook = {
          {"name", "w"},
          {"clientConfig",
           {{"service", {{"name", "image-policy-webhook-service"}, {"namespace", kNamespace}}}}}};
      const base::Json object = {{"metadata", {{"name", path.name}}},
                                 {"webhooks", base::Json::array({webhook})}};
      ASSERT_THAT(store_.Create(path, object, absl::InfiniteFuture()), IsOk());
    }
  }

  kube::ObjectPath SecretPath(std::string_view name) const {
    return {.version = "v1",
            .object_namespace = kNamespace,
            .resource = "secrets",
            .name = std::string(name)};
  }

  CertificateSecret Secret(std::string_view name) {
    const kube::ObjectPath path = SecretPath(name);
    return CertificateSecret(path, store_.Get(path, absl::InfiniteFuture()).value_or(base::Json()));
  }

  Authorities CurrentAuthorities() {
    return ReadAuthorities(Secret("countersign-ca"), clock_.Now()).authorities;
  }

  std::string AllSaid() const { return absl::StrJoin(said_, "\n"); }

  void Put(const kube::ObjectPath& path, const base::Json& changed) {
    base::Json object = *store_.Get(path, absl::InfiniteFuture());
    object.update(changed);
    ASSERT_THAT(store_.Replace(path, object, absl::InfiniteFuture()), IsOk());
  }

  kube::FakeObjectStore store_;
  base::FakeClock clock_;
  CertificateOptions options_;
  CertificateRun run_;
  std::vector<std::string> said_;
};

// Who shows which certificate to whom, with everything that may still be in use somewhere: what was
// in a Secret or a webhook configuration within the propagation time.
class Users {
 public:
  explicit Users(absl::Duration memory) : memory_(memory) {}

  struct Snapshot {
    absl::Time end = absl::InfiniteFuture();  // when it was replaced
    std::map<std::string, Certificate> shown;
    std::map<std::string, std::vector<Certificate>> trusted;
  };

  void See(absl::Time now, Snapshot snapshot) {
    if (!snapshots_.empty() && snapshots_.back().shown == snapshot.shown &&
        snapshots_.back().trusted == snapshot.trusted) {
      return;
    }
    if (!snapshots_.empty()) snapshots_.back().end = now;
    snapshots_.push_back(std::move(snapshot));
  }

  // Whom somebody would turn away.
  std::string Locked(absl::Time now) {
    while (snapshots_.front().end + memory_ < now) snapshots_.pop_front();
    constexpr std::pair<const char*, const char*> kPairs[] = {
        {"countersign-verifier-tls", "countersign-shim-client-tls"},
        {"countersign-shim-client-tls", "countersign-verifier-tls"},
        {"countersign-shim-tls", "mutatingwebhookconfigurations"},
        {"countersign-shim-tls", "validatingwebhookconfigurations"}};
    for (const Snapshot& shows : snapshots_) {
      for (const Snapshot& trusts : snapshots_) {
        for (const auto& [server, client] : kPairs) {
          const Certificate& shown = shows.shown.at(server);
          if (!IsTrusted(shown, trusts.trusted.at(client), now)) {
            return absl::StrCat(client, " would turn away ", server);
          }
        }
      }
    }
    return "";
  }

 private:
  static bool IsTrusted(const Certificate& shown, const std::vector<Certificate>& trusted,
                        absl::Time now) {
    if (!shown.HoldsAt(now)) return false;
    for (const Certificate& authority : trusted) {
      if (authority.HoldsAt(now) && shown.IsSignedBy(authority)) return true;
    }
    return false;
  }

  const absl::Duration memory_;
  std::deque<Snapshot> snapshots_;
};

class CertificateLifeTest : public CertificateRunTest {
 protected:
  // The sum of what the kubelet and the programs take, less than the propagation time.
  CertificateLifeTest() : users_(absl::Minutes(9)) {}

  Users::Snapshot Look() {
    Users::Snapshot snapshot;
    for (const LeafSpec& spec : LeafSpecs(options_)) {
      const Leaf leaf = ReadLeaf(Secret(spec.secret_name));
      EXPECT_TRUE(leaf.pair.has_value()) << spec.secret_name << " " << leaf.fault;
      snapshot.shown.emplace(spec.secret_name, leaf.pair->certificate);
      snapshot.trusted[spec.secret_name] = leaf.bundle;
    }
    for (const kube::ObjectPath& path : WebhookPaths(options_)) {
      snapshot.trusted[path.resource] =
          TrustedByWebhooks(*store_.Get(path, absl::InfiniteFuture()), options_);
    }
    return snapshot;
  }

  // Runs once in `interval` for `duration`; the number of authorities that have issued.
  int LiveFor(absl::Duration duration, absl::Duration interval) {
    std::vector<std::string> issuers;
    const absl::Time end = clock_.Now() + duration;
    for (; clock_.Now() < end && !HasFailure(); clock_.Advance(absl::Minutes(2))) {
      if ((clock_.Now() - absl::UnixEpoch()) % interval < absl::Minutes(2)) {
        EXPECT_THAT(Run(), IsOkAndHolds(true));
        users_.See(clock_.Now(), Look());
      }
      EXPECT_EQ(users_.Locked(clock_.Now()), "") << AllSaid();
      const Authorities authorities = CurrentAuthorities();
      if (!authorities.issuing.has_value()) continue;
      const std::string issuer = authorities.issuing->certificate.Fingerprint();
      if (issuers.empty() || issuers.back() != issuer) issuers.push_back(issuer);
    }
    return static_cast<int>(issuers.size());
  }

  Users users_;
};

TEST_F(CertificateLifeTest, NobodyIsLockedOutByReplacementsOneAfterTheOther) {
  MakeWebhooks();
  ASSERT_THAT(Run(), IsOk());
  users_.See(clock_.Now(), Look());
  // Each authority issues for four of its six hours, and a little more.
  EXPECT_GE(LiveFor(absl::Hours(10), absl::Minutes(10)), 3);
}

TEST_F(CertificateLifeTest, NobodyIsLockedOutWhenTheAuthoritysSecretIsDeleted) {
  MakeWebhooks();
  ASSERT_THAT(Run(), IsOk());
  users_.See(clock_.Now(), Look());
  const Certificate lost = CurrentAuthorities().issuing->certificate;
  Put(SecretPath("countersign-ca"), {{"data", base::Json::object()}});
  EXPECT_EQ(LiveFor(absl::Hours(1), absl::Minutes(5)), 1);
  const Authorities authorities = CurrentAuthorities();
  EXPECT_FALSE(authorities.issuing->certificate == lost);
  EXPECT_THAT(authorities.Trusted(clock_.Now()), ElementsAre(authorities.issuing->certificate));
}

TEST_F(CertificateLifeTest, NobodyIsLockedOutWhenTheAuthorityIsReplaced) {
  MakeWebhooks();
  ASSERT_THAT(Run(), IsOk());
  users_.See(clock_.Now(), Look());
  const Certificate first = CurrentAuthorities().issuing->certificate;
  options_.replace_authority = true;
  ASSERT_THAT(Run(), IsOk());
  users_.See(clock_.Now(), Look());
  options_.replace_authority = false;
  EXPECT_TRUE(CurrentAuthorities().next.has_value());
  EXPECT_EQ(LiveFor(absl::Hours(1), absl::Minutes(5)), 2);
  EXPECT_THAT(CurrentAuthorities().Trusted(clock_.Now()), Not(Contains(first)));
}

TEST_F(CertificateLifeTest, NobodyIsLockedOutByABundleThatSomebodyEmpties) {
  MakeWebhooks();
  ASSERT_THAT(Run(), IsOk());
  options_.replace_authority = true;
  ASSERT_THAT(Run(), IsOk());
  options_.replace_authority = false;
  // Nine minutes of ten have gone by when the bundle is lost, and mended again.
  clock_.Advance(absl::Minutes(9));
  base::Json secret =
      *store_.Get(SecretPath("countersign-shim-client-tls"), absl::InfiniteFuture());
  secret["data"].erase("ca.crt");
  Put(SecretPath("countersign-shim-client-tls"), secret);
  ASSERT_THAT(Run(), IsOk());
  clock_.Advance(absl::Minutes(9));
  ASSERT_THAT(Run(), IsOk());
  EXPECT_TRUE(CurrentAuthorities().next.has_value()) << AllSaid();
  clock_.Advance(absl::Minutes(1));
  ASSERT_THAT(Run(), IsOk());
  EXPECT_FALSE(CurrentAuthorities().next.has_value()) << AllSaid();
}

TEST_F(CertificateRunTest, ARunThatFindsNothingToDoWritesNothing) {
  MakeWebhooks();
  ASSERT_THAT(Run(), IsOkAndHolds(true));
  EXPECT_THAT(said_, Contains(HasSubstr("countersign-ca: created: first authority")));
  const int writes = store_.writes();
  clock_.Advance(absl::Minutes(30));
  ASSERT_THAT(Run(), IsOkAndHolds(true));
  EXPECT_EQ(store_.writes(), writes);
  EXPECT_EQ(said_.size(), 7);
  EXPECT_THAT(said_, testing::Each(HasSubstr(": as it is")));
}

TEST_F(CertificateRunTest, ADryRunSaysTheSameAndWritesNothing) {
  MakeWebhooks();
  const int writes = store_.writes();
  run_.is_dry_run = true;
  run_.wait = absl::Hours(1);
  EXPECT_THAT(Run(), IsOk());
  EXPECT_EQ(store_.writes(), writes);
  EXPECT_THAT(said_, Contains(HasSubstr("countersign-shim-tls: would be created: new")));
}

TEST_F(CertificateRunTest, SecretsAreWrittenWithoutWebhooksAndThatIsSaid) {
  EXPECT_THAT(Run(), IsOkAndHolds(false));
  EXPECT_TRUE(Secret("countersign-shim-tls").exists());
  EXPECT_THAT(said_, Contains(HasSubstr("does not exist yet")));
  options_.mutating_webhooks = {""};
  options_.validating_webhooks = {};
  EXPECT_THAT(Run(), IsOkAndHolds(true));
}

TEST_F(CertificateRunTest, WebhooksAreWaitedFor) {
  run_.wait = absl::Minutes(1);
  run_.sleep = [this](absl::Duration duration) {
    clock_.Advance(duration);
    if (!store_.Get(WebhookPaths(options_)[0], absl::InfiniteFuture()).ok()) MakeWebhooks();
  };
  EXPECT_THAT(Run(), IsOkAndHolds(true));
  const base::Json webhook = *store_.Get(WebhookPaths(options_)[1], absl::InfiniteFuture());
  EXPECT_THAT(TrustedByWebhooks(webhook, options_),
              ElementsAre(CurrentAuthorities().issuing->certificate));
}

TEST_F(CertificateRunTest, WaitingIsBounded) {
  run_.wait = absl::Minutes(1);
  const absl::Time start = clock_.Now();
  EXPECT_THAT(Run(), IsOkAndHolds(false));
  EXPECT_LE(clock_.Now(), start + absl::Minutes(1));
}

TEST_F(CertificateRunTest, OneRunCanWaitThroughAWholeReplacement) {
  MakeWebhooks();
  ASSERT_THAT(Run(), IsOk());
  const Certificate first = CurrentAuthorities().issuing->certificate;
  run_.wait = absl::Minutes(30);
  options_.replace_authority = true;
  ASSERT_THAT(Run(), IsOkAndHolds(true));
  const Authorities authorities = CurrentAuthorities();
  EXPECT_FALSE(authorities.issuing->certificate == first);
  EXPECT_THAT(authorities.old, IsEmpty()) << AllSaid();
  EXPECT_FALSE(authorities.next.has_value());
}

// Two Jobs at the same time: another run is made, whole, before each single call of ours.
TEST_F(CertificateRunTest, TwoRunsAtOnceEndInOneAuthority) {
  MakeWebhooks();
  for (int before = 1; before < 30; ++before) {
    kube::FakeObjectStore store;
    for (const kube::ObjectPath& path : WebhookPaths(options_)) {
      ASSERT_THAT(
          store.Create(path, *store_.Get(path, absl::InfiniteFuture()), absl::InfiniteFuture()),
          IsOk());
    }
    CertificateRun run = run_;
    run.store = &store;
    int calls = 0;
    store.SetHook([&](std::string_view, const kube::ObjectPath&) {
      if (++calls != before) return absl::OkStatus();
      EXPECT_THAT(RunCertificates(run, options_), IsOkAndHolds(true));
      return absl::OkStatus();
    });
    ASSERT_THAT(RunCertificates(run, options_), IsOkAndHolds(true)) << before;
    const auto secret = [&](const char* name) {
      return CertificateSecret(SecretPath(name),
                               *store.Get(SecretPath(name), absl::InfiniteFuture()));
    };
    const Authorities authorities =
        ReadAuthorities(secret("countersign-ca"), clock_.Now()).authorities;
    EXPECT_EQ(authorities.Trusted(clock_.Now()).size(), 1u) << before;
    for (const LeafSpec& spec : LeafSpecs(options_)) {
      EXPECT_EQ(FaultOf(ReadLeaf(secret(spec.secret_name.c_str())), spec,
                        authorities.Trusted(clock_.Now()), clock_.Now()),
                "")
          << before;
    }
  }
}

TEST_F(CertificateRunTest, ConflictsWithoutEndAreGivenUpOn) {
  int tries = 0;
  store_.SetHook([&](std::string_view method, const kube::ObjectPath&) {
    if (method == "GET") return absl::OkStatus();
    ++tries;
    return absl::AbortedError("changed");
  });
  EXPECT_THAT(Run(), StatusIs(absl::StatusCode::kAborted, HasSubstr("again and again")));
  EXPECT_EQ(tries, 10);
}

TEST_F(CertificateRunTest, ARunThatDiesAnywhereIsFinishedByTheNext) {
  MakeWebhooks();
  for (int dies_at = 1; dies_at < 40; ++dies_at) {
    int calls = 0;
    store_.SetHook([&](std::string_view, const kube::ObjectPath&) {
      return ++calls >= dies_at ? absl::InternalError("dead") : absl::OkStatus();
    });
    options_.replace_authority = true;
    (void)Run();
    store_.SetHook(nullptr);
    options_.replace_authority = false;
    ASSERT_THAT(Run(), IsOkAndHolds(true)) << dies_at;
    const Authorities authorities = CurrentAuthorities();
    for (const LeafSpec& spec : LeafSpecs(options_)) {
      const Leaf leaf = ReadLeaf(Secret(spec.secret_name));
      EXPECT_EQ(FaultOf(leaf, spec, authorities.Trusted(clock_.Now()), clock_.Now()), "");
      if (spec.has_bundle) {
        EXPECT_TRUE(HoldTheSame(leaf.bundle, authorities.Trusted(clock_.Now()))) << dies_at;
      }
    }
  }
}

TEST_F(CertificateRunTest, WhatCannotBeReadNowIsAskedAgainWhileThereIsTime) {
  MakeWebhooks();
  int calls = 0;
  store_.SetHook([&](std::string_view, const kube::ObjectPath&) {
    return ++calls < 3 ? absl::UnavailableError("restarting") : absl::OkStatus();
  });
  EXPECT_THAT(Run(), StatusIs(absl::StatusCode::kUnavailable));
  calls = 0;
  run_.wait = absl::Minutes(1);
  EXPECT_THAT(Run(), IsOkAndHolds(true));
}

TEST_F(CertificateRunTest, AMissingNamespaceIsNoConflict) {
  store_.SetHook([](std::string_view method, const kube::ObjectPath&) {
    return method == "POST" ? absl::NotFoundError("namespaces \"x\" not found") : absl::OkStatus();
  });
  EXPECT_THAT(Run(), StatusIs(absl::StatusCode::kNotFound, StartsWith("secrets image-policy")));
}

// The chart installs the Secrets, and gives the command no right to create any.
TEST_F(CertificateRunTest, SecretsThatAreThereWithoutDataAreFilledWithoutCreatingAny) {
  MakeWebhooks();
  for (const char* name : kSecretNames) {
    const base::Json object = {{"type", "Opaque"},
                               {"metadata", {{"name", name}, {"labels", {{"of", "chart"}}}}}};
    ASSERT_THAT(store_.Create(SecretPath(name), object, absl::InfiniteFuture()), IsOk());
  }
  store_.SetHook([](std::string_view method, const kube::ObjectPath&) {
    return method == "POST" ? absl::PermissionDeniedError("may not create") : absl::OkStatus();
  });
  EXPECT_THAT(Run(), IsOkAndHolds(true));
  for (const char* name : kSecretNames) {
    const base::Json object = *store_.Get(SecretPath(name), absl::InfiniteFuture());
    EXPECT_EQ(object["type"], "Opaque") << name;
    EXPECT_EQ(object["metadata"]["labels"]["of"], "chart") << name;
    EXPECT_TRUE(object["data"].contains("tls.key")) << name;
  }
}

TEST_F(CertificateRunTest, WhereASecretIsMissingThatMayNotBeCreatedItIsSaidWhoMakesIt) {
  store_.SetHook([](std::string_view method, const kube::ObjectPath&) {
    return method == "POST" ? absl::PermissionDeniedError("forbidden") : absl::OkStatus();
  });
  EXPECT_THAT(Run(), StatusIs(absl::StatusCode::kPermissionDenied,
                              testing::AllOf(StartsWith("secrets image-policy-system/countersign-"),
                                             HasSubstr("helm upgrade, or kubectl apply"))));
}

TEST_F(CertificateRunTest, NoLineHoldsAKey) {
  MakeWebhooks();
  run_.wait = absl::Hours(6);
  ASSERT_THAT(Run(), IsOk());
  EXPECT_THAT(AllSaid(), Not(HasSubstr("PRIVATE")));
  EXPECT_THAT(AllSaid(), Not(HasSubstr("BEGIN")));
}

}  // namespace
}  // namespace countersign::cli
