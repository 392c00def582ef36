#ifndef COUNTERSIGN_BASE_EVENTUALLY_H_
#define COUNTERSIGN_BASE_EVENTUALLY_H_

#include "absl/functional/function_ref.h"
#include "absl/synchronization/notification.h"
#include "absl/time/time.h"

namespace countersign::base {

// How long a test waits for what is to happen at once: far longer than that takes on the slowest
// machine, and less than the test's own end, which would not say where it waited.
inline constexpr absl::Duration kPatience = absl::Seconds(30);

// Waits for what other threads bring about: whether `holds` becomes true, asked each millisecond,
// before `patience` is over. So every such wait in a test has an end:
//
//   EXPECT_TRUE(base::Eventually([&] { return server.Requests().size() == 1; }));
bool Eventually(absl::FunctionRef<bool()> holds, absl::Duration patience = kPatience);

// Waits for what another thread tells: whether it did before `patience` is over.
//
//   EXPECT_TRUE(base::Await(release));
[[nodiscard]] bool Await(const absl::Notification& event, absl::Duration patience = kPatience);

// The deadline of a call that is to succeed: when patience is over, so that the call has an end, too.
absl::Time Soon();

}  // namespace countersign::base

#endif  // COUNTERSIGN_BASE_EVENTUALLY_H_
