#ifndef COUNTERSIGN_POLICY_SIGSTORE_PUBLIC_INSTANCE_H_
#define COUNTERSIGN_POLICY_SIGSTORE_PUBLIC_INSTANCE_H_

#include <string_view>

namespace countersign::policy {

// Sigstore's public certificate authority and log, by the addresses that policies name them by.
inline constexpr std::string_view kPublicFulcio = "https://fulcio.sigstore.dev";
inline constexpr std::string_view kPublicRekor = "https://rekor.sigstore.dev";

}  // namespace countersign::policy

#endif  // COUNTERSIGN_POLICY_SIGSTORE_PUBLIC_INSTANCE_H_
