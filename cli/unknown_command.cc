#include "cli/unknown_command.h"

#include <algorithm>
#include <cstddef>
#include <numeric>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "base/printable.h"

namespace countersign::cli {
namespace {

// No command is so long.
constexpr size_t kMaxComparedBytes = 64;

// The least number of letters to replace, to add or to leave out to make one of the other
// (Levenshtein).
size_t Distance(std::string_view a, std::string_view b) {
  std::vector<size_t> row(b.size() + 1);  // of the part of `a` so far, to each beginning of `b`
  std::iota(row.begin(), row.end(), 0);
  for (size_t i = 0; i < a.size(); ++i) {
    size_t diagonal = row[0];
    row[0] = i + 1;
    for (size_t j = 0; j < b.size(); ++j) {
      const size_t replaced = diagonal + (a[i] == b[j] ? 0 : 1);
      diagonal = row[j + 1];
      row[j + 1] = std::min({replaced, row[j] + 1, row[j + 1] + 1});
    }
  }
  return row.back();
}

}  // namespace

std::string SayUnknownCommand(std::string_view word, const std::vector<std::string>& commands) {
  const std::string_view compared = word.substr(0, kMaxComparedBytes);
  const auto nearest = std::min_element(commands.begin(), commands.end(),
                                        [compared](const std::string& a, const std::string& b) {
                                          return Distance(compared, a) < Distance(compared, b);
                                        });
  return absl::StrCat("there is no command ", base::Quoted(word), "; the nearest is \"", *nearest,
                      "\", and all are: ", absl::StrJoin(commands, ", "));
}

}  // namespace countersign::cli
