#include "base/json_parts.h"

#include <algorithm>

#include "base/json_pointer.h"

namespace countersign::base {
namespace {

// What a value costs in its container, and a member with its node and name.
constexpr size_t kValueBytes = 32;
constexpr size_t kMemberBytes = 128;

}  // namespace

JsonParts& JsonParts::At(std::string_view pointer) {
  JsonParts* parts = this;
  for (const std::string& token : TokensOf(pointer)) parts = &parts->members[token];
  return *parts;
}

JsonParts& JsonParts::Elements() {
  if (elements == nullptr) elements = std::make_shared<JsonParts>();
  return *elements;
}

JsonWish JsonWish::ForMember(std::string_view name) const {
  if (parts == nullptr || parts->all) return *this;
  const auto member = parts->members.find(name);
  if (member != parts->members.end()) {
    return {.parts = &member->second, .counts = counts || member->second.all};
  }
  static const JsonParts* const kScalar = new JsonParts;
  const bool has_prefix = !parts->prefix.empty() && name.starts_with(parts->prefix);
  return {.parts = has_prefix ? kScalar : nullptr};
}

JsonWish JsonWish::ForElement(size_t kept) const {
  if (parts == nullptr || kept >= parts->max_elements) return {};
  return {.parts = parts->all ? parts : parts->elements.get()};
}

Json* JsonKeeper::Root() {
  Count(kValueBytes);
  return &extracted_.value;
}

Json* JsonKeeper::Member(const JsonWish& wish, std::string_view name, Json& object) {
  if (!HasRoom(wish)) return nullptr;
  Count(kMemberBytes + kValueBytes + name.size());
  return &(*object.get_ptr<Json::object_t*>())[std::string(name)];
}

Json* JsonKeeper::Element(const JsonWish& wish, Json& array) {
  if (!HasRoom(wish)) return nullptr;
  Count(kValueBytes);
  return &array.get_ptr<Json::array_t*>()->emplace_back();
}

void JsonKeeper::KeepStray(const JsonWish& of_object, std::string_view name, size_t& strays,
                           Json& object) {
  if (strays >= of_object.parts->max_strays) return;
  ++strays;
  size_t size = std::min(name.size(), kMaxStrayNameBytes);
  while (size < name.size() && (static_cast<unsigned char>(name[size]) & 0xC0) == 0x80) --size;
  Count(kMemberBytes + kValueBytes + size);
  object.get_ptr<Json::object_t*>()->try_emplace(std::string(name.substr(0, size)));
}

// Whether a value is kept: it is wanted, and there is room for it.
bool JsonKeeper::HasRoom(const JsonWish& wish) {
  if (wish.parts == nullptr || !wish.counts) return wish.parts != nullptr;
  if (counted_ < max_values_) {
    ++counted_;
    return true;
  }
  extracted_.is_complete = false;
  return false;
}

}  // namespace countersign::base
