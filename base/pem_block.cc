#include "base/pem_block.h"

#include <algorithm>
#include <cstddef>

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "base/base64.h"
#include "base/status_macros.h"

namespace countersign::base {
namespace {

constexpr size_t kMaxLabelBytes = 64;

std::string WithoutWhiteSpace(std::string_view text) {
  std::string kept(text);
  std::erase_if(kept, absl::ascii_isspace);
  return kept;
}

// RFC 7468 section 3: printable characters, words separated by single spaces or hyphens. Looser
// here: what is no label of ours is refused by name later.
bool IsLabel(std::string_view text) {
  return !text.empty() && text.size() <= kMaxLabelBytes &&
         std::all_of(text.begin(), text.end(), [](char c) {
           return absl::ascii_isupper(c) || absl::ascii_isdigit(c) || c == ' ';
         });
}

// Whether there is nothing but white space before the position in its line.
bool BeginsALine(std::string_view text, size_t position) {
  const std::string_view line =
      text.substr(0, position).substr(text.substr(0, position).rfind('\n') + 1);
  return std::all_of(line.begin(), line.end(), absl::ascii_isspace);
}

// Where the next block begins from `position` on; text in a line may speak of one. npos if there is
// none.
size_t FindBegin(std::string_view text, size_t position) {
  size_t begin = text.find(kPemBegin, position);
  while (begin != std::string_view::npos && !BeginsALine(text, begin)) {
    begin = text.find(kPemBegin, begin + 1);
  }
  return begin;
}

// Where the one block of the text begins.
absl::StatusOr<size_t> FindBlock(std::string_view text) {
  if (absl::StripAsciiWhitespace(text).empty()) return absl::InvalidArgumentError("it is empty");
  const size_t begin = FindBegin(text, 0);
  if (begin == std::string_view::npos) {
    return absl::InvalidArgumentError("it holds no PEM block: no line begins with \"-----BEGIN \"");
  }
  if (FindBegin(text, begin + 1) != std::string_view::npos) {
    return absl::InvalidArgumentError("it holds more than one PEM block");
  }
  return begin;
}

}  // namespace

absl::StatusOr<PemBlock> ParsePemBlock(std::string_view text) {
  CS_ASSIGN_OR_RETURN(const size_t begin, FindBlock(text));
  text.remove_prefix(begin + kPemBegin.size());
  const size_t label_size = text.find(kPemDashes);
  if (label_size == std::string_view::npos || !IsLabel(text.substr(0, label_size))) {
    return absl::InvalidArgumentError("the first line of its PEM block is malformed");
  }
  const std::string_view label = text.substr(0, label_size);
  text.remove_prefix(label_size + kPemDashes.size());

  const std::string last_line = absl::StrCat(kPemEnd, label, kPemDashes);
  const size_t body_size = text.find(last_line);
  if (body_size == std::string_view::npos) {
    return absl::InvalidArgumentError(
        absl::StrCat("its PEM block is not finished: there is no line ", last_line));
  }
  const std::string_view after = text.substr(body_size + last_line.size());
  if (!absl::StripAsciiWhitespace(after.substr(0, after.find('\n'))).empty()) {
    return absl::InvalidArgumentError("there is text after the last line of its PEM block");
  }
  const absl::StatusOr<std::string> bytes =
      DecodeBase64(WithoutWhiteSpace(text.substr(0, body_size)));
  if (!bytes.ok()) {
    return absl::InvalidArgumentError("what its PEM block holds is no base64");
  }
  if (bytes->empty()) return absl::InvalidArgumentError("its PEM block is empty");
  return PemBlock{std::string(label), *bytes};
}

std::optional<std::string_view> FirstPemBlock(std::string_view text) {
  const size_t begin = text.find(kPemBegin);
  if (begin == std::string_view::npos) return std::nullopt;
  text.remove_prefix(begin);
  const size_t end = text.find(kPemEnd);
  if (end == std::string_view::npos) return std::nullopt;
  const size_t dashes = text.find(kPemDashes, end + kPemEnd.size());
  if (dashes == std::string_view::npos) return std::nullopt;
  return text.substr(0, dashes + kPemDashes.size());
}

bool BeginsPemBlock(std::string_view text, std::string_view label) {
  return text.find(absl::StrCat(kPemBegin, label, kPemDashes)) != std::string_view::npos;
}

std::string WritePemBlock(std::string_view label, std::string_view bytes) {
  const std::string base64 = absl::Base64Escape(bytes);
  std::string text = absl::StrCat(kPemBegin, label, kPemDashes, "\n");
  constexpr size_t kLineLength = 64;  // RFC 7468 section 2
  for (size_t i = 0; i < base64.size(); i += kLineLength) {
    absl::StrAppend(&text, base64.substr(i, kLineLength), "\n");
  }
  absl::StrAppend(&text, kPemEnd, label, kPemDashes, "\n");
  return text;
}

}  // namespace countersign::base
