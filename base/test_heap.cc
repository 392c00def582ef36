#include "base/test_heap.h"

#include <malloc.h>

#include <atomic>
#include <cstdlib>
#include <new>

namespace {

// Allocations come before all constructors.
constinit std::atomic<size_t> held = 0;

void* Allocate(size_t size) noexcept {
  void* const place = std::malloc(size == 0 ? 1 : size);
  if (place == nullptr) std::abort();
  held += malloc_usable_size(place);
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

}  // namespace countersign::base
