#ifndef COUNTERSIGN_POLICY_SIGSTORE_GO_URL_H_
#define COUNTERSIGN_POLICY_SIGSTORE_GO_URL_H_

#include <optional>
#include <string>
#include <string_view>

namespace countersign::policy {

// A URL as Go's package net/url takes it, which is what the Policy Controller reads URLs with: more than
// RFC 3986 allows. Nothing is asked of such a URL here, so it is told apart and no more.
struct GoUrl {
  // In lower case; "": it has none.
  std::string scheme;
  // With its port, without user and password, percent-encoded octets as they are written.
  std::string host;
};

// url.Parse; nullopt: an error. Of control characters, a colon before any slash that ends no scheme, a bad
// port, a character that no host has, and broken percent-encodings. Pure.
std::optional<GoUrl> ParseGoUrl(std::string_view text);

// Whether url.ParseRequestURI takes it: an absolute URL, an absolute path, or "*".
bool IsGoRequestUri(std::string_view text);

}  // namespace countersign::policy

#endif  // COUNTERSIGN_POLICY_SIGSTORE_GO_URL_H_
