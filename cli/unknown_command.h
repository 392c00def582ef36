#ifndef COUNTERSIGN_CLI_UNKNOWN_COMMAND_H_
#define COUNTERSIGN_CLI_UNKNOWN_COMMAND_H_

#include <string>
#include <string_view>
#include <vector>

namespace countersign::cli {

// What to say where `word` was written and one of the commands, of which there is at least one,
// belongs: names it, the nearest of them (by letters that are wrong, missing or too many), and
// all.
std::string SayUnknownCommand(std::string_view word, const std::vector<std::string>& commands);

}  // namespace countersign::cli

#endif  // COUNTERSIGN_CLI_UNKNOWN_COMMAND_H_
