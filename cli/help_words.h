#ifndef COUNTERSIGN_CLI_HELP_WORDS_H_
#define COUNTERSIGN_CLI_HELP_WORDS_H_

#include <string>
#include <vector>

namespace countersign::cli {

// The words of a command line, without the program's name, where `help [COMMAND]…` is
// `[COMMAND]… --help`. Others stay as they are.
std::vector<std::string> ExpandHelp(std::vector<std::string> words);

}  // namespace countersign::cli

#endif  // COUNTERSIGN_CLI_HELP_WORDS_H_
