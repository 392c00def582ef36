#ifndef COUNTERSIGN_BASE_PROCESS_METRICS_H_
#define COUNTERSIGN_BASE_PROCESS_METRICS_H_

#include <string>

#include "base/metrics.h"

namespace countersign::base {

// Where the kernel tells of processes and control groups; other folders are for tests.
struct KernelFolders {
  std::string proc = "/proc";
  std::string cgroup = "/sys/fs/cgroup";
};

// What Prometheus' own clients tell of the process that they are in, by the same names:
//   process_cpu_seconds_total, process_resident_memory_bytes, process_start_time_seconds,
//   process_open_fds, process_max_fds
// and what there may be of memory, in bytes, before the kernel ends the process:
//   countersign_memory_limit_bytes
// the least of the limits of its control group and of those above it that it sees (cgroup v2, or v1),
// and of what the machine has. What cannot be read is left out. It is read whenever the metrics are
// written.
void AddProcessMetrics(Metrics* metrics, const KernelFolders& folders = {});

}  // namespace countersign::base

#endif  // COUNTERSIGN_BASE_PROCESS_METRICS_H_
