#include "kube/api.h"

namespace countersign::kube {

const std::string* Secret::Find(std::string_view key) const {
  for (const auto& [name, value] : data) {
    if (name == key) return &value;
  }
  return nullptr;
}

}  // namespace countersign::kube
