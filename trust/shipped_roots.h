#ifndef COUNTERSIGN_TRUST_SHIPPED_ROOTS_H_
#define COUNTERSIGN_TRUST_SHIPPED_ROOTS_H_

#include <string_view>

namespace countersign::trust {

// The files beside this one, byte for byte; README.md says what they are and how old. Nothing in
// them has been checked.

// trusted_root.json of Sigstore's public good instance, and its root of TUF.
std::string_view SigstoreTrustedRoot();
std::string_view SigstoreTufRoot();
// Of its staging instance, by which its own tests are signed: nothing that is real.
std::string_view SigstoreStagingTrustedRoot();
std::string_view SigstoreStagingTufRoot();

}  // namespace countersign::trust

#endif  // COUNTERSIGN_TRUST_SHIPPED_ROOTS_H_
