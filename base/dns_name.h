#ifndef COUNTERSIGN_BASE_DNS_NAME_H_
#define COUNTERSIGN_BASE_DNS_NAME_H_

#include <string_view>

namespace countersign::base {

// RFC 1123 section 2.1 in lower case, as Kubernetes wants names ("Object Names and IDs").

// Letters, digits and '-', which neither begins nor ends it; 1 to 63 bytes: "kube-system".
bool IsDnsLabel(std::string_view text);

// Labels of any length with '.' between; 1 to 253 bytes: "registry.example.org".
bool IsDnsSubdomain(std::string_view text);

}  // namespace countersign::base

#endif  // COUNTERSIGN_BASE_DNS_NAME_H_
