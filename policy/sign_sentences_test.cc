#include "policy/sign_sentences.h"

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "cosign/identity.h"
#include "cosign/signer.h"
#include "crypto/test_key.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "oci/digest.h"
#include "oci/image_reference.h"
#include "policy/test_policy.h"

namespace countersign::policy {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

constexpr char kNotSigned[] = "The image: r.io/a is not signed.";
constexpr char kCouldNotVerify[] =
    "Could not verify against any image policies for container image: r.io/a.";

const Examination kNothing = {.digest = oci::Digest::Of("the image")};

Requirement Ask(const TestPolicy& policy, std::string_view image = "r.io/a") {
  return RequirementFor(policy.Build(), {.workload_namespace = "shop"},
                        oci::ImageReference::Parse(image).value());
}

// The one there is.
const Demand& DemandOf(const Requirement& requirement) { return requirement.demands.at(0); }

// What asks for one of so many keys.
Requirement Keys(int count) {
  TestPolicy policy;
  std::vector<std::string> names;
  for (int i = 0; i < count; ++i) {
    names.push_back(std::to_string(i));
    policy.Key(names.back(), crypto::TestKey::Generate().PublicPem());
  }
  return Ask(policy.Rule("*", names));
}

// Not the tag beside the image, where nobody has looked.
TEST(SignSentences, SayNoPlaceWhereNoneBesideTheImageWasLookedAt) {
  const auto authority = std::make_shared<const Authority>(
      Authority{.name = "a",
                .asks = cosign::KeySigner(crypto::TestKey::Generate().Public()),
                .source = std::make_shared<const EvidenceSource>(
                    EvidenceSource{.repository = oci::Repository{"other.io", "signatures"}})});
  const Requirement requirement =
      RequirementFor(PoliciesForEveryImage({authority}), {.workload_namespace = "shop"},
                     oci::ImageReference::Parse("r.io/a").value());
  EXPECT_THAT(SayNotSigned(requirement, DemandOf(requirement), "r.io/a", kNothing),
              AllOf(HasSubstr(" No signature was found where it was to be looked for. "),
                    Not(HasSubstr("sha256-"))));
}

// verdict_test.cc has the whole of most of them.
TEST(SignSentences, StartWithTheProductsOwn) {
  const Requirement keys = Keys(1);
  const absl::Status why = absl::UnavailableError("Connection refused.");
  for (const std::string& sentence :
       {SayNotFound("r.io/a", why), SayNotRead(DemandOf(keys), "r.io/a", why),
        SayNotSigned(keys, DemandOf(keys), "r.io/a", kNothing),
        SayUnfinished(DemandOf(keys), "r.io/a", kNothing)}) {
    EXPECT_THAT(sentence, StartsWith(kNotSigned));
  }
  for (const std::string& sentence :
       {SayUnmatched("r.io/a"), SayImpossible(Requirement(), Demand(), "r.io/a"),
        SayUnparsable("r.io/a", why), SayNoPolicyRead("r.io/a", why), SayNotPinned("r.io/a"),
        SayShortName("r.io/a")}) {
    EXPECT_THAT(sentence, StartsWith(kCouldNotVerify));
  }
}

// Of every image, by the key "a" and the identity "b", or by one of them.
Requirement KeyAndIdentity(bool by_key, bool by_identity,
                           const std::optional<std::string>& predicate_type = std::nullopt) {
  std::vector<WantedAttestation> attestations;
  if (predicate_type.has_value()) attestations.push_back({.predicate_type = *predicate_type});
  std::vector<AuthorityPtr> any_of;
  if (by_key) {
    any_of.push_back(std::make_shared<const Authority>(
        Authority{.name = "a",
                  .asks = cosign::KeySigner(crypto::TestKey::Generate().Public()),
                  .attestations = attestations}));
  }
  if (by_identity) {
    const auto identities = *cosign::Identities::Compile({{.issuer = "https://i", .subject = "b"}});
    any_of.push_back(std::make_shared<const Authority>(
        Authority{.name = "b",
                  .asks = cosign::KeylessSigner(identities, {}, nullptr),
                  .attestations = attestations}));
  }
  return RequirementFor(PoliciesForEveryImage(std::move(any_of)), {},
                        oci::ImageReference::Parse("r.io/a").value());
}

std::string NotSignedBy(const Requirement& requirement, size_t items) {
  Examination examination = kNothing;
  examination.items = items;
  if (items > 0) examination.verification.failures = {"why"};
  return SayNotSigned(requirement, DemandOf(requirement), "r.io/a", examination);
}

TEST(SignSentences, NameKeysAndIdentitiesByWhatTheyAre) {
  EXPECT_THAT(NotSignedBy(KeyAndIdentity(true, false), 2),
              EndsWith(" 2 signatures were found, none that holds for it by the key \"a\": why. "
                       "Sign the image with such a key, or correct the policy."));
  EXPECT_THAT(NotSignedBy(KeyAndIdentity(false, true), 1),
              EndsWith(" 1 signature was found, none that holds for it by the identity \"b\": why. "
                       "Sign the image as such an identity, or correct the policy."));
  EXPECT_THAT(NotSignedBy(KeyAndIdentity(true, true), 1),
              HasSubstr("by one of the signers \"a\", \"b\": why. "));
  EXPECT_THAT(NotSignedBy(KeyAndIdentity(false, true), 0),
              AllOf(HasSubstr(" No signature was found in its repository under the tag sha256-"),
                    EndsWith(". Sign it as the identity \"b\".")));
}

TEST(SignSentences, SayAttestationWhereOneIsAskedFor) {
  const Requirement attested = KeyAndIdentity(true, false, "https://example.org/predicate");
  EXPECT_EQ(NotSignedBy(attested, 0),
            std::string(kNotSigned) +
                " No attestation was found in its repository. Attest it with the key \"a\".");
  EXPECT_THAT(NotSignedBy(attested, 1), HasSubstr(" 1 attestation was found, none that holds"));
  EXPECT_THAT(SayUnfinished(DemandOf(attested), "r.io/a", kNothing),
              HasSubstr("Whether one of its 0 attestations holds by the key \"a\""));
  EXPECT_THAT(SayNotRead(DemandOf(attested), "r.io/a", absl::UnavailableError("why")),
              HasSubstr(" Its attestations could not be read: why. "));
}

// An attestation that refers to the image is none of its signatures.
TEST(SignSentences, CountWhatMayBeWhatIsAskedFor) {
  const Requirement by_key = KeyAndIdentity(true, false);
  Examination examination = kNothing;
  examination.items = 3;
  examination.verification.others = 1;
  examination.verification.failures = {"why", "1 of another kind: what"};
  const auto say = [&] { return SayNotSigned(by_key, DemandOf(by_key), "r.io/a", examination); };
  EXPECT_THAT(say(), HasSubstr(" 2 signatures were found, none that holds for it by the key "
                               "\"a\": why; 1 of another kind: what. Sign the image"));
  EXPECT_THAT(SayUnfinished(DemandOf(by_key), "r.io/a", examination),
              HasSubstr("Whether one of its 2 signatures holds"));
  examination.verification = {.failures = {"3 of another kind: what"}, .others = 3};
  EXPECT_THAT(say(), EndsWith(" 3 pieces of evidence were found, but no such signature by the key "
                              "\"a\": 3 of another kind: what. Sign the image with such a key, or "
                              "correct the policy."));
  examination.items = 1;
  examination.verification.others = 1;
  EXPECT_THAT(say(), HasSubstr(" 1 piece of evidence was found, but no such signature by "));
  examination.items = 1000;
  examination.verification.others = 1000;
  examination.verification.may_be_more_others = true;
  EXPECT_THAT(say(), HasSubstr(" At least 1000 pieces of evidence were found, but no such "));
  examination.items = 1001;
  EXPECT_THAT(say(), HasSubstr(" 1 signature was found, none that holds "));
}

TEST(SignSentences, AnothersWordsEndWithOneFullStop) {
  EXPECT_EQ(SayUnparsable("r.io/a", absl::InvalidArgumentError("It is bad.")),
            std::string(kCouldNotVerify) + " It is not a valid image reference: It is bad.");
}

TEST(SignSentences, SayWhatToDoAboutEachKindOfError) {
  const auto say = [](absl::StatusCode code) {
    return SayNotRead(Demand(), "r.io/a", absl::Status(code, "why"));
  };
  EXPECT_THAT(say(absl::StatusCode::kPermissionDenied), HasSubstr("imagePullSecret"));
  EXPECT_THAT(say(absl::StatusCode::kDeadlineExceeded), HasSubstr("try again"));
  EXPECT_THAT(say(absl::StatusCode::kResourceExhausted), HasSubstr("try again later"));
  EXPECT_THAT(say(absl::StatusCode::kAborted), HasSubstr("Ask about fewer images"));
  EXPECT_THAT(say(absl::StatusCode::kDataLoss), HasSubstr("cannot be trusted"));
  EXPECT_THAT(say(absl::StatusCode::kInternal), HasSubstr("fault of the verifier"));
}

TEST(SignSentences, ListsAreCut) {
  const Requirement keys = Keys(13);
  EXPECT_THAT(SayNotSigned(keys, DemandOf(keys), "r.io/a", kNothing),
              AllOf(HasSubstr("one of the keys \"0\", \"1\""), HasSubstr("\"9\", and 3 more"),
                    Not(HasSubstr("\"10\""))));
}

TEST(SignSentences, WhatIsQuotedIsPrintableAndCut) {
  const std::string forged = "r.io/a\n" + std::string(10'000, 'x');
  const std::string sentence = SayUnparsable(forged, absl::InvalidArgumentError(forged));
  EXPECT_THAT(sentence, Not(HasSubstr("\n")));
  EXPECT_LT(sentence.size(), 2000u);
  EXPECT_THAT(SayExcluded("shop\x1b"), Not(HasSubstr("\x1b")));
  EXPECT_THAT(SayShortName("nginx"), EndsWith("docker.io/library/nginx for nginx."));
}

TEST(SignSentences, WhatIsBrokenOfThoseThatMatchIsNamedOnceInTheirOrder) {
  const std::string pem = crypto::TestKey::Generate().PublicPem();
  const Requirement requirement = Ask(TestPolicy()
                                          .Key("bad", "no PEM")
                                          .Key("twice", pem)
                                          .Key("twice", pem)
                                          .Key("good", pem)
                                          .Rule("r.io/*", {"unknown", "twice", "good", "bad"})
                                          .Rule("other.io/*", {"not this one"})
                                          .Rule("r.io/a", {})
                                          .Rule("*", {"bad", "unknown"}));
  EXPECT_THAT(
      NameBroken(requirement, DemandOf(requirement)),
      ElementsAre(StartsWith("key \"bad\": "), StartsWith("key \"twice\": more than one key"),
                  "key \"unknown\": the policy has no key of this name",
                  "pattern \"r.io/a\": it names no key"));
}

TEST(SignSentences, WhereNoneMatchesThePatternsThatCannotBeReadAreNamed) {
  const Requirement requirement =
      Ask(TestPolicy().Rule("https://r.io/*", {"a"}).Rule("other.io/*", {"a"}));
  EXPECT_THAT(NameBroken(requirement, DemandOf(requirement)),
              ElementsAre(AllOf(StartsWith("pattern /spec/verification/images/0/namePattern: "),
                                HasSubstr("https://r.io/*"))));
}

TEST(SignSentences, WhatIsBrokenIsNamedPrintably) {
  const Requirement requirement =
      Ask(TestPolicy().Rule("*", {"x\n{\"level\":\"info\"}", std::string(1000, 'k')}));
  const std::vector<std::string> broken = NameBroken(requirement, DemandOf(requirement));
  ASSERT_EQ(broken.size(), 2u);
  EXPECT_THAT(broken[0], StartsWith("key \"x\\x0a{\\\"level"));
  EXPECT_LT(broken[1].size(), 300u);
}

}  // namespace
}  // namespace countersign::policy
