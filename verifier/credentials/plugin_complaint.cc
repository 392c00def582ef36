#include "verifier/credentials/plugin_complaint.h"

#include <algorithm>
#include <cstddef>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "base/printable.h"

namespace countersign::verifier {
namespace {

constexpr std::string_view kLeftOut = "[...]";
constexpr size_t kMaxBytes = 200;
// Shorter than what clouds give as secrets, longer than most words, names of hosts included.
constexpr size_t kLongRun = 32;
constexpr size_t kShortestSecret = 6;

bool IsOfSecret(char c) {
  // What base64, in both alphabets, and JSON Web Tokens consist of.
  return absl::ascii_isalnum(static_cast<unsigned char>(c)) ||
         std::string_view("+/=_-").find(c) != std::string_view::npos;
}

bool LooksSecret(std::string_view run) {
  const auto is_digit = [](unsigned char c) { return absl::ascii_isdigit(c); };
  const auto is_letter = [](unsigned char c) { return absl::ascii_isalpha(c); };
  return run.size() >= kLongRun && std::any_of(run.begin(), run.end(), is_digit) &&
         std::any_of(run.begin(), run.end(), is_letter);
}

std::string WithoutLongRuns(std::string_view line) {
  std::string result;
  while (!line.empty()) {
    const size_t end = std::min<size_t>(
        std::find_if_not(line.begin(), line.end(), IsOfSecret) - line.begin(), line.size());
    result += LooksSecret(line.substr(0, end)) ? kLeftOut : line.substr(0, end);
    if (end < line.size()) result += line[end];
    line.remove_prefix(std::min(end + 1, line.size()));
  }
  return result;
}

}  // namespace

std::string FirstComplaint(std::string_view error_output, const std::vector<std::string>& secrets) {
  // All at once: a longer secret comes before one that it begins with.
  std::vector<std::pair<std::string_view, std::string_view>> left_out;
  for (const std::string& secret : secrets) {
    if (secret.size() >= kShortestSecret) left_out.emplace_back(secret, kLeftOut);
  }
  const std::string text = absl::StrReplaceAll(error_output, left_out);
  for (const std::string_view line : absl::StrSplit(text, '\n')) {
    const std::string_view words = absl::StripAsciiWhitespace(line);
    if (!words.empty()) return base::Printable(WithoutLongRuns(words), kMaxBytes);
  }
  return "";
}

}  // namespace countersign::verifier
