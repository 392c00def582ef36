#ifndef COUNTERSIGN_PROTO_POLICY_HASH_H_
#define COUNTERSIGN_PROTO_POLICY_HASH_H_

#include <algorithm>
#include <cstddef>
#include <string_view>

// What a verifier tells of the policies that it has in force with the answer of VerifyImages, in the
// trailing metadata: 64 hexadecimal digits in lower case. Verifiers with the same ask the same of every
// image. For people alone: nothing is decided by it, and it may be missing.
namespace countersign::proto {

inline constexpr char kPolicyHashKey[] = "countersign-policy-hash";
inline constexpr size_t kPolicyHashBytes = 64;

inline bool IsPolicyHash(std::string_view text) {
  return text.size() == kPolicyHashBytes && std::all_of(text.begin(), text.end(), [](char c) {
           return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
         });
}

}  // namespace countersign::proto

#endif  // COUNTERSIGN_PROTO_POLICY_HASH_H_
