#ifndef COUNTERSIGN_BASE_DOOR_METRICS_H_
#define COUNTERSIGN_BASE_DOOR_METRICS_H_

#include <functional>
#include <string>

#include "base/connection_places.h"
#include "base/metrics.h"
#include "base/source_shares.h"

namespace countersign::base {

// What a port that strangers reach holds, and what it has refused. Whatever is named must live as
// long as `metrics` may be written.

// NAME{state}: `all`, and of these `silent`, `waiting`, `unanswered`, `idle`; NAME_refused_total and
// NAME_made_room_total: those that were turned away, and those that were closed for another, for
// want of a place.
void AddConnectionMetrics(const std::string& name, std::function<ConnectionPlaces::Counts()> count,
                          Metrics* metrics);

// NAME_held, NAME_limit and NAME_refused_total of a sum. `what` begins the help of all three, as in
// "Bytes of bodies".
void AddShareMetrics(const std::string& name, const std::string& what,
                     const Metrics::Labels& labels, const SourceShares* shares, Metrics* metrics);

}  // namespace countersign::base

#endif  // COUNTERSIGN_BASE_DOOR_METRICS_H_
