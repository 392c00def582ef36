#ifndef COUNTERSIGN_BASE_FLAG_ERROR_H_
#define COUNTERSIGN_BASE_FLAG_ERROR_H_

#include <string>

#include "CLI/CLI.hpp"
#include "absl/functional/function_ref.h"

namespace countersign::base {

// For tests of flags: what CLI11 says is wrong with what `parse` parses; "" if nothing is.
inline std::string FlagError(absl::FunctionRef<void()> parse) {
  try {
    parse();
  } catch (const CLI::ParseError& error) {
    return error.what();
  }
  return "";
}

}  // namespace countersign::base

#endif  // COUNTERSIGN_BASE_FLAG_ERROR_H_
