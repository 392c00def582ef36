#include "shim/verifier_target.h"

#include <arpa/inet.h>
#include <netinet/in.h>

#include <algorithm>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "base/printable.h"
#include "base/status_macros.h"

namespace countersign::shim {
namespace {

// As gRPC takes it, of a name and of an address without one.
constexpr std::string_view kDefaultPort = "443";

constexpr size_t kMaxShownBytes = 128;

bool Consume(std::string_view* text, std::string_view start) {
  if (!text->starts_with(start)) return false;
  text->remove_prefix(start.size());
  return true;
}

bool IsPort(std::string_view text) {
  int port = 0;
  return absl::SimpleAtoi(text, &port) && port > 0 && port <= 65535;
}

absl::Status Malformed(std::string_view target) {
  return absl::InvalidArgumentError(
      absl::StrCat("the verifier's address: ", base::Printable(target, kMaxShownBytes),
                   " is no gRPC target of a host and a port"));
}

struct HostAndPort {
  std::string_view host;
  std::string_view port;
};

// "HOST", "HOST:PORT", "[HOST]:PORT" or "[HOST]"; an IPv6 address with a port has brackets.
std::optional<HostAndPort> Split(std::string_view text) {
  HostAndPort split = {.host = text, .port = kDefaultPort};
  std::string_view rest;
  if (Consume(&text, "[")) {
    const size_t end = text.find(']');
    if (end == text.npos) return std::nullopt;
    split.host = text.substr(0, end);
    rest = text.substr(end + 1);
  } else if (const size_t colon = text.rfind(':'); colon != text.npos && colon == text.find(':')) {
    split.host = text.substr(0, colon);
    rest = text.substr(colon);
  }
  if (!rest.empty()) {
    if (!Consume(&rest, ":") || !IsPort(rest)) return std::nullopt;
    split.port = rest;
  }
  if (split.host.empty()) return std::nullopt;
  return split;
}

absl::StatusOr<VerifierTarget> OfAddresses(std::string_view target, std::string_view list) {
  VerifierTarget read;
  for (const std::string_view part : absl::StrSplit(list, ',')) {
    const std::optional<HostAndPort> split = Split(part);
    if (!split.has_value()) return Malformed(target);
    std::optional<std::string> address = AddressWithPort(split->host, split->port);
    if (!address.has_value()) return Malformed(target);
    if (std::count(read.addresses.begin(), read.addresses.end(), *address) == 0) {
      read.addresses.push_back(*std::move(address));
    }
  }
  return read;
}

absl::StatusOr<VerifierTarget> OfName(std::string_view target, std::string_view name) {
  const std::optional<HostAndPort> split = Split(name);
  if (!split.has_value()) return Malformed(target);
  if (std::optional<std::string> address = AddressWithPort(split->host, split->port)) {
    return VerifierTarget{.addresses = {*std::move(address)}};
  }
  return VerifierTarget{.host = std::string(split->host), .port = std::string(split->port)};
}

// "//SERVER/NAME", "///NAME" or "NAME".
absl::StatusOr<VerifierTarget> OfDns(std::string_view target, std::string_view path) {
  if (!Consume(&path, "//")) return OfName(target, path);
  const size_t slash = path.find('/');
  if (slash == path.npos) return Malformed(target);
  CS_ASSIGN_OR_RETURN(VerifierTarget read, OfName(target, path.substr(slash + 1)));
  const std::string_view server = path.substr(0, slash);
  if (server.empty() || !read.addresses.empty()) return read;
  // The system's library is told of name servers by IPv4 alone.
  const std::optional<HostAndPort> at = Split(server);
  in_addr address;
  if (!at.has_value() || inet_pton(AF_INET, std::string(at->host).c_str(), &address) != 1) {
    return VerifierTarget{.for_grpc = std::string(target)};
  }
  read.name_server = std::string(at->host);
  const bool has_port = at->host.size() < server.size();
  if (has_port && !absl::SimpleAtoi(at->port, &read.name_server_port)) {
    return Malformed(target);
  }
  return read;
}

}  // namespace

absl::StatusOr<VerifierTarget> ReadVerifierTarget(std::string_view target) {
  for (const std::string_view scheme : {"unix:", "unix-abstract:", "vsock:", "xds:"}) {
    if (target.starts_with(scheme)) return VerifierTarget{.for_grpc = std::string(target)};
  }
  if (target.find('%') != target.npos)
    return VerifierTarget{.for_grpc = std::string(target)};  // a URI's escapes
  std::string_view rest = target;
  if (Consume(&rest, "ipv4:") || Consume(&rest, "ipv6:")) return OfAddresses(target, rest);
  if (Consume(&rest, "dns:")) return OfDns(target, rest);
  return OfName(target, target);
}

std::optional<std::string> AddressWithPort(std::string_view address, std::string_view port) {
  const std::string text(address);
  char written[INET6_ADDRSTRLEN];
  if (in_addr v4; inet_pton(AF_INET, text.c_str(), &v4) == 1) {
    inet_ntop(AF_INET, &v4, written, sizeof(written));
    return absl::StrCat(written, ":", port);
  }
  if (in6_addr v6; inet_pton(AF_INET6, text.c_str(), &v6) == 1) {
    inet_ntop(AF_INET6, &v6, written, sizeof(written));
    return absl::StrCat("[", written, "]:", port);
  }
  return std::nullopt;
}

std::string TargetOfAddress(std::string_view address_with_port) {
  const std::string_view text = address_with_port;
  if (!text.starts_with('[')) return absl::StrCat("ipv4:", text);
  // A target is a URI, whose path has no brackets (RFC 3986 section 3.3).
  const size_t end = text.find(']');
  return absl::StrCat("ipv6:%5B", text.substr(1, end - 1), "%5D", text.substr(end + 1));
}

std::vector<std::string> TargetsOf(const std::vector<std::string>& addresses) {
  std::vector<std::string> targets;
  for (const std::string& address : addresses) targets.push_back(TargetOfAddress(address));
  return targets;
}

}  // namespace countersign::shim
