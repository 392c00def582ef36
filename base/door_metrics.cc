#include "base/door_metrics.h"

#include <utility>

#include "absl/strings/str_cat.h"

namespace countersign::base {

void AddConnectionMetrics(const std::string& name, std::function<ConnectionPlaces::Counts()> count,
                          Metrics* metrics) {
  using Counts = ConnectionPlaces::Counts;
  const auto add = [&](const char* state, size_t Counts::*member) {
    metrics->SampleGauge(name, "Connections of the port.", {{"state", state}},
                         [count, member] { return count().*member; });
  };
  add("all", &Counts::connections);
  add("silent", &Counts::silent);
  add("waiting", &Counts::waiting);
  add("unanswered", &Counts::unanswered);
  add("idle", &Counts::idle);
  metrics->SampleCounter(absl::StrCat(name, "_refused_total"),
                         "Connections turned away, as all places were taken.", {},
                         [count] { return count().refused; });
  metrics->SampleCounter(absl::StrCat(name, "_made_room_total"),
                         "Connections closed to make room for others.", {},
                         [count] { return count().made_room; });
}

void AddShareMetrics(const std::string& name, const std::string& what,
                     const Metrics::Labels& labels, const SourceShares* shares, Metrics* metrics) {
  metrics->SampleGauge(absl::StrCat(name, "_held"), absl::StrCat(what, ", at this moment."), labels,
                       [shares] { return shares->held(); });
  metrics->SampleGauge(absl::StrCat(name, "_limit"), absl::StrCat(what, ": how many there may be."),
                       labels, [shares] { return shares->total(); });
  metrics->SampleCounter(absl::StrCat(name, "_refused_total"),
                         absl::StrCat(what, ": times that there was no room."), labels,
                         [shares] { return shares->refused(); });
}

}  // namespace countersign::base
