#include "cosign/log_witnesses.h"

#include <algorithm>
#include <set>
#include <string>
#include <utility>
#include <variant>

namespace countersign::cosign {

LogWitnesses FindLogWitnesses(const std::vector<LogEntry>& entries,
                              const LoggedSignature& signature,
                              const std::vector<TrustedLog>& logs) {
  LogWitnesses found;
  for (const LogEntry& entry : entries) {
    auto result = VerifyLogEntry(entry, signature, logs);
    if (const auto* witness = std::get_if<LogWitness>(&result)) {
      found.witnesses.push_back(*witness);
      continue;
    }
    auto& refusal = std::get<Refusal>(result);
    // An entry of a log that is trusted says more than one of any other.
    if (!found.refusal.has_value() || found.refusal->reason == Refused::kUnknownLog) {
      found.refusal = std::move(refusal);
    }
  }
  return found;
}

void KeepThoseInUse(absl::Span<const absl::Time> times, LogWitnesses& found) {
  if (times.empty()) return;
  const auto is_out_of_use = [times](const LogWitness& witness) {
    return !witness.time.has_value() &&
           std::none_of(times.begin(), times.end(), [&witness](absl::Time time) {
             return witness.log->valid_for.Contains(time);
           });
  };
  const auto kept = std::remove_if(found.witnesses.begin(), found.witnesses.end(), is_out_of_use);
  if (kept == found.witnesses.end()) return;
  found.witnesses.erase(kept, found.witnesses.end());
  found.refusal = {Refused::kBadLogEntry, "its log was not in use when it was signed"};
}

size_t CountIndependent(absl::Span<const LogWitness> witnesses) {
  std::set<std::pair<bool, std::string>> who;
  for (const LogWitness& witness : witnesses) {
    const std::string& name = witness.log->operator_name;
    who.emplace(name.empty(), name.empty() ? witness.log->id : name);
  }
  return who.size();
}

}  // namespace countersign::cosign
