// What the real cosign has signed and attested (testdata/sigstore), in each storage, by keys and identities of
// each kind, seen by each kind of witness, is found in the registry and proves what it was made for, and
// nothing else.

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "base/eventually.h"
#include "base/file.h"
#include "base/status_matchers.h"
#include "cosign/claim.h"
#include "cosign/identity.h"
#include "cosign/item.h"
#include "cosign/outcome.h"
#include "cosign/proof.h"
#include "cosign/refusal.h"
#include "cosign/signer.h"
#include "cosign/statement.h"
#include "cosign/trusted_root.h"
#include "cosign/verify.h"
#include "crypto/public_key.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "oci/digest.h"
#include "oci/image_reference.h"
#include "policy/evidence.h"
#include "policy/look_plan.h"
#include "verifier/evidence/evidence_gatherer.h"
#include "verifier/evidence/test_images.h"
#include "verifier/test_cluster.h"

namespace countersign::verifier {
namespace {

using base::IsOk;
using ::testing::ElementsAreArray;
using ::testing::HasSubstr;
using ::testing::SizeIs;

// So many there were when this was written: fewer means that not all are read.
constexpr size_t kLeastImages = 100;

// What is asked of an item.
struct Question {
  cosign::Claim claim;
  cosign::SignerPtr signer;
};

crypto::PublicKey Key(const std::string& name) {
  return crypto::PublicKey::FromPem(
             base::LoadFile(absl::StrCat("testdata/keys/", name, ".pub")).value())
      .value();
}

std::shared_ptr<const cosign::TrustedRoot> Trust(const std::string& name) {
  static std::map<std::string, std::shared_ptr<const cosign::TrustedRoot>>* const kRead =
      new std::map<std::string, std::shared_ptr<const cosign::TrustedRoot>>;
  std::shared_ptr<const cosign::TrustedRoot>& root = (*kRead)[name];
  if (root == nullptr && !name.empty()) {
    const std::string path = absl::StrCat("testdata/sigstore/", name, "_root.json");
    root = std::make_shared<const cosign::TrustedRoot>(
        cosign::ParseTrustedRoot(base::LoadFile(path).value()).value());
  }
  return root;
}

// Exactly what the evidence proves.
Question ItsQuestion(const MadeImage& image, const MadeEvidence& made) {
  Question question = {.claim = {.image = image.digest}};
  if (!made.predicate_type.empty() && made.predicate_type != cosign::kSignaturePredicateType) {
    question.claim.predicate_type = made.predicate_type;
  }
  question.signer =
      made.key.empty() ? cosign::KeylessSigner(cosign::Identities::Compile({made.identity}).value(),
                                               made.witnesses, Trust(made.trust))
                       : cosign::KeySigner(Key(made.key), made.witnesses, Trust(made.trust));
  return question;
}

std::optional<cosign::Proof> Prove(const cosign::Item& item, const Question& question) {
  const cosign::Outcome outcome = cosign::Verify(item, question.claim, *question.signer);
  const auto* const verified = std::get_if<cosign::Verified>(&outcome);
  if (verified == nullptr) return std::nullopt;
  return verified->proof();
}

// Why not, of each.
std::string Refusals(const policy::Items& items, const Question& question) {
  std::string text;
  for (const auto& item : items) {
    if (!item.ok()) continue;
    const cosign::Outcome outcome = cosign::Verify(**item, question.claim, *question.signer);
    if (const auto* const refusal = std::get_if<cosign::Refusal>(&outcome)) {
      absl::StrAppend(&text, "\n  ", refusal->sentence);
    }
  }
  return text;
}

// The first by which it is proved; null: none.
cosign::ItemPtr FindItem(const policy::Items& items, const Question& question) {
  for (const auto& item : items) {
    if (item.ok() && Prove(**item, question).has_value()) return *item;
  }
  return nullptr;
}

// What cosign 3 must say of it; "": that it holds (docs/behaviour.md).
std::string_view CosignsComplaint(const MadeEvidence& made) {
  const std::string& key = made.key.empty() ? made.certified_key : made.key;
  if (made.form == "signature_layer") {
    const bool larger_hash = key == "ecdsa-p384" || key == "ecdsa-p521" || key == "ed25519";
    return larger_hash && made.witnesses.log_entries > 0 ? "unexpected algorithm: " : "";
  }
  if (key == "ed25519") return "accepted signatures do not match threshold";
  const bool by_cosign_3 = absl::StartsWith(made.made_by, "cosign v3.");
  if (made.form == "attestation_layer" && by_cosign_3 && made.witnesses.timestamps > 0) {
    return "expected at least one verified timestamp";
  }
  return "";
}

// Who must not be taken for the signer, nor what for what he said.
std::map<std::string, Question> WrongQuestions(const MadeImage& image, const MadeEvidence& made) {
  std::map<std::string, Question> questions;
  const auto claim = [&](const std::string& what, std::optional<std::string> predicate_type) {
    Question question = ItsQuestion(image, made);
    question.claim.predicate_type = std::move(predicate_type);
    questions.emplace(what, std::move(question));
  };
  const auto ask = [&](const std::string& what, auto change) {
    MadeEvidence other = made;
    if (other.trust.empty()) other.trust = "public";
    change(other);
    questions.emplace(what, ItsQuestion(image, other));
  };

  Question another = ItsQuestion(image, made);
  const bool is_signature = !another.claim.predicate_type.has_value();
  another.claim.image = oci::Digest::Of("another image");
  questions.emplace("of another image", std::move(another));
  claim("an attestation of another type", "https://example.org/other/v1");
  if (!is_signature) claim("a signature", std::nullopt);
  ask("two log entries", [](MadeEvidence& e) { e.witnesses.log_entries = 2; });
  ask("two timestamps", [](MadeEvidence& e) { e.witnesses.timestamps = 2; });
  if (made.key.empty()) {
    ask("somebody", [](MadeEvidence& e) { e.identity.subject = "nobody@example.org"; });
    ask("somebody else's word", [](MadeEvidence& e) { e.identity.issuer += "/"; });
    ask("two logs of certificates",
        [](MadeEvidence& e) { e.witnesses.certificate_timestamps = 2; });
  } else {
    ask("another key", [](MadeEvidence& e) { e.key = "stranger"; });
    ask("an identity", [](MadeEvidence& e) {
      e.key = "";
      e.identity.issuer = "https://accounts.example.org";
      e.identity.subject = "jane@example.org";
    });
  }
  if (!made.trust.empty()) {
    ask("others to have seen it",
        [](MadeEvidence& e) { e.trust = e.trust == "public" ? "private" : "public"; });
  }
  return questions;
}

class MadeImagesTest : public ::testing::Test {
 protected:
  // All that there is in any place.
  policy::Items Read(const MadeImage& image) {
    const policy::LookPlan plan = {
        .stages = {{policy::Place::kSignatureTag, policy::Place::kAttestationTag},
                   {policy::Place::kReferrers}}};
    const std::string text =
        absl::StrCat(kMadeRegistry, "/", image.name, "@", image.digest.ToString());
    const auto gathered = cluster_.gatherer.Gather(
        {.image = *oci::ImageReference::Parse(text),
         .scope = ShareScope({}),
         .plan = plan,
         .is_enough = [](const policy::Evidence&) { return false; }},
        EvidenceGatherer::Freshness::kFresh,
        {.pool = &cluster_.pool, .allowance = cluster_.OpenAllowance(), .deadline = base::Soon()});
    EXPECT_THAT(gathered, IsOk()) << image.name;
    return gathered.ok() ? (*gathered)->evidence.AllItems() : policy::Items();
  }

  TestCluster cluster_;
  const std::vector<MadeImage> images_ = PutMadeImages(&cluster_.registry);
};

TEST_F(MadeImagesTest, AreOfEachStorageAndKindOfKey) {
  EXPECT_GE(images_.size(), kLeastImages);
  std::set<std::string> forms;
  std::set<std::string> keys;
  std::set<std::string> certified_keys;
  for (const MadeImage& image : images_) {
    EXPECT_FALSE(image.evidence.empty()) << image.name;
    for (const MadeEvidence& made : image.evidence) {
      forms.insert(made.form);
      if (!made.key.empty()) keys.insert(made.key);
      if (!made.certified_key.empty()) certified_keys.insert(made.certified_key);
    }
  }
  EXPECT_THAT(forms, ElementsAreArray({"attestation_layer", "bundle", "signature_layer"}));
  EXPECT_THAT(keys, ElementsAreArray({"ecdsa-p256", "ecdsa-p384", "ecdsa-p521", "ed25519",
                                      "rsa-2048", "rsa-3072", "rsa-4096"}));
  EXPECT_EQ(certified_keys, keys);
}

TEST_F(MadeImagesTest, AllThatHangsOnThemIsFoundAndNothingElse) {
  for (const MadeImage& image : images_) {
    const policy::Items items = Read(image);
    EXPECT_THAT(items, SizeIs(image.evidence.size())) << image.name;
    for (const auto& item : items) EXPECT_THAT(item, IsOk()) << image.name;
  }
}

TEST_F(MadeImagesTest, EachPieceProvesWhatItWasMadeFor) {
  for (const MadeImage& image : images_) {
    const policy::Items items = Read(image);
    for (const MadeEvidence& made : image.evidence) {
      SCOPED_TRACE(absl::StrCat(image.name, ": ", made.made_by));
      const Question question = ItsQuestion(image, made);
      const cosign::ItemPtr item = FindItem(items, question);
      ASSERT_NE(item, nullptr) << Refusals(items, question);
      EXPECT_EQ(item->bundle != nullptr, made.form == "bundle");
      const cosign::Proof proof = *Prove(*item, question);
      EXPECT_EQ(proof.predicate_type, made.predicate_type);
      EXPECT_EQ(proof.log_indexes, made.log_indexes);
      EXPECT_EQ(proof.subject, made.identity.subject);
      EXPECT_EQ(proof.identity.has_value(), made.key.empty());
      for (const auto& [name, value] : made.extensions) {
        const auto found = proof.identity->extensions.find(name);
        ASSERT_NE(found, proof.identity->extensions.end()) << name;
        EXPECT_EQ(found->second, value);
      }
    }
  }
}

TEST_F(MadeImagesTest, OfThoseCosignRefusesThreeKindsAndNothingElse) {
  std::set<std::string_view> complaints;
  for (const MadeImage& image : images_) {
    for (const MadeEvidence& made : image.evidence) {
      const std::string_view complaint = CosignsComplaint(made);
      SCOPED_TRACE(absl::StrCat(image.name, ": ", made.made_by));
      EXPECT_EQ(made.cosign_refuses.empty(), complaint.empty()) << made.cosign_refuses;
      EXPECT_THAT(made.cosign_refuses, HasSubstr(std::string(complaint)));
      complaints.insert(complaint);
    }
  }
  EXPECT_THAT(complaints, SizeIs(4));  // none among them
}

// That of what nobody says when it was made is known to nobody.
TEST_F(MadeImagesTest, TheTimesAreThoseOfTheDayOnWhichTheyWereMade) {
  const absl::Time begin = absl::FromCivil(absl::CivilDay(2026, 1, 1), absl::UTCTimeZone());
  const absl::Time end = absl::FromCivil(absl::CivilDay(2036, 1, 1), absl::UTCTimeZone());
  for (const MadeImage& image : images_) {
    const policy::Items items = Read(image);
    for (const MadeEvidence& made : image.evidence) {
      SCOPED_TRACE(absl::StrCat(image.name, ": ", made.made_by));
      const Question question = ItsQuestion(image, made);
      const cosign::ItemPtr item = FindItem(items, question);
      ASSERT_NE(item, nullptr) << Refusals(items, question);
      const std::vector<absl::Time> times = Prove(*item, question)->times;
      EXPECT_TRUE(!times.empty() || (!made.key.empty() && made.witnesses.timestamps == 0));
      for (const absl::Time time : times) {
        EXPECT_GE(time, begin);
        EXPECT_LT(time, end);
      }
    }
  }
}

TEST_F(MadeImagesTest, NoPieceProvesAnythingElse) {
  for (const MadeImage& image : images_) {
    const policy::Items items = Read(image);
    for (const MadeEvidence& made : image.evidence) {
      const cosign::ItemPtr item = FindItem(items, ItsQuestion(image, made));
      ASSERT_NE(item, nullptr) << image.name << ": " << made.made_by;
      for (const auto& [what, question] : WrongQuestions(image, made)) {
        EXPECT_FALSE(Prove(*item, question).has_value())
            << image.name << ": " << made.made_by << " proves " << what;
      }
    }
  }
}

// A certificate in a bundle says that its owner has signed, not the key; one beside a layer takes nothing
// away from the key that it is for.
TEST_F(MadeImagesTest, AKeyThatIsCertifiedSignsLayersForItselfToo) {
  size_t layers = 0;
  size_t bundles = 0;
  for (const MadeImage& image : images_) {
    const policy::Items items = Read(image);
    for (const MadeEvidence& made : image.evidence) {
      if (made.certified_key.empty()) continue;
      ++(made.form == "bundle" ? bundles : layers);
      Question question = ItsQuestion(image, made);
      question.signer = cosign::KeySigner(Key(made.certified_key));
      EXPECT_EQ(FindItem(items, question) != nullptr, made.form != "bundle")
          << image.name << ": " << made.made_by << Refusals(items, question);
      question.signer = cosign::KeySigner(Key("stranger"));
      EXPECT_EQ(FindItem(items, question), nullptr) << image.name << ": " << made.made_by;
    }
  }
  EXPECT_GT(layers, 0u);
  EXPECT_GT(bundles, 0u);
}

}  // namespace
}  // namespace countersign::verifier
