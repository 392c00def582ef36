#ifndef COUNTERSIGN_BASE_TEST_THREADS_H_
#define COUNTERSIGN_BASE_TEST_THREADS_H_

#include <cstddef>

namespace countersign::base {

// How many threads the test's program has, the caller's among them. One that has ended counts no
// more, and has done by then what libraries do as a thread ends, joined or not. For tests only;
// thread-safe.
//
// gRPC neither ends its threads with its last object nor joins all of them. What OpenSSL keeps for
// each thread that shook hands (its random numbers) it frees as that ends, but no longer once main()
// has returned: a thread that ends just then leaves it behind, which LeakSanitizer reports. So a
// test of gRPC with TLS ends when there is no thread but its own:
//
//   static void TearDownTestSuite() {
//     EXPECT_TRUE(base::Eventually([] { return base::CountThreads() == 1; }));
//   }
size_t CountThreads();

}  // namespace countersign::base

#endif  // COUNTERSIGN_BASE_TEST_THREADS_H_
