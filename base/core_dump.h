#ifndef COUNTERSIGN_BASE_CORE_DUMP_H_
#define COUNTERSIGN_BASE_CORE_DUMP_H_

namespace countersign::base {

// Call first in main of a process that holds keys or passwords: its memory is written to no core
// file, also where the kernel pipes those to a program (prctl(2), PR_SET_DUMPABLE), and no other
// process of the same user may attach to it or read it. Programs that it runs write no core file
// either (getrlimit(2), RLIMIT_CORE). What the system does not let it do is left as it is.
void ForbidCoreDumps();

}  // namespace countersign::base

#endif  // COUNTERSIGN_BASE_CORE_DUMP_H_
