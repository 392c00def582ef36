#include "base/test_heap.h"

#include <malloc.h>

#include <atomic>
#include <cstdlib>
#include <new>

namespace {

// Allocations come before all constructors.
constinit std::atomic<size_t> held = 0;
constinit std::atomic<size_t> most_held = 0;

void* Allocate(size_t size) noexcept {
  void* const place = std::malloc(size == 0 ? 1 : size);
  if (place == nullptr) std::abort();
  const size_t now = held += malloc_usable_size(place);
  size_t most = most_held;
  while (most < now && !most_held.compare_exchange_weak(most, now)) {
  }
  return place;
}

void Free(void* place) noexcept {
  if (place == nullptr) return;
  held -= malloc_usable_size(place);
  std::free(place);
}

}  // namespace

void* operator new(size_t size) { return Allocate(size); }
void* operator new[](size_t size) { return Allocate(size); }
void* operator new(size_t size, const std::nothrow_t&) noexcept { return Allocate(size); }
void* operator new[](size_t size, const std::nothrow_t&) noexcept { return Allocate(size); }
void operator delete(void* place) noexcept { Free(place); }
void operator delete[](void* place) noexcept { Free(place); }
void operator delete(void* place, size_t) noexcept { Free(place); }
void operator delete[](void* place, size_t) noexcept { Free(place); }
void operator delete(void* place, const std::nothrow_t&) noexcept { Free(place); }
void operator delete[](void* place, const std::nothrow_t&) noexcept { Free(place); }

namespace countersign::base {

size_t HeapBytes() { return held; }

HeapPeak::HeapPeak() : before_(held) { most_held = before_; }

size_t HeapPeak::bytes() const { return most_held - before_; }

}  // namespace countersign::base
