#include "cosign/log_entry.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/time/time.h"
#include "cosign/log_entry_data.h"
#include "cosign/log_entry_fixture.h"
#include "cosign/refusal.h"
#include "cosign/test_log.h"
#include "cosign/trusted_root.h"
#include "crypto/test_key.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace countersign::cosign {
namespace {

using crypto::TestKeyType;
using crypto::TestScheme;
using ::testing::VariantWith;

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
