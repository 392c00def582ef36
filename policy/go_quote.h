#ifndef COUNTERSIGN_POLICY_GO_QUOTE_H_
#define COUNTERSIGN_POLICY_GO_QUOTE_H_

#include <string>
#include <string_view>

namespace countersign::policy {

// The text in double quotes as Go's strconv.Quote writes it (the verb %q of its fmt), where an answer is
// to have the words of a program written in Go: printable characters stay, of other letters than
// ASCII's too; control characters, spaces other than ' ', invisible ones and those of private use are
// escaped. Characters that Unicode had not assigned when this was written count as printable, which is
// where it may differ. Pure.
std::string GoQuoted(std::string_view text);

}  // namespace countersign::policy

#endif  // COUNTERSIGN_POLICY_GO_QUOTE_H_
