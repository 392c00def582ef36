#ifndef COUNTERSIGN_BASE_EVENTUALLY_H_
#define COUNTERSIGN_BASE_EVENTUALLY_H_

#include "absl/functional/function_ref.h"
#include "absl/time/time.h"

namespace countersign::base {

// Waits for what other threads bring about: whether `holds` becomes true, asked each millisecond,
// before `patience` is over. So every such wait in a test has an end, which comes before the test's
// own and says where:
//
//   EXPECT_TRUE(base::Eventually([&] { return server.Requests().size() == 1; }));
bool Eventually(absl::FunctionRef<bool()> holds, absl::Duration patience = absl::Seconds(30));

}  // namespace countersign::base

#endif  // COUNTERSIGN_BASE_EVENTUALLY_H_
