#include "cosign/log_entry.h"

#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/time/time.h"
#include "cosign/test_log.h"
#include "crypto/test_key.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace countersign::cosign {
namespace {

using crypto::TestKey;
using crypto::TestKeyType;
using crypto::TestScheme;
using ::testing::AllOf;
using ::testing::Field;
using ::testing::HasSubstr;
using ::testing::VariantWith;
using Content = LoggedSignature::Content;

constexpr LogGeneration kRekor1 = LogGeneration::kRekor1;
constexpr LogGeneration kRekor2 = LogGeneration::kRekor2;
const absl::Time kTime = absl::FromUnixSeconds(1'800'000'123);

struct Kind {
  std::string name;
  std::string version;
  LogGeneration generation;
  Content content;
};

const Kind kKinds[] = {
    {"hashedrekord", "0.0.1", kRekor1, Content::kMessage},
    {"rekord", "0.0.1", kRekor1, Content::kMessage},
    {"dsse", "0.0.1", kRekor1, Content::kEnvelope},
    {"intoto", "0.0.2", kRekor1, Content::kEnvelope},
    {"hashedrekord", "0.0.2", kRekor2, Content::kMessage},
    {"hashedrekord", "0.0.2", kRekor2, Content::kEnvelope},
};

// A signature, the log that knows it, and the entry, which a test changes.
struct Logged {
  explicit Logged(const Kind& kind, TestKeyType log_type = TestKeyType::kEcdsaP256)
      : signature(kind.content),
        log(kind.generation, log_type),
        trusted(log.trusted()),
        entry(log.Log(kind.name, kind.version, Body(kind), kTime)) {}
  explicit Logged(LogGeneration generation, TestKeyType log_type = TestKeyType::kEcdsaP256)
      : Logged(generation == kRekor1 ? kKinds[0] : kKinds[4], log_type) {}

  std::string Body(const Kind& kind) const {
    return TestLogBody(kind.name, kind.version, signature.View());
  }
  InclusionProof& proof() { return *entry.proof; }
  // The entry with nothing but its promise, or its proof.
  Logged& KeepPromise() {
    entry.proof.reset();
    return *this;
  }
  Logged& KeepProof() {
    entry.promise.clear();
    return *this;
  }
  // Has the log promise what the entry says now.
  Logged& Promise() {
    entry.promise = log.Promise(entry);
    return *this;
  }

  std::variant<Refusal, LogWitness> Verify() const {
    // Beside another, which is not asked.
    logs = {TestLog(kRekor1).trusted(), trusted};
    return VerifyLogEntry(entry, signature.View(), logs);
  }

  TestLoggedSignature signature;
  TestLog log;
  TrustedLog trusted;
  LogEntry entry;
  mutable std::vector<TrustedLog> logs;
};

testing::AssertionResult Holds(const Logged& logged) {
  const auto verified = logged.Verify();
  const auto* const refusal = std::get_if<Refusal>(&verified);
  if (refusal == nullptr) return testing::AssertionSuccess();
  return testing::AssertionFailure() << refusal->sentence;
}

// A refusal for this reason, in a sentence with this phrase.
auto Refuses(Refused reason, const std::string& phrase) {
  return VariantWith<Refusal>(
      AllOf(Field(&Refusal::reason, reason), Field(&Refusal::sentence, HasSubstr(phrase))));
}
auto IsBad(const std::string& phrase) { return Refuses(Refused::kBadLogEntry, phrase); }

TEST(LogEntry, OfEachKindHolds) {
  for (const Kind& kind : kKinds) {
    Logged logged(kind);
    ASSERT_FALSE(logged.proof().hashes.empty());
    EXPECT_TRUE(Holds(logged)) << kind.name << " " << kind.version;
    logged.signature.Certify();
    EXPECT_THAT(logged.Verify(), IsBad("its body is of another signer"));
    logged.entry = logged.log.Log(kind.name, kind.version, logged.Body(kind), kTime);
    EXPECT_TRUE(Holds(logged)) << kind.name << " " << kind.version;
  }
}

TEST(LogEntry, OfRekor1HasAPromiseOrAProofOrBoth) {
  for (const Kind& kind : kKinds) {
    if (kind.generation != kRekor1) continue;
    EXPECT_TRUE(Holds(Logged(kind))) << kind.name;
    EXPECT_TRUE(Holds(Logged(kind).KeepPromise())) << kind.name;
    EXPECT_TRUE(Holds(Logged(kind).KeepProof())) << kind.name;
  }
}

TEST(LogEntry, OfLogsWithEachKeyHolds) {
  for (const TestKeyType type :
       {TestKeyType::kEcdsaP256, TestKeyType::kEcdsaP384, TestKeyType::kEcdsaP521}) {
    EXPECT_TRUE(Holds(Logged(kRekor1, type))) << static_cast<int>(type);
    EXPECT_TRUE(Holds(Logged(kRekor2, type))) << static_cast<int>(type);
  }
  for (const TestKeyType type : {TestKeyType::kEd25519, TestKeyType::kRsa2048}) {
    EXPECT_TRUE(Holds(Logged(kRekor2, type))) << static_cast<int>(type);
  }
}

TEST(LogEntry, SaysWhichLogKnowsAndSinceWhen) {
  Logged logged(kRekor1);
  auto verified = logged.Verify();
  ASSERT_TRUE(std::holds_alternative<LogWitness>(verified));
  LogWitness witness = std::get<LogWitness>(verified);
  EXPECT_EQ(witness.log, &logged.logs[1]);
  EXPECT_EQ(witness.index, logged.entry.index);
  EXPECT_EQ(witness.time, kTime);

  verified = logged.KeepProof().Verify();
  ASSERT_TRUE(std::holds_alternative<LogWitness>(verified));
  witness = std::get<LogWitness>(verified);
  EXPECT_EQ(witness.log, &logged.logs[1]);
  EXPECT_EQ(witness.time, std::nullopt);
}

// Nobody has signed what an entry says of a time beside a proof alone.
TEST(LogEntry, OfATimeWithoutAPromiseHasNone) {
  for (const LogGeneration generation : {kRekor1, kRekor2}) {
    Logged logged(generation);
    logged.KeepProof();
    for (const int64_t time : {int64_t{0}, int64_t{1}, int64_t{1'800'000'000}}) {
      logged.entry.integrated_time = time;
      const auto verified = logged.Verify();
      ASSERT_TRUE(std::holds_alternative<LogWitness>(verified)) << time;
      EXPECT_EQ(std::get<LogWitness>(verified).time, std::nullopt) << time;
    }
    // Nor does the log's window matter to it.
    logged.trusted.valid_for.end = absl::UnixEpoch();
    EXPECT_TRUE(Holds(logged));
  }
}

TEST(LogEntry, OfALogThatIsNotTrustedIsNotKnown) {
  for (const LogGeneration generation : {kRekor1, kRekor2}) {
    Logged logged(generation);
    logged.trusted.id.back() ^= 1;
    EXPECT_THAT(logged.Verify(), Refuses(Refused::kUnknownLog, "not trusted"));
    logged.trusted.id = logged.trusted.id.substr(0, 4);
    EXPECT_THAT(logged.Verify(), Refuses(Refused::kUnknownLog, "not trusted"));
    EXPECT_THAT(VerifyLogEntry(logged.entry, logged.signature.View(), {}),
                Refuses(Refused::kUnknownLog, "not trusted"));
  }
}

TEST(LogEntry, WithoutPromiseAndProofIsRefused) {
  for (const LogGeneration generation : {kRekor1, kRekor2}) {
    Logged logged(generation);
    EXPECT_THAT(logged.KeepPromise().KeepProof().Verify(), IsBad("neither a promise nor a proof"));
  }
}

TEST(Promise, OfAnotherKeyIsRefused) {
  Logged logged(kRekor1);
  logged.entry.promise = TestLog(kRekor1).Promise(logged.entry);
  EXPECT_THAT(logged.Verify(), IsBad("its promise is not signed by the log"));
}

TEST(Promise, ThatIsChangedIsRefused) {
  Logged logged(kRekor1);
  logged.KeepPromise();
  logged.entry.promise.back() ^= 1;
  EXPECT_THAT(logged.Verify(), IsBad("its promise is not signed by the log"));
}

TEST(Promise, ThatDoesNotHoldIsRefusedBesideAProofThatDoes) {
  Logged logged(kRekor1);
  logged.entry.promise = "promise";
  EXPECT_THAT(logged.Verify(), IsBad("its promise is not signed by the log"));
  logged.KeepProof();
  EXPECT_TRUE(Holds(logged));
}

// Of the same signature, each of whose bodies is right.
TEST(Promise, OfAnotherBodyIsRefused) {
  Logged logged(kRekor1);
  logged.KeepPromise();
  logged.entry.body += " ";
  EXPECT_THAT(logged.Verify(), IsBad("its promise is not signed by the log"));
  EXPECT_TRUE(Holds(logged.Promise()));
}

TEST(Promise, OfAnotherTimeIsRefused) {
  Logged logged(kRekor1);
  logged.KeepPromise();
  ++logged.entry.integrated_time;
  EXPECT_THAT(logged.Verify(), IsBad("its promise is not signed by the log"));
  EXPECT_TRUE(Holds(logged.Promise()));
}

TEST(Promise, OfAnotherIndexIsRefused) {
  Logged logged(kRekor1);
  logged.KeepPromise();
  ++logged.entry.index;
  EXPECT_THAT(logged.Verify(), IsBad("its promise is not signed by the log"));
  EXPECT_TRUE(Holds(logged.Promise()));
}

TEST(Promise, OfAnotherLogWithTheSameKeyIsRefused) {
  Logged logged(kRekor1);
  logged.KeepPromise();
  logged.entry.log_id.back() ^= 1;
  logged.trusted.id = logged.entry.log_id;
  EXPECT_THAT(logged.Verify(), IsBad("its promise is not signed by the log"));
  EXPECT_TRUE(Holds(logged.Promise()));
}

// Over the index in all trees, not the one in its own.
TEST(Promise, IsOfTheIndexInAllTrees) {
  Logged logged(kRekor1);
  LogEntry of_tree = logged.entry;
  of_tree.index = logged.proof().index;
  ASSERT_NE(of_tree.index, logged.entry.index);
  logged.entry.promise = logged.log.Promise(of_tree);
  EXPECT_THAT(logged.Verify(), IsBad("its promise is not signed by the log"));
}

TEST(Promise, IsOverOneTextAlone) {
  Logged logged(kRekor1);
  const std::string body = absl::Base64Escape(logged.entry.body);
  const std::string id = absl::BytesToHexString(logged.entry.log_id);
  const std::string text =
      absl::StrCat(R"({"body":")", body, R"(","integratedTime":)", logged.entry.integrated_time,
                   R"(,"logID":")", id, R"(","logIndex":)", logged.entry.index, "}");
  const auto verify = [&](std::string_view signed_text) {
    logged.entry.promise = logged.log.key().Sign(signed_text, TestScheme::kSha256);
    return logged.Verify();
  };
  EXPECT_THAT(verify(text), VariantWith<LogWitness>(testing::_));
  for (const std::string& other :
       {text + "\n", absl::StrReplaceAll(text, {{":", ": "}}),
        absl::StrReplaceAll(text, {{id, absl::Base64Escape(logged.entry.log_id)}}),
        absl::StrReplaceAll(text, {{"logID", "logId"}}), logged.entry.body}) {
    EXPECT_THAT(verify(other), IsBad("its promise is not signed by the log")) << other;
  }
}

TEST(Promise, IsByTheHashOfRekor1WhateverTheCurve) {
  for (const TestKeyType type : {TestKeyType::kEcdsaP384, TestKeyType::kEcdsaP521}) {
    Logged logged(kRekor1, type);
    const std::string text = absl::StrCat(
        R"({"body":")", absl::Base64Escape(logged.entry.body), R"(","integratedTime":)",
        logged.entry.integrated_time, R"(,"logID":")", absl::BytesToHexString(logged.entry.log_id),
        R"(","logIndex":)", logged.entry.index, "}");
    logged.entry.promise = logged.log.key().Sign(text, TestScheme::kSha256);
    EXPECT_TRUE(Holds(logged));
    logged.entry.promise = logged.log.key().Sign(text, TestScheme::kDefault);
    EXPECT_THAT(logged.Verify(), IsBad("its promise is not signed by the log"));
  }
}

TEST(Promise, OfNoTimeIsRefused) {
  Logged logged(kRekor1);
  logged.entry.integrated_time = 0;
  EXPECT_THAT(logged.Promise().Verify(), IsBad("its promise is of no time"));
  logged.entry.integrated_time = 1;
  EXPECT_TRUE(Holds(logged.Promise()));
}

TEST(Promise, IsOfATimeInTheLogsWindowBothEndsIncluded) {
  Logged logged(kRekor1);
  TrustWindow& window = logged.trusted.valid_for;
  window = {.start = kTime, .end = kTime};
  EXPECT_TRUE(Holds(logged));
  window = {.start = kTime + absl::Nanoseconds(1)};
  EXPECT_THAT(logged.Verify(), IsBad("at which the log is not trusted"));
  window = {.start = absl::UnixEpoch(), .end = kTime - absl::Nanoseconds(1)};
  EXPECT_THAT(logged.Verify(), IsBad("at which the log is not trusted"));
}

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

// All that the log says holds; of the signature it says something else.
TEST(Body, OfAnotherSignatureIsRefused) {
  for (const Kind& kind : kKinds) {
    Logged logged(kind);
    const TestLoggedSignature other(kind.content, logged.signature.test_key);
    const auto why = VerifyLogEntry(logged.entry, other.View(), {logged.trusted});
    EXPECT_THAT(why, IsBad("its body is of another signature")) << kind.name;
  }
}

TEST(Body, OfAnotherKindThanTheEntrysIsRefused) {
  Logged logged(kKinds[0]);
  // A promise is over the body, not over what the entry says of it.
  logged.entry.kind = "rekord";
  EXPECT_THAT(logged.Verify(), IsBad("its body is malformed: /kind: is not the entry's"));
}

TEST(Body, ThatIsMalformedIsRefused) {
  Logged logged(kRekor1);
  logged.entry = logged.log.Log("hashedrekord", "0.0.1", R"({"apiVersion":"0.0.1"})", kTime);
  EXPECT_THAT(logged.Verify(), IsBad("its body is malformed: /kind: must be given"));
}

TEST(LogEntry, IsNamedByItsIndex) {
  Logged logged(kRekor1);
  logged.entry.index = 4711;
  EXPECT_THAT(logged.Verify(), IsBad("its log entry 4711 does not hold: its promise"));
}

}  // namespace
}  // namespace countersign::cosign
