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
using ::testing::IsEmpty;
using ::testing::SizeIs;

// So many there were when this was written: fewer means that not all are read.
constexpr size_t kLeastImages = 150;

// Those by whose keys there is everything; and a key that is made, certified and thrown away.
constexpr std::string_view kKeys[] = {"ecdsa-p256", "ecdsa-p384", "ecdsa-p521", "rsa-2048",
                                      "rsa-3072",   "rsa-4096",   "ed25519"};
constexpr std::string_view kKeyOfOneUse = "a key of one use";

// By which evidence is judged: a Sigstore with logs, and one without.
constexpr std::string_view kTrusts[] = {"public", "private"};

// All forms in all places, as StorageOf names them. There are no bundles under tags.
constexpr std::string_view kStorages[] = {
    "signature layer under a tag",        "attestation layer under a tag",
    "signature layer by the API",         "attestation layer by the API",
    "signature layer by the tag for it",  "attestation layer by the tag for it",
    "signature bundle by the API",        "attestation bundle by the API",
    "signature bundle by the tag for it", "attestation bundle by the tag for it",
};

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

bool IsAttestation(const MadeEvidence& made) {
  return !made.predicate_type.empty() && made.predicate_type != cosign::kSignaturePredicateType;
}

// Exactly what the evidence proves.
Question ItsQuestion(const MadeImage& image, const MadeEvidence& made) {
  Question question = {.claim = {.image = image.digest}};
  if (IsAttestation(made)) {
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
  another.claim.image = oci::Digest::Of("another image");
  questions.emplace("of another image", std::move(another));
  claim("an attestation of another type", "https://example.org/other/v1");
  if (IsAttestation(made)) claim("a signature", std::nullopt);
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

// In what form it lies where, as in kStorages.
std::string StorageOf(const MadeImage& image, const MadeEvidence& made,
                      const policy::Place& place) {
  const std::string_view where = place.kind != policy::Place::kReferrers ? "under a tag"
                                 : image.has_referrers_api               ? "by the API"
                                                                         : "by the tag for it";
  return absl::StrCat(IsAttestation(made) ? "attestation " : "signature ",
                      made.form == "bundle" ? "bundle " : "layer ", where);
}

// Combinations, each in a few words.
using Combinations = std::set<std::string>;

std::string SeenBy(size_t log_entries, size_t timestamps) {
  return absl::StrCat(log_entries, " logs and ", timestamps, " timestamp authorities");
}

// Those that there are to be. Of where what lies, by what key, and whose word that is (the key's own, or
// that of who has certified it) there is the product. Who has seen a signature knows its bytes alone,
// not where they lie, so that there is each witness in each storage, and each key with each trust.
Combinations AllCombinations() {
  Combinations all;
  for (const std::string_view storage : kStorages) {
    for (const std::string_view key : kKeys) {
      all.insert(absl::StrCat(storage, ": ", key));
      all.insert(absl::StrCat(storage, ": ", key, ", seen"));
      for (const std::string_view trust : kTrusts) {
        all.insert(absl::StrCat(storage, ": ", key, ", certified, ", trust));
        all.insert(absl::StrCat(key, ", seen, ", trust));
      }
    }
    for (const std::string_view trust : kTrusts) {
      all.insert(absl::StrCat(storage, ": ", kKeyOfOneUse, ", certified, ", trust));
      all.insert(absl::StrCat(storage, ": seen, ", trust));
    }
    all.insert(absl::StrCat(storage, ": ", SeenBy(1, 0)));
    all.insert(absl::StrCat(storage, ": ", SeenBy(0, 1)));
    all.insert(absl::StrCat(storage, ": ", SeenBy(1, 1)));
  }
  return all;
}

// Those that a piece of evidence is of.
Combinations CombinationsOf(const std::string& storage, const MadeEvidence& made) {
  Combinations found = {
      absl::StrCat(storage, ": ", SeenBy(made.witnesses.log_entries, made.witnesses.timestamps))};
  if (made.key.empty()) {
    const std::string_view key = made.certified_key.empty() ? kKeyOfOneUse : made.certified_key;
    found.insert(absl::StrCat(storage, ": ", key, ", certified, ", made.trust));
  } else if (made.trust.empty()) {
    found.insert(absl::StrCat(storage, ": ", made.key));
  } else {
    found.insert(absl::StrCat(storage, ": ", made.key, ", seen"));
    found.insert(absl::StrCat(storage, ": seen, ", made.trust));
    found.insert(absl::StrCat(made.key, ", seen, ", made.trust));
  }
  return found;
}

class MadeImagesTest : public ::testing::Test {
 protected:
  // All that there is, by place.
  policy::Evidence Gather(const MadeImage& image) {
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
    return gathered.ok() ? (*gathered)->evidence : policy::Evidence{.digest = image.digest};
  }

  policy::Items Read(const MadeImage& image) { return Gather(image).AllItems(); }

  TestCluster cluster_;
  const std::vector<MadeImage> images_ = PutMadeImages(&cluster_.registry);
};

TEST_F(MadeImagesTest, AreOfEveryCombinationOfStorageKindKeyAndAuthority) {
  EXPECT_GE(images_.size(), kLeastImages);
  Combinations lacking = AllCombinations();
  for (const MadeImage& image : images_) {
    EXPECT_FALSE(image.evidence.empty()) << image.name;
    const policy::Evidence evidence = Gather(image);
    for (const MadeEvidence& made : image.evidence) {
      const Question question = ItsQuestion(image, made);
      for (const policy::PlaceItems& found : evidence.by_place) {
        if (FindItem(found.items, question) == nullptr) continue;
        const std::string storage = StorageOf(image, made, found.place);
        for (const std::string& one : CombinationsOf(storage, made)) lacking.erase(one);
      }
    }
  }
  EXPECT_THAT(lacking, IsEmpty());
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

// Where several pieces hang on an image, it may complain of another one.
TEST_F(MadeImagesTest, OfSinglePiecesCosignRefusesThreeKindsAndNothingElse) {
  std::set<std::string_view> complaints;
  for (const MadeImage& image : images_) {
    if (image.evidence.size() > 1) continue;
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
