#ifndef COUNTERSIGN_TUF_UPDATE_FIXTURE_H_
#define COUNTERSIGN_TUF_UPDATE_FIXTURE_H_

#include <string>
#include <string_view>
#include <variant>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "crypto/sha256.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tuf/failure.h"
#include "tuf/test_repository.h"
#include "tuf/update.h"

namespace countersign::tuf {

// What tests of updates have in common.

inline constexpr absl::Duration kDay = absl::Hours(24);

// The path of a target in a repository with consistent snapshots.
inline std::string PathOf(std::string_view target) {
  return absl::StrCat("targets/", crypto::Sha256Hex(target), ".trusted_root.json");
}

// Of an UpdateRun: it ended with this target.
MATCHER_P(IsDoneWith, target, "ended with the target") {
  *result_listener << "which ended with: " << arg.sentence();
  const auto* const done = std::get_if<Done>(&arg.end);
  return done != nullptr && done->target == target;
}

// Of an UpdateRun: it failed for this reason, with these words in the sentence.
MATCHER_P2(FailedFor, reason, sentence, "failed for that reason") {
  *result_listener << "which ended with " << static_cast<int>(arg.reason()) << ": "
                   << arg.sentence();
  return std::holds_alternative<Failure>(arg.end) && arg.reason() == reason &&
         testing::ExplainMatchResult(testing::HasSubstr(sentence), arg.sentence(), result_listener);
}

inline UpdateRun RunFrom(const TestRepository& repository, TrustedState& state) {
  return RunUpdate(repository.files, state, repository.now);
}

inline UpdateRun RunAnew(const TestRepository& repository) {
  TrustedState state = repository.StateWithRoot();
  return RunFrom(repository, state);
}

inline bool IsSame(const TrustedState& a, const TrustedState& b) {
  return a.root == b.root && a.timestamp == b.timestamp && a.snapshot == b.snapshot &&
         a.targets == b.targets && a.target == b.target;
}

}  // namespace countersign::tuf

#endif  // COUNTERSIGN_TUF_UPDATE_FIXTURE_H_
