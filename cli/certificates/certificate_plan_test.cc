#include "cli/certificates/certificate_plan.h"

#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "base/base64.h"
#include "base/fake_clock.h"
#include "base/status_matchers.h"
#include "cli/certificates/authorities.h"
#include "cli/certificates/certificate_secret.h"
#include "cli/certificates/leaf_certificate.h"
#include "cli/certificates/webhook_bundle.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace countersign::cli {
namespace {

using base::IsOk;
using base::Json;
using base::StatusIs;
using crypto::Certificate;
using ::testing::AllOf;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

class CertificatePlanTest : public testing::Test {
 protected:
  CertificatePlanTest() : objects_(PathsOf(options_)) {
    for (FoundObject& found : objects_.webhooks) {
      found.object = {{"webhooks",
                       {{{"clientConfig",
                          {{"service",
                            {{"name", "image-policy-webhook-service"},
                             {"namespace", "image-policy-system"}}}}}}}}};
    }
  }

  CertificatePlan Plan() {
    absl::StatusOr<CertificatePlan> plan = PlanCertificates(objects_, options_, clock_.Now());
    EXPECT_THAT(plan, IsOk());
    return *std::move(plan);
  }

  // Everything of a plan, as if it had been written.
  void Apply(const CertificatePlan& plan) {
    for (const CertificateWrite& write : plan.writes) {
      Find(write.path.name).object = write.object;
    }
  }

  // Until there is nothing more to write.
  void Settle() {
    for (int i = 0; i < 5; ++i) {
      const CertificatePlan plan = Plan();
      if (plan.writes.empty()) return;
      Apply(plan);
      options_.replace_authority = false;
    }
    ADD_FAILURE() << "there is always something to write";
  }

  FoundObject& Find(std::string_view name) {
    if (objects_.authorities.path.name == name) return objects_.authorities;
    for (std::vector<FoundObject>* list : {&objects_.leaves, &objects_.webhooks}) {
      for (FoundObject& found : *list) {
        if (found.path.name == name) return found;
      }
    }
    ADD_FAILURE() << "there is no " << name;
    return objects_.authorities;
  }

  Authorities Current() {
    return ReadAuthorities(CertificateSecret({}, objects_.authorities.object), clock_.Now())
        .authorities;
  }

  Leaf LeafIn(std::string_view name) { return ReadLeaf(CertificateSecret({}, Find(name).object)); }

  // "countersign-ca countersign-shim-tls"
  static std::string Names(const CertificatePlan& plan) {
    return absl::StrJoin(plan.writes, " ", [](std::string* out, const CertificateWrite& write) {
      out->append(write.path.name);
    });
  }

  static std::string Reasons(const CertificatePlan& plan) {
    return absl::StrJoin(plan.writes, "\n", [](std::string* out, const CertificateWrite& write) {
      out->append(write.reason);
    });
  }

  base::FakeClock clock_;
  CertificateOptions options_;
  CertificateObjects objects_;
};

constexpr char kLeaves[] =
    "countersign-verifier-tls countersign-shim-client-tls countersign-shim-tls";
constexpr char kWebhooks[] =
    "image-policy-mutating-webhook-configuration image-policy-validating-webhook-configuration "
    "image-policy-final-webhook-configuration";
const std::string kBundles =
    absl::StrCat("countersign-verifier-tls countersign-shim-client-tls ", kWebhooks);

TEST_F(CertificatePlanTest, FirstEverythingIsWrittenAtOnceTheWebhooksLast) {
  const CertificatePlan plan = Plan();
  EXPECT_EQ(Names(plan), absl::StrCat("countersign-ca ", kLeaves, " ", kWebhooks));
  EXPECT_TRUE(plan.writes[0].is_new);
  EXPECT_TRUE(plan.writes[3].is_new);
  EXPECT_FALSE(plan.writes[4].is_new);
  EXPECT_EQ(plan.writes[0].object["type"], "Opaque");
  EXPECT_EQ(plan.writes[3].object["type"], "kubernetes.io/tls");
  EXPECT_FALSE(plan.writes[3].object["data"].contains("ca.crt"));
  EXPECT_FALSE(plan.is_waiting_for_webhooks);
  Apply(plan);
  EXPECT_THAT(Plan().writes, IsEmpty());
}

TEST_F(CertificatePlanTest, LivesAreThoseAskedFor) {
  options_.ca_lifetime = absl::Hours(1000);
  options_.leaf_lifetime = absl::Hours(300);
  Settle();
  EXPECT_EQ(Current().issuing->certificate.not_after(), clock_.Now() + absl::Hours(1000));
  const Certificate leaf = LeafIn("countersign-shim-tls").pair->certificate;
  EXPECT_EQ(leaf.not_after(), clock_.Now() + absl::Hours(300));
  EXPECT_EQ(Plan().next, NearItsEndFrom(leaf));
}

TEST_F(CertificatePlanTest, LeavesAreRenewedInTheLastThirdOfTheirLife) {
  Settle();
  const Certificate authority = Current().issuing->certificate;
  clock_.Set(Plan().next - absl::Seconds(1));
  EXPECT_THAT(Plan().writes, IsEmpty());
  clock_.Advance(absl::Seconds(1));
  const CertificatePlan plan = Plan();
  EXPECT_EQ(Names(plan), kLeaves);
  EXPECT_THAT(plan.writes[0].reason, HasSubstr("as the one there ends at "));
  Apply(plan);
  EXPECT_EQ(Current().issuing->certificate, authority);
  EXPECT_TRUE(LeafIn("countersign-shim-tls").pair->certificate.IsSignedBy(authority));
}

TEST_F(CertificatePlanTest, AnAuthorityIsReplacedInThreeSteps) {
  Settle();
  const Certificate first = Current().issuing->certificate;
  clock_.Set(NearItsEndFrom(first));

  // It is added to the bundles; the other certificates are due as well, and come from the old one.
  CertificatePlan plan = Plan();
  EXPECT_EQ(Names(plan), absl::StrCat("countersign-ca ", kLeaves, " ", kWebhooks));
  Apply(plan);
  const Certificate second = Current().next->certificate;
  EXPECT_TRUE(LeafIn("countersign-shim-tls").pair->certificate.IsSignedBy(first));
  EXPECT_THAT(LeafIn("countersign-verifier-tls").bundle, ElementsAre(first, second));
  EXPECT_THAT(TrustedByWebhooks(objects_.webhooks[0].object, options_), ElementsAre(first, second));

  // Seen in the bundles, it waits.
  plan = Plan();
  EXPECT_EQ(Names(plan), "countersign-ca");
  EXPECT_THAT(Reasons(plan), HasSubstr("is in every bundle"));
  EXPECT_EQ(plan.next, clock_.Now() + options_.propagation_time);
  Apply(plan);
  clock_.Advance(options_.propagation_time - absl::Seconds(1));
  EXPECT_THAT(Plan().writes, IsEmpty());

  // It issues.
  clock_.Advance(absl::Seconds(1));
  plan = Plan();
  EXPECT_EQ(Names(plan), absl::StrCat("countersign-ca ", kLeaves));
  Apply(plan);
  EXPECT_EQ(Current().issuing->certificate, second);
  EXPECT_TRUE(LeafIn("countersign-shim-tls").pair->certificate.IsSignedBy(second));
  EXPECT_THAT(LeafIn("countersign-verifier-tls").bundle,
              testing::UnorderedElementsAre(first, second));
  EXPECT_FALSE(objects_.authorities.object["data"].contains("next.key"));

  // Nothing of the old one is left, but perhaps in use.
  plan = Plan();
  EXPECT_EQ(Names(plan), "countersign-ca");
  Apply(plan);
  clock_.Advance(options_.propagation_time - absl::Seconds(1));
  EXPECT_THAT(Plan().writes, IsEmpty());

  // It leaves the bundles.
  clock_.Advance(absl::Seconds(1));
  plan = Plan();
  EXPECT_EQ(Names(plan), absl::StrCat("countersign-ca ", kBundles));
  Apply(plan);
  EXPECT_THAT(LeafIn("countersign-verifier-tls").bundle, ElementsAre(second));
  EXPECT_THAT(TrustedByWebhooks(objects_.webhooks[1].object, options_), ElementsAre(second));
  EXPECT_THAT(Plan().writes, IsEmpty());
}

TEST_F(CertificatePlanTest, AReplacementThatIsAskedForTwiceStartsAnew) {
  Settle();
  const Certificate first = Current().issuing->certificate;
  options_.replace_authority = true;
  Settle();
  const Certificate known = Current().next->certificate;
  clock_.Advance(absl::Minutes(5));
  options_.replace_authority = true;
  Settle();
  EXPECT_FALSE(Current().next->certificate == known);
  EXPECT_EQ(Current().issuing->certificate, first);
  clock_.Advance(absl::Minutes(5));
  EXPECT_THAT(Plan().writes, IsEmpty());
}

TEST_F(CertificatePlanTest, ALeafThatCannotBeUsedIsMadeAnewAtOnce) {
  const auto b64 = [](std::string_view text) { return absl::Base64Escape(text); };
  const std::pair<Json, std::string> cases[] = {
      {nullptr, "as the one there is not there"},
      {{{"data", nullptr}}, "is not there"},
      {{{"data", {{"tls.crt", "?"}}}}, "is not there"},
      {{{"data", {{"tls.crt", b64("junk")}}}}, "cannot be read"},
  };
  for (const auto& [change, reason] : cases) {
    Settle();
    Json& object = Find("countersign-shim-tls").object;
    if (change.is_null()) {
      object = nullptr;
    } else {
      object.merge_patch(change);
    }
    const CertificatePlan plan = Plan();
    EXPECT_EQ(Names(plan), "countersign-shim-tls");
    EXPECT_THAT(Reasons(plan), HasSubstr(reason));
    EXPECT_EQ(plan.writes[0].is_new, change.is_null());
    Apply(plan);
    EXPECT_THAT(Plan().writes, IsEmpty());
  }
}

TEST_F(CertificatePlanTest, NewNamesMakeANewCertificate) {
  Settle();
  options_.more_verifier_names = {"verifier.example"};
  const CertificatePlan plan = Plan();
  EXPECT_EQ(Names(plan), "countersign-verifier-tls");
  EXPECT_THAT(Reasons(plan), HasSubstr("is for other names"));
}

TEST_F(CertificatePlanTest, ABundleThatSomebodyHasChangedIsMended) {
  Settle();
  objects_.webhooks[0].object["webhooks"][0]["clientConfig"]["caBundle"] = "";
  EXPECT_EQ(Names(Plan()), objects_.webhooks[0].path.name);
  Settle();
  Find("countersign-verifier-tls").object["data"]["ca.crt"] = "";
  EXPECT_EQ(Names(Plan()), "countersign-verifier-tls");
}

TEST_F(CertificatePlanTest, AnAuthorityWhoseKeyIsLostStaysTrustedUntilNothingOfItIsInUse) {
  const std::function<void(Json&)> losses[] = {
      [](Json& secret) { secret = nullptr; },
      [](Json& secret) { secret["data"].clear(); },
      [](Json& secret) { secret["data"].erase("tls.key"); },
      [](Json& secret) { secret["data"]["tls.key"] = absl::Base64Escape("junk"); },
      [](Json& secret) {
        secret["data"]["tls.key"] = absl::Base64Escape(PrivateKey::Generate()->Pem());
      },
      [](Json& secret) { secret["data"]["tls.crt"] = absl::Base64Escape("junk"); },
  };
  for (const auto& lose : losses) {
    Settle();
    const Certificate first = Current().issuing->certificate;
    lose(objects_.authorities.object);
    const CertificatePlan plan = Plan();
    EXPECT_EQ(Names(plan), absl::StrCat("countersign-ca ", kBundles));
    EXPECT_THAT(Reasons(plan), HasSubstr("the key of the old one is lost"));
    Settle();
    EXPECT_THAT(LeafIn("countersign-verifier-tls").bundle, AllOf(Contains(first), SizeIs(2)));
    EXPECT_TRUE(LeafIn("countersign-shim-tls").pair->certificate.IsSignedBy(first));
    clock_.Advance(options_.propagation_time);
    Settle();
    clock_.Advance(options_.propagation_time);
    Settle();
    EXPECT_THAT(LeafIn("countersign-verifier-tls").bundle,
                ElementsAre(Current().issuing->certificate));
    EXPECT_FALSE(Current().issuing->certificate == first);
  }
}

TEST_F(CertificatePlanTest, AForeignAuthorityInABundleIsNotKept) {
  Settle();
  const absl::Time now = clock_.Now();
  const Certificate foreign = MakeAuthority("foreign", {now, now + absl::Hours(1)})->certificate;
  objects_.authorities.object = nullptr;
  for (const char* name : {"countersign-verifier-tls", "countersign-shim-client-tls"}) {
    Json& data = Find(name).object["data"];
    data["ca.crt"] =
        absl::Base64Escape(*base::DecodeBase64(data["ca.crt"].get<std::string>()) + foreign.Pem());
  }
  Settle();
  EXPECT_THAT(LeafIn("countersign-verifier-tls").bundle, testing::Not(Contains(foreign)));
}

TEST_F(CertificatePlanTest, WhenEverythingHasEndedAllIsNewAtOnce) {
  Settle();
  clock_.Advance(absl::Hours(24 * 365 * 2));
  const CertificatePlan plan = Plan();
  EXPECT_EQ(Names(plan), absl::StrCat("countersign-ca ", kLeaves, " ", kWebhooks));
  EXPECT_THAT(Reasons(plan), HasSubstr("its tls.crt cannot be used: it has ended; first"));
  Apply(plan);
  EXPECT_THAT(Plan().writes, IsEmpty());
}

TEST_F(CertificatePlanTest, ANextAuthorityIsUsedAtOnceWhenNothingElseHolds) {
  Settle();
  clock_.Set(NearItsEndFrom(Current().issuing->certificate));
  Apply(Plan());
  const Certificate next = Current().next->certificate;
  clock_.Set(Current().issuing->certificate.not_after() + absl::Hours(1));
  Settle();
  EXPECT_EQ(Current().issuing->certificate, next);
  EXPECT_TRUE(LeafIn("countersign-shim-tls").pair->certificate.IsSignedBy(next));
}

TEST_F(CertificatePlanTest, ALeafLostWhileOnlyTheNextAuthorityHasAKeyComesFromThat) {
  Settle();
  objects_.authorities.object = nullptr;
  Settle();
  Find("countersign-shim-tls").object = nullptr;
  Settle();
  EXPECT_TRUE(
      LeafIn("countersign-shim-tls").pair->certificate.IsSignedBy(Current().next->certificate));
}

TEST_F(CertificatePlanTest, NothingIsWrittenWhereOneObjectIsSomebodyElses) {
  Find("countersign-shim-tls").object = {{"data", {{"tls.crt", absl::Base64Escape("mine")}}}};
  EXPECT_THAT(PlanCertificates(objects_, options_, clock_.Now()),
              StatusIs(absl::StatusCode::kFailedPrecondition, HasSubstr("countersign-shim-tls")));
  options_.take_over = true;
  EXPECT_THAT(PlanCertificates(objects_, options_, clock_.Now()), IsOk());
  objects_.webhooks[0].object["metadata"]["annotations"]["cert-manager.io/inject-ca-from"] = "x/y";
  EXPECT_THAT(PlanCertificates(objects_, options_, clock_.Now()),
              StatusIs(absl::StatusCode::kFailedPrecondition, HasSubstr("cert-manager")));
}

TEST_F(CertificatePlanTest, WebhooksThatDoNotExistAreWaitedForAndHoldUpNothing) {
  objects_.webhooks[0].object = nullptr;
  const CertificatePlan plan = Plan();
  EXPECT_TRUE(plan.is_waiting_for_webhooks);
  EXPECT_THAT(plan.notes, Contains(HasSubstr("does not exist yet")));
  EXPECT_EQ(plan.writes.size(), 6u);
}

TEST_F(CertificatePlanTest, LivesTooShortForTheStepsAreRefused) {
  const std::function<void(CertificateOptions&)> mistakes[] = {
      [](CertificateOptions& o) { o.ca_lifetime = absl::Minutes(59); },
      [](CertificateOptions& o) { o.leaf_lifetime = absl::Minutes(29); },
      [](CertificateOptions& o) { o.leaf_lifetime = o.ca_lifetime + absl::Hours(1); },
      [](CertificateOptions& o) { o.ca_lifetime = absl::Hours(24 * 365 * 200); },
      [](CertificateOptions& o) { o.propagation_time = -absl::Seconds(1); },
      [](CertificateOptions& o) {
        o.leaf_lifetime = absl::ZeroDuration();
        o.propagation_time = absl::ZeroDuration();
      },
      [](CertificateOptions& o) { o.more_shim_names = {"no name"}; },
  };
  for (const auto& mistake : mistakes) {
    options_ = CertificateOptions();
    mistake(options_);
    EXPECT_THAT(PlanCertificates(objects_, options_, clock_.Now()),
                StatusIs(absl::StatusCode::kInvalidArgument));
  }
}

}  // namespace
}  // namespace countersign::cli
