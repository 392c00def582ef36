#ifndef COUNTERSIGN_COSIGN_LOG_ENTRY_FIXTURE_H_
#define COUNTERSIGN_COSIGN_LOG_ENTRY_FIXTURE_H_

#include <string>
#include <variant>
#include <vector>

#include "absl/time/time.h"
#include "cosign/checkpoint.h"
#include "cosign/log_entry.h"
#include "cosign/log_entry_data.h"
#include "cosign/logged_signature.h"
#include "cosign/refusal.h"
#include "cosign/test_log.h"
#include "cosign/trusted_root.h"
#include "crypto/test_key.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace countersign::cosign {

// What tests of log entries have in common: each kind of them, the logs that make them, and what
// comes of one.

inline constexpr LogGeneration kRekor1 = LogGeneration::kRekor1;
inline constexpr LogGeneration kRekor2 = LogGeneration::kRekor2;
inline constexpr absl::Time kTime = absl::FromUnixSeconds(1'800'000'123);

struct Kind {
  std::string name;
  std::string version;
  LogGeneration generation;
  LoggedSignature::Content content;
};

inline const Kind kKinds[] = {
    {"hashedrekord", "0.0.1", kRekor1, LoggedSignature::Content::kMessage},
    {"rekord", "0.0.1", kRekor1, LoggedSignature::Content::kMessage},
    {"dsse", "0.0.1", kRekor1, LoggedSignature::Content::kEnvelope},
    {"intoto", "0.0.2", kRekor1, LoggedSignature::Content::kEnvelope},
    {"hashedrekord", "0.0.2", kRekor2, LoggedSignature::Content::kMessage},
    {"hashedrekord", "0.0.2", kRekor2, LoggedSignature::Content::kEnvelope},
};

// A signature, the log that knows it, and the entry, which a test changes.
struct Logged {
  explicit Logged(const Kind& kind, crypto::TestKeyType log_type = crypto::TestKeyType::kEcdsaP256)
      : signature(kind.content),
        log(kind.generation, log_type),
        trusted(log.trusted()),
        entry(log.Log(kind.name, kind.version, Body(kind), kTime)) {}
  explicit Logged(LogGeneration generation,
                  crypto::TestKeyType log_type = crypto::TestKeyType::kEcdsaP256)
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

inline testing::AssertionResult Holds(const Logged& logged) {
  const auto verified = logged.Verify();
  const auto* const refusal = std::get_if<Refusal>(&verified);
  if (refusal == nullptr) return testing::AssertionSuccess();
  return testing::AssertionFailure() << refusal->sentence;
}

// A refusal for this reason, in a sentence with this phrase.
inline auto Refuses(Refused reason, const std::string& phrase) {
  return ::testing::VariantWith<Refusal>(
      ::testing::AllOf(::testing::Field(&Refusal::reason, reason),
                       ::testing::Field(&Refusal::sentence, ::testing::HasSubstr(phrase))));
}
inline auto IsBad(const std::string& phrase) { return Refuses(Refused::kBadLogEntry, phrase); }

}  // namespace countersign::cosign

#endif  // COUNTERSIGN_COSIGN_LOG_ENTRY_FIXTURE_H_
