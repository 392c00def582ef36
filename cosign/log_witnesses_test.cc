#include "cosign/log_witnesses.h"

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "cosign/checkpoint.h"
#include "cosign/log_entry_data.h"
#include "cosign/logged_signature.h"
#include "cosign/refusal.h"
#include "cosign/test_log.h"
#include "cosign/trusted_root.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace countersign::cosign {
namespace {

using ::testing::IsEmpty;
using ::testing::SizeIs;

constexpr absl::Time kTime = absl::FromUnixSeconds(1'800'000'123);

// A log, what is trusted of it, and its entry of the signature.
struct Witness {
  explicit Witness(const TestLoggedSignature& signature, LogGeneration generation)
      : log(generation), trusted(log.trusted()) {
    const bool is_rekor1 = generation == LogGeneration::kRekor1;
    const std::string version = is_rekor1 ? "0.0.1" : "0.0.2";
    entry = log.Log("hashedrekord", version, TestLogBody("hashedrekord", version, signature.View()),
                    kTime);
  }

  TestLog log;
  TrustedLog trusted;
  LogEntry entry;
};

class LogWitnessesTest : public ::testing::Test {
 protected:
  TestLoggedSignature signature_{LoggedSignature::Content::kMessage};
  Witness one_{signature_, LogGeneration::kRekor1};
  Witness two_{signature_, LogGeneration::kRekor2};
  std::vector<TrustedLog> logs_ = {one_.trusted, two_.trusted};

  LogWitnesses Find(const std::vector<LogEntry>& entries) const {
    return FindLogWitnesses(entries, signature_.View(), logs_);
  }
};

TEST_F(LogWitnessesTest, AreThoseWhoseEntriesHold) {
  const LogWitnesses found = Find({one_.entry, two_.entry});
  ASSERT_THAT(found.witnesses, SizeIs(2));
  EXPECT_EQ(found.witnesses[0].log, &logs_[0]);
  EXPECT_EQ(found.witnesses[0].time, kTime);
  EXPECT_EQ(found.witnesses[1].log, &logs_[1]);
  EXPECT_EQ(found.witnesses[1].time, std::nullopt);
  EXPECT_FALSE(found.refusal.has_value());
  EXPECT_THAT(Find({}).witnesses, IsEmpty());
  EXPECT_FALSE(Find({}).refusal.has_value());
}

TEST_F(LogWitnessesTest, AreNotSpoiledByAnEntryThatDoesNotHold) {
  LogEntry bad = one_.entry;
  bad.promise = "promise";
  for (const std::vector<LogEntry>& entries :
       {std::vector<LogEntry>{bad, two_.entry}, std::vector<LogEntry>{two_.entry, bad}}) {
    const LogWitnesses found = Find(entries);
    ASSERT_THAT(found.witnesses, SizeIs(1));
    EXPECT_EQ(found.witnesses[0].log, &logs_[1]);
    ASSERT_TRUE(found.refusal.has_value());
    EXPECT_EQ(found.refusal->reason, Refused::kBadLogEntry);
  }
}

TEST_F(LogWitnessesTest, SayWhatIsWrongWithATrustedLogsEntryBeforeOthers) {
  const LogEntry unknown = Witness(signature_, LogGeneration::kRekor1).entry;
  LogEntry bad = one_.entry;
  bad.promise = "promise";
  EXPECT_EQ(Find({unknown}).refusal->reason, Refused::kUnknownLog);
  EXPECT_EQ(Find({unknown, bad}).refusal->reason, Refused::kBadLogEntry);
  EXPECT_EQ(Find({bad, unknown}).refusal->reason, Refused::kBadLogEntry);
}

TEST_F(LogWitnessesTest, WithoutATimeAreKeptIfTheirLogWasInUse) {
  logs_[0].valid_for = {.start = kTime, .end = kTime};
  logs_[1].valid_for = {.start = kTime, .end = kTime + absl::Seconds(10)};
  const LogWitnesses all = Find({one_.entry, two_.entry});
  ASSERT_THAT(all.witnesses, SizeIs(2));
  const absl::Time late = kTime + absl::Seconds(11);
  const std::vector<std::vector<absl::Time>> kInUse = {
      {}, {kTime}, {kTime + absl::Seconds(10)}, {late, kTime}};
  for (const std::vector<absl::Time>& times : kInUse) {
    LogWitnesses kept = all;
    KeepThoseInUse(times, kept);
    EXPECT_THAT(kept.witnesses, SizeIs(2));
    EXPECT_FALSE(kept.refusal.has_value());
  }
  for (const absl::Time time : {late, kTime - absl::Nanoseconds(1)}) {
    LogWitnesses kept = all;
    KeepThoseInUse({time}, kept);
    // That which says a time of its own was judged by that.
    ASSERT_THAT(kept.witnesses, SizeIs(1));
    EXPECT_EQ(kept.witnesses[0].log, &logs_[0]);
    ASSERT_TRUE(kept.refusal.has_value());
    EXPECT_EQ(kept.refusal->reason, Refused::kBadLogEntry);
  }
}

TEST_F(LogWitnessesTest, AreCountedByOperatorElseByLog) {
  const auto count = [this](std::vector<size_t> places) {
    std::vector<LogWitness> witnesses;
    for (const size_t place : places) witnesses.push_back({.log = &logs_[place]});
    return CountIndependent(witnesses);
  };
  EXPECT_EQ(count({}), 0u);
  EXPECT_EQ(count({0}), 1u);
  EXPECT_EQ(count({0, 0, 0}), 1u);
  EXPECT_EQ(count({0, 1}), 2u);
  logs_[0].operator_name = "one";
  EXPECT_EQ(count({0, 1}), 2u);
  logs_[1].operator_name = "one";
  EXPECT_EQ(count({0, 1, 0}), 1u);
  logs_[1].operator_name = "two";
  EXPECT_EQ(count({0, 1}), 2u);
  // Nor is a log another's operator.
  logs_[1].operator_name = "";
  logs_[0].operator_name = logs_[1].id;
  EXPECT_EQ(count({0, 1}), 2u);
}

}  // namespace
}  // namespace countersign::cosign
