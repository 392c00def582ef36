#include "tuf/kept.h"

#include <algorithm>
#include <optional>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "tuf/metadata.h"
#include "tuf/signatures.h"
#include "tuf/verification.h"

namespace countersign::tuf {
namespace {

// Then all that was ever signed holds still.
constexpr absl::Time kBeforeAll = absl::InfinitePast();

Failure Named(std::string_view file, const Failure& failure) {
  return {failure.reason, absl::StrCat("the kept ", file, ": ", failure.sentence)};
}

}  // namespace

std::variant<Failure, Done> ReadKept(const TrustedState& state, std::string_view target) {
  SignatureBudget budget;
  const std::variant<Failure, Root> root = VerifyFirstRoot(state.root, budget);
  if (const auto* failure = std::get_if<Failure>(&root)) return Named("root.json", *failure);
  const Root& by = std::get<Root>(root);
  const std::variant<Failure, Timestamp> timestamp =
      VerifyTimestamp(state.timestamp, by, nullptr, budget);
  if (const auto* failure = std::get_if<Failure>(&timestamp)) {
    return Named("timestamp.json", *failure);
  }
  const FileInfo& of_snapshot = std::get<Timestamp>(timestamp).snapshot;
  const std::variant<Failure, Snapshot> snapshot =
      VerifySnapshot(state.snapshot, by, of_snapshot, nullptr, kBeforeAll, budget);
  if (const auto* failure = std::get_if<Failure>(&snapshot)) {
    return Named("snapshot.json", *failure);
  }
  const std::variant<Failure, Targets> targets = VerifyTargets(
      state.targets, by, std::get<Snapshot>(snapshot).targets, target, kBeforeAll, budget);
  if (const auto* failure = std::get_if<Failure>(&targets)) return Named("targets.json", *failure);
  const std::optional<FileInfo>& of_target = std::get<Targets>(targets).target;
  if (!of_target) return Failure{Reason::kNoTarget, "the kept targets.json: it names no target"};
  if (const auto failure = CheckBytes(state.target, *of_target)) return Named("target", *failure);
  const absl::Time expires =
      std::min({by.expires, std::get<Timestamp>(timestamp).expires,
                std::get<Snapshot>(snapshot).expires, std::get<Targets>(targets).expires});
  return Done{state.target, expires};
}

}  // namespace countersign::tuf
