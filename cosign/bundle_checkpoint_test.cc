// Proofs and checkpoints of transparency logs in bundles: each test breaks one thing of one that
// holds.

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "cosign/bundle.h"
#include "cosign/checkpoint.h"
#include "cosign/log_entry_data.h"
#include "cosign/proof.h"
#include "cosign/refusal.h"
#include "cosign/test_judge.h"
#include "cosign/test_log.h"
#include "cosign/test_sigstore.h"
#include "cosign/trusted_root.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace countersign::cosign {
namespace {

// With an entry of Rekor 1 and one of Rekor 2, of which the one is judged.
class BundleCheckpointTest : public ::testing::TestWithParam<LogGeneration> {
 protected:
  BundleCheckpointTest() {
    signing_.witnesses = {witness_, TestWitness::kTimestamp};
    bundle_ = sigstore_.Sign(signing_);
  }

  TestLog& log() {
    return GetParam() == LogGeneration::kRekor1 ? sigstore_.rekor1 : sigstore_.rekor2;
  }
  InclusionProof& proof() { return *bundle_.entries[0].proof; }

  BundleVerdict JudgeWith(std::string checkpoint) {
    Bundle bundle = bundle_;
    bundle.entries[0].proof->checkpoint = std::move(checkpoint);
    return judge_.Judge(bundle);
  }

  void ExpectBadEntry(const std::function<void(LogEntry&)>& break_entry) {
    Bundle bundle = bundle_;
    ASSERT_THAT(judge_.Judge(bundle), Holds());
    break_entry(bundle.entries[0]);
    EXPECT_THAT(judge_.Judge(bundle), IsRefusedAs(Refused::kBadLogEntry));
  }

  const TestWitness witness_ =
      GetParam() == LogGeneration::kRekor1 ? TestWitness::kRekor1 : TestWitness::kRekor2;
  TestSigstore sigstore_;
  TestSigning signing_ = sigstore_.Keyless();
  TestJudge judge_{sigstore_};
  Bundle bundle_;
};

INSTANTIATE_TEST_SUITE_P(Rekor, BundleCheckpointTest,
                         ::testing::Values(LogGeneration::kRekor1, LogGeneration::kRekor2),
                         [](const auto& tried) {
                           return tried.param == LogGeneration::kRekor1 ? "1" : "2";
                         });

TEST_P(BundleCheckpointTest, AProofThatWasChangedIsBad) {
  ExpectBadEntry([](LogEntry& entry) { entry.proof->hashes[0][31] ^= 1; });
  ExpectBadEntry([](LogEntry& entry) { entry.proof->hashes.pop_back(); });
  ExpectBadEntry([](LogEntry& entry) { entry.proof->hashes.push_back({}); });
  ExpectBadEntry([](LogEntry& entry) { entry.proof->root[0] ^= 1; });
  ExpectBadEntry([](LogEntry& entry) { entry.proof->tree_size += 1; });
  ExpectBadEntry([](LogEntry& entry) { entry.proof->index -= 1; });
}

// What an entry's index is over all trees of a log of Rekor 1, only its promise says; Rekor 2 has one
// tree, and one index.
TEST_P(BundleCheckpointTest, TheIndexInTheTreeIsTheProofs) {
  const bool is_rekor1 = GetParam() == LogGeneration::kRekor1;
  ASSERT_EQ(bundle_.entries[0].index != proof().index, is_rekor1);
  bundle_.entries[0].promise.clear();
  EXPECT_THAT(judge_.Judge(bundle_), Holds());
  if (!is_rekor1) ExpectBadEntry([](LogEntry& entry) { entry.index -= 1; });
}

// A log that is trusted did sign that tree, but another one.
TEST_P(BundleCheckpointTest, ACheckpointOfAnotherTrustedLogIsBad) {
  TestLog other(GetParam());
  judge_.trust.logs.push_back(other.trusted());
  const LogEntry& entry = bundle_.entries[0];
  const std::string checkpoint =
      other.Log(entry.kind, entry.version, entry.body, kTestSigningTime).proof->checkpoint;
  ASSERT_EQ(ParseCheckpoint(checkpoint)->text, ParseCheckpoint(proof().checkpoint)->text);
  EXPECT_THAT(JudgeWith(checkpoint), IsRefusedAs(Refused::kBadLogEntry));
}

TEST_P(BundleCheckpointTest, ACheckpointOfALaterTreeIsBad) {
  const LogEntry later = log().Log("dsse", "0.0.1", "another body", kTestSigningTime);
  EXPECT_THAT(JudgeWith(later.proof->checkpoint), IsRefusedAs(Refused::kBadLogEntry));
  // And an earlier one.
  EXPECT_THAT(
      JudgeWith(log().SignedCheckpoint(log().CheckpointText(proof().tree_size - 1, proof().root))),
      IsRefusedAs(Refused::kBadLogEntry));
  EXPECT_THAT(
      JudgeWith(log().SignedCheckpoint(log().CheckpointText(proof().tree_size, proof().root))),
      Holds());
}

TEST_P(BundleCheckpointTest, ACheckpointUnderAnotherOriginIsBad) {
  const std::string text = log().CheckpointText(proof().tree_size, proof().root);
  const std::string other = absl::StrReplaceAll(text, {{"log.example.org", "other.example.org"}});
  if (GetParam() == LogGeneration::kRekor2) {
    EXPECT_THAT(JudgeWith(log().SignedCheckpoint(other)), IsRefusedAs(Refused::kBadLogEntry));
    return;
  }
  // What a log of Rekor 1 is called says its configuration; it has a tree.
  EXPECT_THAT(JudgeWith(log().SignedCheckpoint(other)), Holds());
  EXPECT_THAT(JudgeWith(log().SignedCheckpoint(absl::StrReplaceAll(text, {{" - 1", " 1"}}))),
              IsRefusedAs(Refused::kBadLogEntry));
}

// The name, the key's id and the signature of the only signature line.
struct Line {
  std::string name;
  std::string key_id;
  std::string signature;

  std::string Write() const {
    return absl::StrCat("— ", name, " ", absl::Base64Escape(key_id + signature), "\n");
  }
};

Line LineOf(std::string_view checkpoint) {
  const Checkpoint::Line line = ParseCheckpoint(checkpoint)->lines.at(0);
  return {line.name, std::string(line.key_id.begin(), line.key_id.end()), line.signature};
}

TEST_P(BundleCheckpointTest, ASignatureLineThatIsNotTheLogsIsBad) {
  const std::string text = ParseCheckpoint(proof().checkpoint)->text + "\n";
  const Line good = LineOf(proof().checkpoint);
  ASSERT_EQ(text + good.Write(), proof().checkpoint);
  Line bad = good;
  bad.key_id[0] ^= 1;
  EXPECT_THAT(JudgeWith(text + bad.Write()), IsRefusedAs(Refused::kBadLogEntry));
  bad = good;
  bad.signature.back() ^= 1;
  EXPECT_THAT(JudgeWith(text + bad.Write()), IsRefusedAs(Refused::kBadLogEntry));
  // A bad one of the log's own spoils a good one.
  EXPECT_THAT(JudgeWith(text + good.Write() + bad.Write()), IsRefusedAs(Refused::kBadLogEntry));
  bad = good;
  bad.name = "witness.example.org";
  const bool is_of_whatever_name = GetParam() == LogGeneration::kRekor1;
  EXPECT_EQ(std::holds_alternative<Proof>(JudgeWith(text + bad.Write())), is_of_whatever_name);
}

TEST_P(BundleCheckpointTest, LinesOfOthersAreNotLookedAt) {
  const std::string text = ParseCheckpoint(proof().checkpoint)->text + "\n";
  const Line good = LineOf(proof().checkpoint);
  const Line witness = {"witness.example.org", "abcd", "a signature"};
  const Line other_key = {good.name, "abcd", "a signature"};
  EXPECT_THAT(JudgeWith(text + witness.Write() + good.Write() + other_key.Write()), Holds());
  EXPECT_THAT(JudgeWith(text + witness.Write() + other_key.Write()),
              IsRefusedAs(Refused::kBadLogEntry));
}

// Signatures of post-quantum witnesses are that long.
TEST_P(BundleCheckpointTest, SixteenLinesOf5KilobytesAreRead) {
  std::string note = ParseCheckpoint(proof().checkpoint)->text + "\n";
  for (int i = 0; i < 15; ++i) {
    note += Line{"witness.example.org", "abcd", std::string(5000, 's')}.Write();
  }
  EXPECT_THAT(JudgeWith(note + LineOf(proof().checkpoint).Write()), Holds());
}

TEST_P(BundleCheckpointTest, ANoteThatIsNoneIsRefused) {
  const std::string good = proof().checkpoint;
  const std::string text = ParseCheckpoint(good)->text;
  std::string crowd;
  for (size_t i = 0; i < kMaxCheckpointLines; ++i) {
    crowd += Line{"witness.example.org", "abcd", "a signature"}.Write();
  }
  const std::string line = LineOf(good).Write();
  const std::pair<const char*, std::string> kNotes[] = {
      {"truncated", good.substr(0, good.size() / 2)},
      {"without its last line feed", good.substr(0, good.size() - 1)},
      {"with CR LF", absl::StrReplaceAll(good, {{"\n", "\r\n"}})},
      {"without a signature line", text + "\n"},
      {"without the empty line", text + line},
      {"without an origin", good.substr(good.find('\n') + 1)},
      {"with a 65th line", text + "\n" + crowd + line},
      {"with text after it", good + "more"},
  };
  for (const auto& [what, note] : kNotes) {
    EXPECT_THAT(JudgeWith(note), IsRefusedAs(Refused::kBadLogEntry)) << what;
  }
  // The 64 lines are not what is wrong.
  EXPECT_THAT(JudgeWith(text + "\n" + line + crowd.substr(crowd.find('\n') + 1)), Holds());
  // What is longer than any is not even read.
  EXPECT_THAT(JudgeWith(std::string(1 << 20, 'x')), IsRefusedAs(Refused::kMalformed));
}

}  // namespace
}  // namespace countersign::cosign
