#ifndef COUNTERSIGN_TUF_FAILURE_H_
#define COUNTERSIGN_TUF_FAILURE_H_

#include <string>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"

namespace countersign::tuf {

// Why an update ended without the target: for programs.
enum class Reason {
  kUnspecified = 0,
  kMalformed,         // a file cannot be read
  kTooFewSignatures,  // fewer of a role's keys signed it than must have
  kWrongVersion,      // it is of another version than was asked for
  kRollback,          // it would go back behind what was trusted before
  kExpired,     // nothing that holds now is to be had: maybe somebody holds back what is newer
  kOtherBytes,  // it has another length or hash than is signed
  kMissing,     // there is no such file
  kNoTarget,    // the targets do not name the target
  kLimit,       // it would take more than is taken
};

// The same for people too.
struct Failure {
  Reason reason = Reason::kUnspecified;
  // A phrase about the file, printable and short: "15.root.json: it expired at …". Nothing depends
  // on it.
  std::string sentence;
};

// The same for who tells it from what could not be found out: OutOfRange if what there is has
// expired, else FailedPrecondition.
inline absl::Status NotAccepted(const Failure& failure) {
  const absl::StatusCode code = failure.reason == Reason::kExpired
                                    ? absl::StatusCode::kOutOfRange
                                    : absl::StatusCode::kFailedPrecondition;
  return absl::Status(code, absl::StrCat("the update was not accepted: ", failure.sentence));
}

}  // namespace countersign::tuf

#endif  // COUNTERSIGN_TUF_FAILURE_H_
