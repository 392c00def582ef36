#include "http/client/client.h"

#include <optional>
#include <string_view>

namespace countersign::http {

std::optional<std::string_view> ClientResponse::FindHeader(std::string_view name) const {
  for (const auto& [key, value] : headers) {
    if (key == name) return value;
  }
  return std::nullopt;
}

}  // namespace countersign::http
