#ifndef COUNTERSIGN_COSIGN_STATEMENT_H_
#define COUNTERSIGN_COSIGN_STATEMENT_H_

#include <cstddef>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"

namespace countersign::cosign {

inline constexpr size_t kMaxStatementBytes = 8 << 20;
inline constexpr int kMaxStatementDepth = 64;
// Of values in the subjects; the predicate's cost no memory.
inline constexpr size_t kMaxStatementValues = 10'000;
inline constexpr size_t kMaxSubjects = 1024;
inline constexpr size_t kMaxDigestsOfSubject = 32;

// The predicate type of a statement that is a signature of its subject and nothing more.
inline constexpr std::string_view kSignaturePredicateType = "https://sigstore.dev/cosign/sign/v1";

// What a statement is about.
struct Subject {
  std::string name;  // for people; may be empty
  // By the names of their algorithms ("sha256"), as they are written.
  std::map<std::string, std::string, std::less<>> digests;
  // Those that are text.
  std::map<std::string, std::string, std::less<>> annotations;
};

// An in-toto statement (attestation framework, version 1 or 0.1), the payload of an envelope,
// without its predicate. Nothing of it is believed.
struct Statement {
  std::string predicate_type;     // not empty
  std::vector<Subject> subjects;  // at least one
};

// InvalidArgument, saying where, if the bytes are not one JSON object with `_type`, `subject` and
// `predicateType` of that kind, hold duplicate members at any depth or trailing bytes, or are beyond
// the limits above. Other members, the predicate too, may be anything; they are held to the same, and
// never in memory. null is an absent member. Pure.
absl::StatusOr<Statement> ParseStatement(std::string_view payload);

// The first subject whose digest by that algorithm is exactly the text `digest`, lower-case hex
// digits; null: the statement is not about it.
const Subject* FindSubject(const Statement& statement, std::string_view algorithm,
                           std::string_view digest);

}  // namespace countersign::cosign

#endif  // COUNTERSIGN_COSIGN_STATEMENT_H_
