#ifndef COUNTERSIGN_VERIFIER_CREDENTIALS_PLUGIN_COMPLAINT_H_
#define COUNTERSIGN_VERIFIER_CREDENTIALS_PLUGIN_COMPLAINT_H_

#include <string>
#include <string_view>
#include <vector>

namespace countersign::verifier {

// The first line with anything in it of what a program printed on its standard error, for people:
// printable, and cut where it is long. In place of `secrets` (those of a few bytes are taken for
// words), and of what looks like one, which is a long run of letters and digits without spaces,
// stands "[...]".
std::string FirstComplaint(std::string_view error_output, const std::vector<std::string>& secrets);

}  // namespace countersign::verifier

#endif  // COUNTERSIGN_VERIFIER_CREDENTIALS_PLUGIN_COMPLAINT_H_
