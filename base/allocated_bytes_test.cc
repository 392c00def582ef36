#include "base/allocated_bytes.h"

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "gtest/gtest.h"

namespace countersign::base {
namespace {

TEST(AllocatedBytes, AreRoundedUpWithWhatStandsBefore) {
  EXPECT_EQ(AllocatedBytes(size_t{0}), 0u);
  EXPECT_EQ(AllocatedBytes(size_t{1}), 32u);
  EXPECT_EQ(AllocatedBytes(size_t{24}), 32u);
  EXPECT_EQ(AllocatedBytes(size_t{25}), 48u);
  EXPECT_EQ(AllocatedBytes(size_t{40}), 48u);
  EXPECT_EQ(AllocatedBytes(size_t{1000}), 1008u);
}

TEST(AllocatedBytes, OfATextAreOfItsCapacity) {
  EXPECT_EQ(AllocatedBytes(std::string()), 0u);
  EXPECT_EQ(AllocatedBytes(std::string(15, 'x')), 0u);
  std::string text(100, 'x');
  EXPECT_EQ(AllocatedBytes(text), 112u);
  text.reserve(1000);
  EXPECT_EQ(AllocatedBytes(text), 1024u);
  text.clear();
  EXPECT_EQ(AllocatedBytes(text), 1024u);
}

TEST(AllocatedBytes, OfAListAndAMapAreTheirOwn) {
  std::vector<uint64_t> numbers;
  EXPECT_EQ(AllocatedBytes(numbers), 0u);
  numbers.reserve(10);
  EXPECT_EQ(AllocatedBytes(numbers), 96u);
  std::map<uint64_t, uint64_t> map;
  EXPECT_EQ(AllocatedBytes(map), 0u);
  map = {{1, 2}, {3, 4}};
  EXPECT_EQ(AllocatedBytes(map), 2 * 64u);
}

}  // namespace
}  // namespace countersign::base
