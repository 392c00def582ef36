#include "crypto/certificate_chain.h"

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "crypto/certificate_chain_fixture.h"
#include "crypto/der.h"
#include "crypto/test_certificate.h"
#include "crypto/test_der.h"
#include "crypto/test_key.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace countersign::crypto {
namespace {

using ::testing::SizeIs;
using ::testing::VariantWith;

constexpr std::string_view kTimeStamping = "1.3.6.1.5.5.7.3.8";
constexpr std::string_view kAnyPurpose = "2.5.29.37.0";

TEST(FindPath, LeadsFromTheLeafToTheAnchor) {
  const Chain chain = Make({});
  EXPECT_THAT(Find(chain), Found(chain.leaf, chain.intermediate, chain.root));
}

TEST(FindPath, EndsAtAnAnchorThatIsAnIntermediate) {
  const Chain chain = Make({});
  EXPECT_THAT(Find(chain.leaf, {chain.intermediate}), Found(chain.leaf, chain.intermediate));
  EXPECT_THAT(Find(chain.leaf, {chain.root, chain.intermediate}),
              Found(chain.leaf, chain.intermediate));
}

TEST(FindPath, TakesCandidatesInAnyOrder) {
  const TestCertificate root = AuthorityParts("root", "root");
  const TestCertificate upper = AuthorityParts("upper", "root");
  const TestCertificate lower = AuthorityParts("lower", "upper");
  const Certificate leaf = MakeTestCertificate(SignerParts("lower"), lower.key);
  const std::vector<Certificate> made = {MakeTestCertificate(lower, upper.key),
                                         MakeTestCertificate(upper, root.key),
                                         MakeTestCertificate(root, root.key)};
  EXPECT_THAT(Find(leaf, made), Found(leaf, made[0], made[1], made[2]));
  EXPECT_THAT(Find(leaf, {made[1], made[0], made[2]}), Found(leaf, made[0], made[1], made[2]));
  EXPECT_THAT(Find(leaf, {made[2], made[1], made[0]}), Found(leaf, made[0]));
}

TEST(FindPath, GoesThroughExtraCertificatesButDoesNotEndThere) {
  const Chain chain = Make({});
  EXPECT_THAT(Find(chain.leaf, {chain.root}), Refused(ChainFault::kUntrusted));
  EXPECT_THAT(Find(chain.leaf, {chain.root}, {chain.intermediate}),
              Found(chain.leaf, chain.intermediate, chain.root));
  const Chain other = Make({});
  EXPECT_THAT(Find(chain.leaf, {other.intermediate, other.root}, {chain.intermediate, chain.root}),
              Refused(ChainFault::kUntrusted, "was not issued by the trusted authority"));
}

TEST(FindPath, TakesEachKindOfKey) {
  for (const TestKeyType type :
       {TestKeyType::kEcdsaP256, TestKeyType::kEcdsaP384, TestKeyType::kEcdsaP521,
        TestKeyType::kRsa2048, TestKeyType::kEd25519}) {
    Requests requests;
    requests.intermediate.key = TestKey::Generate(type);
    requests.root.key = TestKey::Generate(type);
    EXPECT_THAT(Find(Make(requests)), VariantWith<std::vector<Certificate>>(SizeIs(3)))
        << static_cast<int>(type);
  }
}

TEST(FindPath, TakesEachHashWithEachKey) {
  for (const TestKeyType type : {TestKeyType::kEcdsaP256, TestKeyType::kEcdsaP384,
                                 TestKeyType::kEcdsaP521, TestKeyType::kRsa2048}) {
    TestCertificate root = AuthorityParts("root", "root");
    root.key = TestKey::Generate(type);
    for (const TestScheme scheme :
         {TestScheme::kSha256, TestScheme::kSha384, TestScheme::kSha512}) {
      const Certificate leaf = MakeTestCertificate(SignerParts("root"), root.key, scheme);
      const Certificate anchor = MakeTestCertificate(root, root.key);
      EXPECT_THAT(Find(leaf, {anchor}), Found(leaf, anchor))
          << static_cast<int>(type) << " " << static_cast<int>(scheme);
    }
  }
}

TEST(FindPath, NeedsTheSignature) {
  const Chain chain = Make({});
  const Chain namesake = Make({});
  EXPECT_THAT(Find(chain.leaf, {namesake.intermediate}), Refused(ChainFault::kUntrusted));
  EXPECT_THAT(Find(chain.leaf, {chain.intermediate, namesake.root}),
              Refused(ChainFault::kUntrusted));
}

TEST(FindPath, NeedsTheNames) {
  Requests requests;
  requests.leaf.issuer = "another";
  EXPECT_THAT(Find(Make(requests)), Refused(ChainFault::kUntrusted));
  requests.leaf.issuer = "Intermediate";
  EXPECT_THAT(Find(Make(requests)), Refused(ChainFault::kUntrusted));
}

TEST(FindPath, TakesNoLeafForItsOwnAnchor) {
  TestCertificate requests = SignerParts("self");
  requests.subject = "self";
  const Certificate self = MakeTestCertificate(requests, requests.key);
  EXPECT_THAT(Find(self, {self}), Refused(ChainFault::kUntrusted));
  EXPECT_THAT(Find(self, {self, self}, {self}), Refused(ChainFault::kUntrusted));
}

TEST(FindPath, TrustsNoChangedByte) {
  const Chain chain = Make({});
  const std::string der = chain.leaf.der();
  size_t read_all_the_same = 0;
  for (size_t i = 0; i < der.size(); ++i) {
    std::string changed = der;
    changed[i] = static_cast<char>(changed[i] ^ 1);
    const absl::StatusOr<Certificate> leaf = Certificate::FromDer(changed);
    if (!leaf.ok()) continue;
    ++read_all_the_same;
    EXPECT_THAT(Find(*leaf, {chain.intermediate, chain.root}),
                VariantWith<ChainRefusal>(testing::_))
        << i;
  }
  EXPECT_GT(read_all_the_same, der.size() / 4);
}

// Each certificate of a path in turn holds for ten seconds, the others for longer.
TEST(FindPath, HoldsAtBothEndsOfEachValidity) {
  const absl::Time begin = kThen;
  const absl::Time end = kThen + absl::Seconds(10);
  const struct {
    TestCertificate Requests::*which;
    std::string_view name;
  } kCases[] = {{&Requests::leaf, "the certificate holds from 2027-01-15T08:01:40"},
                {&Requests::intermediate, "certificate 2 of its path"},
                {&Requests::root, "certificate 3 of its path"}};
  for (const auto& [which, name] : kCases) {
    Requests requests;
    (requests.*which).not_before = begin;
    (requests.*which).not_after = end;
    const Chain chain = Make(requests);
    for (const absl::Time inside : {begin, begin + absl::Milliseconds(1), end}) {
      EXPECT_THAT(Find(chain, inside), VariantWith<std::vector<Certificate>>(SizeIs(3))) << name;
    }
    for (const absl::Time outside : {begin - absl::Nanoseconds(1), begin - absl::Seconds(1),
                                     end + absl::Nanoseconds(1), end + absl::Seconds(1)}) {
      EXPECT_THAT(Find(chain, outside), Refused(ChainFault::kNotValidThen, name));
    }
    for (const absl::Time never : {absl::InfinitePast(), absl::InfiniteFuture()}) {
      EXPECT_THAT(Find(chain, never), Refused(ChainFault::kNotValidThen));
    }
  }
}

TEST(FindPath, TakesAnotherPathIfOneDoesNotHold) {
  const Requests requests;
  const Chain chain = Make(requests);
  // The same authority, of which another certificate had ended.
  TestCertificate ended = requests.intermediate;
  ended.not_after = kThen - absl::Seconds(1);
  const Certificate old = MakeTestCertificate(ended, requests.root.key);
  EXPECT_THAT(Find(chain.leaf, {old, chain.intermediate, chain.root}),
              Found(chain.leaf, chain.intermediate, chain.root));
  EXPECT_THAT(Find(chain.leaf, {old, chain.root}), Refused(ChainFault::kNotValidThen));
}

TEST(FindPath, TakesNoAuthorityForASigner) {
  Requests requests;
  requests.leaf.extensions = {TestBasicConstraints(true), TestKeyUsage(0x84),
                              TestExtendedKeyUsage({kCodeSigning})};
  EXPECT_THAT(Find(Make(requests)),
              Refused(ChainFault::kUnfit, "the certificate is an authority's"));
}

TEST(FindPath, NeedsAuthoritiesAboveTheLeaf) {
  for (const auto& which : {&Requests::intermediate, &Requests::root}) {
    for (const std::vector<TestExtension>& extensions :
         {std::vector<TestExtension>{TestKeyUsage(0x06)},
          std::vector<TestExtension>{TestKeyUsage(0x06), TestBasicConstraints(false)},
          std::vector<TestExtension>{}}) {
      Requests requests;
      (requests.*which).extensions = extensions;
      EXPECT_THAT(Find(Make(requests)), Refused(ChainFault::kUnfit, "is no authority's"));
    }
  }
}

TEST(FindPath, NeedsAuthoritiesThatMayCertify) {
  Requests requests;
  requests.intermediate.extensions = {TestBasicConstraints(true), TestKeyUsage(0x82)};
  EXPECT_THAT(Find(Make(requests)), Refused(ChainFault::kUnfit, "keyUsage without keyCertSign"));
  requests.intermediate.extensions = {TestBasicConstraints(true)};
  EXPECT_THAT(Find(Make(requests)), VariantWith<std::vector<Certificate>>(SizeIs(3)));
}

TEST(FindPath, NeedsALeafThatMaySign) {
  Requests requests;
  requests.leaf.extensions[0] = TestKeyUsage(0x40);
  EXPECT_THAT(Find(Make(requests)),
              Refused(ChainFault::kUnfit, "keyUsage without digitalSignature"));
  requests.leaf.extensions.erase(requests.leaf.extensions.begin());
  EXPECT_THAT(Find(Make(requests)), VariantWith<std::vector<Certificate>>(SizeIs(3)));
}

TEST(FindPath, RespectsPathLengths) {
  Requests requests;
  requests.root.extensions[0] = TestBasicConstraints(true, 0);
  EXPECT_THAT(Find(Make(requests)),
              Refused(ChainFault::kUnfit, "certificate 3 of its path allows no path of that"));
  requests.root.extensions[0] = TestBasicConstraints(true, 1);
  requests.intermediate.extensions[0] = TestBasicConstraints(true, 0);
  EXPECT_THAT(Find(Make(requests)), VariantWith<std::vector<Certificate>>(SizeIs(3)));
}

// A key that has been changed: the new one is certified by the old, in the same name.
TEST(FindPath, DoesNotCountSelfIssuedAuthoritiesInAPathLength) {
  TestCertificate root = AuthorityParts("root", "root");
  root.extensions[0] = TestBasicConstraints(true, 0);
  TestCertificate renewed = AuthorityParts("root", "root");
  renewed.extensions[0] = TestBasicConstraints(true, 0);
  const Certificate leaf = MakeTestCertificate(SignerParts("root"), renewed.key);
  const Certificate between = MakeTestCertificate(renewed, root.key);
  const Certificate anchor = MakeTestCertificate(root, root.key);
  EXPECT_THAT(Find(leaf, {between, anchor}), Found(leaf, between, anchor));
}

TEST(FindPath, NeedsALeafForThePurpose) {
  for (const TestExtension& usage :
       {TestExtendedKeyUsage({kTimeStamping}), TestExtendedKeyUsage({kAnyPurpose}),
        TestExtendedKeyUsage({"1.3.6.1.5.5.7.3.1"}), TestExtension{.oid = "1.2.3"}}) {
    Requests requests;
    requests.leaf.extensions[1] = usage;
    EXPECT_THAT(Find(Make(requests)), Refused(ChainFault::kUnfit, "is not for code signing"));
  }
  Requests requests;
  requests.leaf.extensions[1] = TestExtendedKeyUsage({"1.3.6.1.5.5.7.3.1", kCodeSigning});
  EXPECT_THAT(Find(Make(requests)), VariantWith<std::vector<Certificate>>(SizeIs(3)));
}

TEST(FindPath, NeedsAuthoritiesThatDoNotExcludeThePurpose) {
  for (const auto& which : {&Requests::intermediate, &Requests::root}) {
    Requests requests;
    TestExtension& usage = (requests.*which).extensions.emplace_back();
    usage = TestExtendedKeyUsage({kTimeStamping});
    EXPECT_THAT(Find(Make(requests)), Refused(ChainFault::kUnfit, "for other purposes"));
    for (const std::string_view included : {kCodeSigning, kAnyPurpose}) {
      usage = TestExtendedKeyUsage({kTimeStamping, included});
      EXPECT_THAT(Find(Make(requests)), VariantWith<std::vector<Certificate>>(SizeIs(3)));
    }
  }
}

TEST(FindPath, NeedsATimeStamperForNothingElse) {
  const auto stamping = [](const TestExtension& usage) {
    Requests requests;
    requests.leaf.extensions[1] = usage;
    return Find(Make(requests), kThen, CertificatePurpose::kTimeStamping);
  };
  EXPECT_THAT(stamping(TestExtendedKeyUsage({kTimeStamping}, true)),
              VariantWith<std::vector<Certificate>>(SizeIs(3)));
  EXPECT_THAT(stamping(TestExtendedKeyUsage({kCodeSigning}, true)),
              Refused(ChainFault::kUnfit, "is not for time stamping"));
  EXPECT_THAT(stamping(TestExtendedKeyUsage({kTimeStamping}, false)),
              Refused(ChainFault::kUnfit, "is not critical"));
  for (const std::string_view second : {kCodeSigning, std::string_view("1.2.3.4")}) {
    EXPECT_THAT(stamping(TestExtendedKeyUsage({kTimeStamping, second}, true)),
                Refused(ChainFault::kUnfit, "is not for time stamping alone"));
  }
  EXPECT_THAT(stamping({.oid = "1.2.3"}), Refused(ChainFault::kUnfit, "is not for time stamping"));
}

TEST(FindPath, NeedsToUnderstandWhatIsCritical) {
  for (const auto& which : {&Requests::leaf, &Requests::intermediate, &Requests::root}) {
    Requests requests;
    TestExtension& extension = (requests.*which).extensions.emplace_back();
    extension = {.oid = "1.3.6.1.4.1.57264.1.8", .is_critical = true};
    EXPECT_THAT(Find(Make(requests)), Refused(ChainFault::kUnfit, "is not understood"));
    extension.is_critical = false;
    EXPECT_THAT(Find(Make(requests)), VariantWith<std::vector<Certificate>>(SizeIs(3)));
  }
}

TEST(FindPath, TakesNoPrecertificate) {
  for (const bool is_critical : {true, false}) {
    Requests requests;
    requests.leaf.extensions.push_back({.oid = "1.3.6.1.4.1.11129.2.4.3",
                                        .is_critical = is_critical,
                                        .value = WriteDer(DerTag::kNull, {})});
    EXPECT_THAT(Find(Make(requests)), Refused(ChainFault::kUnfit, "is a precertificate"));
  }
}

TEST(FindPath, RespectsNameConstraints) {
  for (const auto& which : {&Requests::intermediate, &Requests::root}) {
    for (const auto& [host, allowed] :
         {std::pair("example.org", true), std::pair("example.com", false)}) {
      Requests requests;
      (requests.*which)
          .extensions.push_back(
              {.oid = "2.5.29.30",
               .is_critical = true,
               .value = WriteDerSequence({WriteDer(
                   ConstructedTag(0), {WriteDerSequence({WriteDer(PrimitiveTag(6), {host})})})})});
      if (allowed) {
        EXPECT_THAT(Find(Make(requests)), VariantWith<std::vector<Certificate>>(SizeIs(3)));
      } else {
        EXPECT_THAT(Find(Make(requests)), Refused(ChainFault::kUnfit, "does not allow a name"));
      }
    }
  }
}

// What was read leniently is judged as strictly.
TEST(FindPath, RefusesALeafThatIsNotStrict) {
  Requests requests;
  requests.leaf.extensions.push_back({.oid = "1.2.3"});
  requests.leaf.extensions.push_back({.oid = "1.2.3"});
  const std::string der = SignTestTbs(WriteTestTbs(requests.leaf, requests.intermediate.key),
                                      requests.intermediate.key);
  const Certificate leaf = Certificate::FromDer(der).value();
  const Chain chain = {leaf, MakeTestCertificate(requests.intermediate, requests.root.key),
                       MakeTestCertificate(requests.root, requests.root.key)};
  EXPECT_THAT(Find(chain), Refused(ChainFault::kUnfit, "it has an extension twice"));
}

TEST(FindPath, PassesByCandidatesThatAreNotStrict) {
  Requests requests;
  const Chain chain = Make(requests);
  requests.intermediate.version = std::nullopt;
  requests.intermediate.extensions.clear();
  const Certificate malformed =
      Certificate::FromDer(
          SignTestTbs(WriteTestTbs(requests.intermediate, requests.root.key), requests.root.key))
          .value();
  EXPECT_THAT(Find(chain.leaf, {malformed, chain.intermediate, chain.root}),
              Found(chain.leaf, chain.intermediate, chain.root));
  EXPECT_THAT(Find(chain.leaf, {malformed, chain.root}), Refused(ChainFault::kUntrusted));
  EXPECT_THAT(Find(chain.leaf, {malformed}),
              Refused(ChainFault::kUntrusted, "the trusted authority cannot be judged"));
}

TEST(FindPath, NeedsAnAuthorityAndAPurpose) {
  const Chain chain = Make({});
  EXPECT_THAT(Find(chain.leaf, {}), Refused(ChainFault::kUntrusted, "has no certificate"));
  EXPECT_THAT(Find(chain, kThen, CertificatePurpose::kUnspecified), Refused(ChainFault::kUnfit));
}

}  // namespace
}  // namespace countersign::crypto
