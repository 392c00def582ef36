#include "base/complaint_tally.h"

#include <algorithm>

#include "absl/strings/str_cat.h"

namespace countersign::base {

void ComplaintTally::Add(std::string_view kind, std::string_view source) {
  absl::MutexLock lock(&mutex_);
  ++kinds_[kind];
  const auto found = sources_.find(std::string(source));
  if (found != sources_.end()) {
    ++found->second;
  } else if (sources_.size() < kMaxSources) {
    sources_.emplace(source, 1);
  }
}

std::optional<LogFields> ComplaintTally::Take() {
  const absl::Time now = clock_->Now();
  absl::MutexLock lock(&mutex_);
  if (kinds_.empty() || now < told_ + interval_) return std::nullopt;
  LogFields fields;
  for (const auto& [kind, count] : kinds_) fields.emplace_back(kind, absl::StrCat(count));
  const auto most =
      std::max_element(sources_.begin(), sources_.end(), [](const auto& a, const auto& b) {
        return a.second != b.second ? a.second < b.second : a.first > b.first;
      });
  fields.emplace_back("most_from", most->first);
  fields.emplace_back("count", absl::StrCat(most->second));
  told_ = now;
  kinds_.clear();
  sources_.clear();
  return fields;
}

}  // namespace countersign::base
