#include "base/json_bytes.h"

#include <string>

#include "base/allocated_bytes.h"

namespace countersign::base {
namespace {

template <typename Value>
size_t Own(const Value& value) {
  return AllocatedBytes(sizeof(Value)) + AllocatedBytes(value);
}

}  // namespace

size_t AllocatedBytes(const Json& json) {
  if (json.is_string()) return Own(json.get_ref<const std::string&>());
  size_t bytes = 0;
  if (json.is_array()) {
    bytes = Own(json.get_ref<const Json::array_t&>());
    for (const Json& element : json) bytes += AllocatedBytes(element);
  } else if (json.is_object()) {
    const auto& members = json.get_ref<const Json::object_t&>();
    bytes = Own(members);
    for (const auto& [name, value] : members) bytes += AllocatedBytes(name) + AllocatedBytes(value);
  }
  return bytes;
}

}  // namespace countersign::base
