#ifndef COUNTERSIGN_BASE_TEST_HEAP_H_
#define COUNTERSIGN_BASE_TEST_HEAP_H_

#include <cstddef>

namespace countersign::base {

// What the test's program holds at the moment that operator new gave it, with what the allocator
// rounds up to; 0 throughout where a sanitizer has an operator new of its own. What malloc gives
// besides is not in it. For tests only; thread-safe.
size_t HeapBytes();

// How much more than when it was made the program has held at the most since, counted so. One at a
// time.
class HeapPeak {
 public:
  HeapPeak();
  size_t bytes() const;

 private:
  const size_t before_;
};

}  // namespace countersign::base

#endif  // COUNTERSIGN_BASE_TEST_HEAP_H_
