#ifndef COUNTERSIGN_KUBE_CLIENT_ABSENCE_LOG_H_
#define COUNTERSIGN_KUBE_CLIENT_ABSENCE_LOG_H_

#include "kube/client/object_set.h"
#include "kube/object_selection.h"

namespace countersign::kube {

// Says in the log which objects of the selection are taken as absent now and were not before, why, what
// follows and what to do; and that there is room for all again.
void LogAbsent(const ObjectSelection& selection, const ObjectSet::Absent& before,
               const ObjectSet::Absent& now);

}  // namespace countersign::kube

#endif  // COUNTERSIGN_KUBE_CLIENT_ABSENCE_LOG_H_
