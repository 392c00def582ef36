#include "cli/certificates/leaf_certificate.h"

#include <string>
#include <utility>
#include <vector>

#include "base/status_matchers.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace countersign::cli {
namespace {

using crypto::Certificate;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

const absl::Time kNow = absl::FromUnixSeconds(1'800'000'000);

class LeafCertificate : public testing::Test {
 protected:
  static KeyPair Make(absl::Duration life) {
    return *MakeAuthority("ca", ValidityFrom(kNow, life));
  }

  static CertificateSecret Secret(const std::string& cert, const std::string& key) {
    CertificateSecret secret({.name = "s"}, nullptr);
    secret.SetEntry("tls.crt", cert);
    secret.SetEntry("tls.key", key);
    return secret;
  }

  static CertificateSecret Secret(const KeyPair& pair) {
    return Secret(pair.certificate.Pem(), pair.key.Pem());
  }

  std::string Fault(const CertificateSecret& secret, absl::Time now = kNow) {
    return FaultOf(ReadLeaf(secret), spec_, {authority_.certificate}, now);
  }

  const KeyPair authority_ = Make(absl::Hours(100));
  const LeafSpec spec_ = LeafSpecs({})[0];
  const KeyPair leaf_ = *MakeLeaf(authority_, spec_, absl::Hours(10), kNow);
};

TEST_F(LeafCertificate, NamesAreThoseOfTheServices) {
  CertificateOptions options;
  options.secret_namespace = "ns";
  options.more_shim_names = {"127.0.0.1"};
  const std::vector<LeafSpec> specs = LeafSpecs(options);
  EXPECT_THAT(specs[0].names, ElementsAre("countersign-verifier.ns.svc",
                                          "countersign-verifier.ns.svc.cluster.local"));
  EXPECT_THAT(specs[1].names, ElementsAre("countersign-shim.ns.svc"));
  EXPECT_THAT(specs[2].names,
              ElementsAre("image-policy-webhook-service.ns.svc",
                          "image-policy-webhook-service.ns.svc.cluster.local", "127.0.0.1"));
  EXPECT_FALSE(specs[1].for_servers);
}

TEST_F(LeafCertificate, OneThatFitsHasNoFault) { EXPECT_EQ(Fault(Secret(leaf_)), ""); }

TEST_F(LeafCertificate, SaysWhyOneCannotBeUsed) {
  const std::string cert = leaf_.certificate.Pem();
  const std::string key = leaf_.key.Pem();
  EXPECT_EQ(Fault(Secret("", "")), "is not there");
  EXPECT_EQ(Fault(Secret("", key)), "is not there");
  EXPECT_THAT(Fault(Secret("junk", key)), HasSubstr("cannot be read"));
  EXPECT_THAT(Fault(Secret(cert, "")), HasSubstr("no key that can be read"));
  EXPECT_EQ(Fault(Secret(cert, authority_.key.Pem())), "does not belong to the key beside it");
  EXPECT_EQ(Fault(Secret(leaf_), kNow + absl::Hours(11)), "has ended");
  EXPECT_EQ(Fault(Secret(*MakeLeaf(Make(absl::Hours(9)), spec_, absl::Hours(1), kNow))),
            "comes from no authority that is trusted");

  LeafSpec other = spec_;
  other.names.push_back("more.test");
  EXPECT_EQ(Fault(Secret(*MakeLeaf(authority_, other, absl::Hours(1), kNow))),
            "is for other names");
  other = spec_;
  std::swap(other.for_servers, other.for_clients);
  EXPECT_EQ(Fault(Secret(*MakeLeaf(authority_, other, absl::Hours(1), kNow))),
            "is for another use");
}

TEST_F(LeafCertificate, ABundleThatCannotBeReadIsEmpty) {
  CertificateSecret secret = Secret(leaf_);
  secret.SetEntry("ca.crt", authority_.certificate.Pem());
  EXPECT_THAT(ReadLeaf(secret).bundle, ElementsAre(authority_.certificate));
  secret.SetEntry("ca.crt", "junk");
  EXPECT_THAT(ReadLeaf(secret).bundle, testing::IsEmpty());
}

TEST_F(LeafCertificate, IsNearItsEndInItsLastThird) {
  const Certificate& certificate = leaf_.certificate;
  const absl::Duration life = certificate.not_after() - certificate.not_before();
  EXPECT_EQ(life, absl::Hours(10) + absl::Minutes(5));
  EXPECT_FALSE(IsNearItsEnd(certificate, certificate.not_after() - life / 3 - absl::Seconds(1)));
  EXPECT_TRUE(IsNearItsEnd(certificate, certificate.not_after() - life / 3));
}

TEST_F(LeafCertificate, EndsWithItsAuthority) {
  const KeyPair last = *MakeLeaf(authority_, spec_, absl::Hours(1000), kNow);
  EXPECT_EQ(last.certificate.not_after(), authority_.certificate.not_after());
}

TEST_F(LeafCertificate, AShortLifeIsNotSpentBeforeItBegins) {
  const Validity validity = ValidityFrom(kNow, absl::Seconds(60));
  EXPECT_EQ(validity.not_before, kNow - absl::Seconds(6));
}

}  // namespace
}  // namespace countersign::cli
