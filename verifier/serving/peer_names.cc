#include "verifier/serving/peer_names.h"

#include <vector>

#include "absl/strings/str_cat.h"
#include "grpc/grpc_security_constants.h"

namespace countersign::verifier {
namespace {

std::vector<std::string> ValuesOf(const grpc::AuthContext& context, const char* property) {
  std::vector<std::string> values;
  for (const grpc::string_ref& value : context.FindPropertyValues(property)) {
    values.emplace_back(value.data(), value.size());
  }
  return values;
}

std::vector<std::string> ValuesOf(const grpc_auth_context& context, const char* property) {
  std::vector<std::string> values;
  auto found = grpc_auth_context_find_properties_by_name(&context, property);
  while (const grpc_auth_property* const value = grpc_auth_property_iterator_next(&found)) {
    values.emplace_back(value->value, value->value_length);
  }
  return values;
}

template <typename Context>
http::ClientNames NamesIn(const Context& context) {
  return {.dns = ValuesOf(context, GRPC_PEER_DNS_PROPERTY_NAME),
          .uris = ValuesOf(context, GRPC_PEER_URI_PROPERTY_NAME)};
}

}  // namespace

http::ClientNames PeerNames(const grpc::AuthContext& context) {
  return context.IsPeerAuthenticated() ? NamesIn(context) : http::ClientNames();
}

http::ClientNames PeerNames(const grpc_auth_context& context) {
  return grpc_auth_context_peer_is_authenticated(&context) != 0 ? NamesIn(context)
                                                                : http::ClientNames();
}

std::string PeerName(const http::ClientNames& names, std::string_view address) {
  if (!names.dns.empty()) return absl::StrCat("dns:", names.dns.front());
  if (!names.uris.empty()) return absl::StrCat("uri:", names.uris.front());
  return std::string(address);
}

}  // namespace countersign::verifier
