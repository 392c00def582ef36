#ifndef COUNTERSIGN_POLICY_SIGSTORE_OCI_PLACE_H_
#define COUNTERSIGN_POLICY_SIGSTORE_OCI_PLACE_H_

#include <string>
#include <string_view>

namespace countersign::policy {

// What is wrong with the place where a policy says that signatures lie, a repository with its registry
// or a registry alone, in the words of go-containerregistry's package name (strict validation); "":
// nothing. Printable. Pure.
std::string OciPlaceFault(std::string_view place);

// Whether such a place is a registry alone.
bool IsRegistryAlone(std::string_view place);

}  // namespace countersign::policy

#endif  // COUNTERSIGN_POLICY_SIGSTORE_OCI_PLACE_H_
