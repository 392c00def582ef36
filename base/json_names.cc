#include "base/json_names.h"

#include <algorithm>
#include <string>
#include <utility>

#include "absl/hash/hash.h"
#include "absl/strings/string_view.h"
#include "base/json_token.h"

namespace countersign::base {
namespace {

constexpr size_t kListed = 8;
constexpr size_t kLeastSlots = 32;
// A table larger than this is not kept for the next object, which would have to clear it.
constexpr size_t kKeptSlots = 256;

size_t HashOf(std::string_view name) {
  return absl::Hash<absl::string_view>{}(absl::string_view(name.data(), name.size()));
}

bool IsAt(std::string_view text, uint32_t offset, std::string_view name) {
  return text.substr(offset, name.size()) == name && text[offset + name.size()] == '"';
}

// The name at `offset`, which has no escapes.
std::string_view NameAt(std::string_view text, uint32_t offset) {
  return text.substr(offset, text.find('"', offset) - offset);
}

// The slot that has the name, or the free one where it belongs. One is always free.
size_t FindSlot(const std::vector<uint32_t>& slots, std::string_view text, std::string_view name) {
  const size_t mask = slots.size() - 1;
  size_t slot = HashOf(name) & mask;
  while (slots[slot] != 0 && !IsAt(text, slots[slot], name)) slot = (slot + 1) & mask;
  return slot;
}

// What the name at `offset` means, which may have escapes.
std::string MeaningAt(std::string_view text, uint32_t offset) {
  const size_t end = SkipJsonString(text, offset - 1).value_or(text.size() + 1);
  return UnescapeJson(text.substr(offset, end - 1 - offset));
}

// An assignment would keep its memory.
template <typename Slot>
void Free(std::vector<Slot>& slots) {
  std::vector<Slot>().swap(slots);
}

}  // namespace

bool JsonNames::Insert(std::string_view text, size_t quote, size_t size) {
  const std::string_view name = text.substr(quote + 1, size);
  const auto offset = static_cast<uint32_t>(quote + 1);
  if (name.find('\\') != std::string_view::npos) {
    return InsertEscaped(text, offset, UnescapeJson(name));
  }
  if (HasEscaped(text, name) || Has(text, name)) return false;
  if (count_ >= kListed && count_ + 1 > slots_.size() / 4 * 3) Grow(text);
  if (count_ < kListed) {
    slots_.push_back(offset);
  } else {
    slots_[FindSlot(slots_, text, name)] = offset;
  }
  ++count_;
  return true;
}

void JsonNames::Clear() {
  count_ = 0;
  if (slots_.capacity() > kKeptSlots) Free(slots_);
  slots_.clear();
  escaped_count_ = 0;
  if (!escaped_.empty()) Free(escaped_);
}

bool JsonNames::Has(std::string_view text, std::string_view name) const {
  if (count_ > kListed) return slots_[FindSlot(slots_, text, name)] != 0;
  return std::any_of(slots_.begin(), slots_.end(),
                     [&](uint32_t offset) { return offset != 0 && IsAt(text, offset, name); });
}

void JsonNames::Grow(std::string_view text) {
  std::vector<uint32_t> larger(std::max(kLeastSlots, count_ > kListed ? 2 * slots_.size() : 0));
  for (const uint32_t offset : slots_) {
    if (offset != 0) larger[FindSlot(larger, text, NameAt(text, offset))] = offset;
  }
  slots_ = std::move(larger);
}

bool JsonNames::InsertEscaped(std::string_view text, uint32_t offset, std::string_view meaning) {
  // A name without escapes has no quote in it, and none would end the comparison.
  const bool is_plain = meaning.find('"') == std::string_view::npos;
  if (is_plain && Has(text, meaning)) return false;
  if (escaped_count_ + 1 > escaped_.size() / 4 * 3) GrowEscaped();
  const auto hash = static_cast<uint32_t>(HashOf(meaning));
  Escaped& slot = escaped_[FindEscaped(escaped_, text, hash, meaning)];
  if (slot.offset != 0) return false;
  slot = {.offset = offset, .hash = hash};
  ++escaped_count_;
  return true;
}

bool JsonNames::HasEscaped(std::string_view text, std::string_view meaning) const {
  if (escaped_.empty()) return false;
  const auto hash = static_cast<uint32_t>(HashOf(meaning));
  return escaped_[FindEscaped(escaped_, text, hash, meaning)].offset != 0;
}

void JsonNames::GrowEscaped() {
  std::vector<Escaped> larger(std::max(kLeastSlots, 2 * escaped_.size()));
  const size_t mask = larger.size() - 1;
  for (const Escaped& name : escaped_) {
    if (name.offset == 0) continue;
    size_t slot = name.hash & mask;
    while (larger[slot].offset != 0) slot = (slot + 1) & mask;
    larger[slot] = name;
  }
  escaped_ = std::move(larger);
}

// The slot that has the name of that meaning, or the free one where it belongs. One is always free.
size_t JsonNames::FindEscaped(const std::vector<Escaped>& slots, std::string_view text,
                              uint32_t hash, std::string_view meaning) {
  const size_t mask = slots.size() - 1;
  size_t slot = hash & mask;
  while (slots[slot].offset != 0 &&
         (slots[slot].hash != hash || MeaningAt(text, slots[slot].offset) != meaning)) {
    slot = (slot + 1) & mask;
  }
  return slot;
}

}  // namespace countersign::base
