#include "cli/help_words.h"

namespace countersign::cli {

std::vector<std::string> ExpandHelp(std::vector<std::string> words) {
  if (words.empty() || words.front() != "help") return words;
  words.erase(words.begin());
  words.push_back("--help");
  return words;
}

}  // namespace countersign::cli
