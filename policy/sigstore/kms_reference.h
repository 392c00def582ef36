#ifndef COUNTERSIGN_POLICY_SIGSTORE_KMS_REFERENCE_H_
#define COUNTERSIGN_POLICY_SIGSTORE_KMS_REFERENCE_H_

#include <string>
#include <string_view>

namespace countersign::policy {

// What is wrong with the reference to a key of a key management service, in the Policy Controller's words
// (its package common); "": it takes it. Only references of AWS are looked into. Printable. Pure.
std::string KmsFault(std::string_view reference);

// What its author can do about a key of which verifiers do not have the public key, in our words. Printable.
// Pure.
std::string KmsAdvice(std::string_view reference);

}  // namespace countersign::policy

#endif  // COUNTERSIGN_POLICY_SIGSTORE_KMS_REFERENCE_H_
