// By what a log's entry is in the log: its proof, its checkpoint, and whose generation they are of.

#include <string>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "cosign/checkpoint.h"
#include "cosign/log_entry_data.h"
#include "cosign/log_entry_fixture.h"
#include "cosign/refusal.h"
#include "cosign/test_log.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace countersign::cosign {
namespace {

using ::testing::Field;
using ::testing::HasSubstr;
using ::testing::VariantWith;

TEST(Proof, ThatDoesNotHoldIsRefusedBesideAPromiseThatDoes) {
  Logged logged(kRekor1);
  logged.proof().hashes[0][0] ^= 1;
  EXPECT_THAT(logged.Verify(), IsBad("does not lead to the root"));
  EXPECT_TRUE(Holds(logged.KeepPromise()));
}

TEST(Proof, WithOneBitOfAHashChangedIsRefused) {
  for (const LogGeneration generation : {kRekor1, kRekor2}) {
    Logged logged(generation);
    logged.proof().hashes.back()[31] ^= 1;
    EXPECT_THAT(logged.Verify(), IsBad("does not lead to the root"));
  }
}

TEST(Proof, OfAnotherBodyIsRefused) {
  for (const LogGeneration generation : {kRekor1, kRekor2}) {
    Logged logged(generation);
    logged.entry.body += " ";
    EXPECT_THAT(logged.KeepProof().Verify(), IsBad("does not lead to the root"));
  }
}

// The log promises what is in no tree of its.
TEST(Proof, OfABodyThatIsOnlyPromisedIsRefused) {
  Logged logged(kRekor1);
  logged.entry.body += " ";
  EXPECT_THAT(logged.Promise().Verify(), IsBad("does not lead to the root"));
}

TEST(Proof, HasTheRootOfItsCheckpoint) {
  for (const LogGeneration generation : {kRekor1, kRekor2}) {
    Logged logged(generation);
    logged.proof().root[0] ^= 1;
    EXPECT_THAT(logged.Verify(), IsBad("of different trees"));
  }
}

TEST(Proof, HasTheTreeSizeOfItsCheckpoint) {
  for (const LogGeneration generation : {kRekor1, kRekor2}) {
    Logged logged(generation);
    ++logged.proof().tree_size;
    EXPECT_THAT(logged.Verify(), IsBad("of different trees"));
  }
}

// Both are right, each for its own tree.
TEST(Proof, WithALaterCheckpointOfTheLogIsRefused) {
  for (const LogGeneration generation : {kRekor1, kRekor2}) {
    Logged logged(generation);
    LogEntry later = logged.log.Log("hashedrekord", "0.0.1", "{}", kTime);
    logged.proof().checkpoint = later.proof->checkpoint;
    EXPECT_THAT(logged.Verify(), IsBad("of different trees"));
    // Nor does it lead to the later tree's root.
    logged.proof().tree_size = later.proof->tree_size;
    logged.proof().root = later.proof->root;
    EXPECT_THAT(logged.Verify(), IsBad("does not lead to the root"));
  }
}

TEST(Proof, OfRekor1IsOfTheIndexInItsTree) {
  Logged logged(kRekor1);
  ASSERT_NE(logged.proof().index, logged.entry.index);
  EXPECT_TRUE(Holds(logged));
  logged.proof().index = logged.entry.index;
  EXPECT_THAT(logged.Verify(), IsBad("does not lead to the root"));
}

TEST(Proof, OfRekor2IsOfTheEntrysIndex) {
  Logged logged(kRekor2);
  ASSERT_EQ(logged.proof().index, logged.entry.index);
  ++logged.entry.index;
  EXPECT_THAT(logged.Verify(), IsBad("its proof is of another index"));
}

TEST(Proof, OfRekor2WithAnotherIndexDoesNotLeadThere) {
  Logged logged(kRekor2);
  --logged.entry.index;
  --logged.proof().index;
  EXPECT_THAT(logged.Verify(), IsBad("does not lead to the root"));
}

TEST(Proof, WithACheckpointThatAnotherLogSignedIsRefused) {
  for (const LogGeneration generation : {kRekor1, kRekor2}) {
    Logged logged(generation);
    const std::string text =
        logged.log.CheckpointText(logged.proof().tree_size, logged.proof().root);
    logged.proof().checkpoint = TestLog(generation).SignedCheckpoint(text);
    EXPECT_THAT(logged.Verify(), IsBad("its checkpoint is not signed by the log"));
    logged.proof().checkpoint = logged.log.SignedCheckpoint(text);
    EXPECT_TRUE(Holds(logged));
  }
}

// A tree that somebody else made, by whom everything is right but the signature.
TEST(Proof, InATreeOfSomebodyElsesIsRefused) {
  for (const LogGeneration generation : {kRekor1, kRekor2}) {
    Logged logged(generation);
    logged.entry.proof = TestLog(generation)
                             .Log(logged.entry.kind, logged.entry.version, logged.entry.body, kTime)
                             .proof;
    EXPECT_THAT(logged.Verify(), IsBad("its checkpoint is not signed by the log"));
  }
}

TEST(Proof, WithAMalformedCheckpointIsRefused) {
  for (const LogGeneration generation : {kRekor1, kRekor2}) {
    Logged logged(generation);
    std::string& checkpoint = logged.proof().checkpoint;
    checkpoint.pop_back();
    EXPECT_THAT(logged.Verify(), IsBad("its checkpoint is malformed: its last line is not ended"));
    checkpoint = "bait";
    EXPECT_THAT(logged.Verify(),
                VariantWith<Refusal>(Field(&Refusal::sentence, testing::Not(HasSubstr("bait")))));
  }
}

TEST(Proof, OfRekor2IsInTheLogsName) {
  Logged logged(kRekor2);
  logged.trusted.origins = {"elsewhere.example.org"};
  EXPECT_THAT(logged.Verify(), IsBad("its checkpoint is not signed by the log"));
  logged.trusted.origins.clear();
  EXPECT_THAT(logged.Verify(), IsBad("its checkpoint is not signed by the log"));
}

// By the log's key, and in its name, but in the other generation's form.
TEST(Generation, OfACheckpointIsTheEntrys) {
  for (const Kind& kind : kKinds) {
    Logged logged(kind);
    logged.KeepProof();
    std::string text = logged.log.CheckpointText(logged.proof().tree_size, logged.proof().root);
    text = absl::StrCat(kind.generation == kRekor1 ? "log.example.org\n" : "log.example.org - 17\n",
                        text.substr(text.find('\n') + 1));
    logged.proof().checkpoint = logged.log.SignedCheckpoint(text);
    EXPECT_THAT(logged.Verify(), IsBad("its checkpoint is not signed by the log"))
        << kind.name << " " << kind.version;
  }
}

// What one generation's kinds are logged as by a log of the other.
TEST(Generation, OfALogIsTheEntrys) {
  for (const Kind& kind : kKinds) {
    Kind moved = kind;
    moved.generation = kind.generation == kRekor1 ? kRekor2 : kRekor1;
    Logged logged(moved);
    logged.entry.index = logged.proof().index;
    logged.KeepProof();
    EXPECT_THAT(logged.Verify(), IsBad("its checkpoint is not signed by the log"))
        << kind.name << " " << kind.version;
  }
}

TEST(Generation, TwoPromisesNothing) {
  Logged logged(kRekor2);
  logged.entry.integrated_time = absl::ToUnixSeconds(kTime);
  EXPECT_THAT(logged.Promise().Verify(), IsBad("which Rekor 2 does not make"));
  EXPECT_THAT(logged.KeepPromise().Verify(), IsBad("which Rekor 2 does not make"));
}

// Of dsse there is a kind of Rekor 2 that is not read: it is not taken for one of Rekor 1.
TEST(Generation, OfDsse002IsTwo) {
  Logged logged(kKinds[2]);
  logged.entry.version = "0.0.2";
  EXPECT_THAT(logged.Verify(), IsBad("which Rekor 2 does not make"));
  logged.KeepProof();
  EXPECT_THAT(logged.Verify(), IsBad("its proof is of another index"));
}

}  // namespace
}  // namespace countersign::cosign
