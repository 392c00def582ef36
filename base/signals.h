#ifndef COUNTERSIGN_BASE_SIGNALS_H_
#define COUNTERSIGN_BASE_SIGNALS_H_

namespace countersign::base {

// Call first in main, before any thread is started: SIGPIPE is ignored, and SIGTERM and SIGINT are
// kept for WaitForShutdownSignal in every thread.
void BlockShutdownSignals();

// Waits until the process is asked to end, and says by which signal.
int WaitForShutdownSignal();

}  // namespace countersign::base

#endif  // COUNTERSIGN_BASE_SIGNALS_H_
