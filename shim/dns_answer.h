#ifndef COUNTERSIGN_SHIM_DNS_ANSWER_H_
#define COUNTERSIGN_SHIM_DNS_ANSWER_H_

#include <string>
#include <string_view>
#include <vector>

namespace countersign::shim {

// The addresses in the answer section of a DNS message (RFC 1035 section 4.1, RFC 3596 section 2),
// whatever names they are of: those of an alias stand behind it. Those before a place where the message is cut off
// or malformed, from where on nothing is read. As inet_ntop writes them.
std::vector<std::string> AddressesInAnswer(std::string_view message);

}  // namespace countersign::shim

#endif  // COUNTERSIGN_SHIM_DNS_ANSWER_H_
