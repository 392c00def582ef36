#include "cli/unknown_command.h"

#include <algorithm>
#include <cstddef>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "base/edit_distance.h"
#include "base/printable.h"

namespace countersign::cli {
namespace {

// No command is so long.
constexpr size_t kMaxComparedBytes = 64;

}  // namespace

std::string SayUnknownCommand(std::string_view word, const std::vector<std::string>& commands) {
  const std::string_view compared = word.substr(0, kMaxComparedBytes);
  const auto nearest = std::min_element(
      commands.begin(), commands.end(), [compared](const std::string& a, const std::string& b) {
        return base::EditDistance(compared, a) < base::EditDistance(compared, b);
      });
  return absl::StrCat("there is no command ", base::Quoted(word), "; the nearest is \"", *nearest,
                      "\", and all are: ", absl::StrJoin(commands, ", "));
}

}  // namespace countersign::cli
