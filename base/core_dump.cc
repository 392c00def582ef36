#include "base/core_dump.h"

#include <sys/prctl.h>
#include <sys/resource.h>

namespace countersign::base {

void ForbidCoreDumps() {
  const rlimit nothing = {.rlim_cur = 0, .rlim_max = 0};
  setrlimit(RLIMIT_CORE, &nothing);
  prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
}

}  // namespace countersign::base
