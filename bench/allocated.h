#ifndef COUNTERSIGN_BENCH_ALLOCATED_H_
#define COUNTERSIGN_BENCH_ALLOCATED_H_

#include <malloc.h>

#include <cstddef>

namespace countersign {

// What malloc has given and not got back, of all arenas, and what it has from the system for large pieces.
inline size_t Allocated() {
  const struct mallinfo2 info = mallinfo2();
  return info.uordblks + info.hblkhd;
}

}  // namespace countersign

#endif  // COUNTERSIGN_BENCH_ALLOCATED_H_
