#ifndef COUNTERSIGN_BASE_ALLOCATED_BYTES_H_
#define COUNTERSIGN_BASE_ALLOCATED_BYTES_H_

#include <algorithm>
#include <cstddef>
#include <map>
#include <string>
#include <vector>

namespace countersign::base {

// What is kept for long is bounded by what it takes of the heap: each allocation, with what the
// allocator adds. Pure.

// What an allocation of so many bytes takes, of which none is none: glibc's malloc writes eight bytes
// before it, and gives multiples of sixteen, 32 at least.
constexpr size_t AllocatedBytes(size_t bytes) {
  return bytes == 0 ? 0 : std::max<size_t>(32, (bytes + 8 + 15) / 16 * 16);
}

// What a text takes beside itself: nothing where it is short.
inline size_t AllocatedBytes(const std::string& text) {
  const bool is_inside = text.capacity() == std::string().capacity();
  return is_inside ? 0 : AllocatedBytes(text.capacity() + 1);
}

// What a list or a map takes beside itself, and beside what its elements take on their own.
template <typename T>
size_t AllocatedBytes(const std::vector<T>& list) {
  return AllocatedBytes(list.capacity() * sizeof(T));
}
template <typename Key, typename Value, typename Less>
size_t AllocatedBytes(const std::map<Key, Value, Less>& map) {
  // A node is a colour and three pointers, and then its element.
  using Element = typename std::map<Key, Value, Less>::value_type;
  return map.size() * AllocatedBytes(4 * sizeof(void*) + sizeof(Element));
}

}  // namespace countersign::base

#endif  // COUNTERSIGN_BASE_ALLOCATED_BYTES_H_
