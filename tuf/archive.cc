#include "tuf/archive.h"

#include <algorithm>
#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "base/gzip.h"
#include "base/status_macros.h"

namespace countersign::tuf {
namespace {

constexpr size_t kBlockBytes = 512;
constexpr std::string_view kFolder = "repository/";

// Fields of a header (POSIX.1-2017, pax, "ustar Interchange Format").
constexpr std::pair<size_t, size_t> kName = {0, 100}, kSize = {124, 12}, kChecksum = {148, 8},
                                    kMagic = {257, 8}, kPrefix = {345, 155};
constexpr size_t kTypeAt = 156;

absl::Status Refuse(std::string_view reason) {
  return absl::InvalidArgumentError(absl::StrCat("tar: ", reason));
}

std::string_view Field(std::string_view header, std::pair<size_t, size_t> field) {
  return header.substr(field.first, field.second);
}

// A text ends with its field or at a NUL.
std::string_view TextField(std::string_view header, std::pair<size_t, size_t> field) {
  const std::string_view text = Field(header, field);
  return text.substr(0, text.find('\0'));
}

// Octal digits, with spaces or NULs around them. Nullopt: anything else, as the numbers beyond 8 GiB
// that some write in binary.
std::optional<uint64_t> OctalField(std::string_view header, std::pair<size_t, size_t> field) {
  const auto is_blank = [](char c) { return c == ' ' || c == '\0'; };
  std::string_view text = Field(header, field);
  while (!text.empty() && is_blank(text.front())) text.remove_prefix(1);
  uint64_t value = 0;
  while (!text.empty() && text.front() >= '0' && text.front() <= '7') {
    value = value * 8 + static_cast<uint64_t>(text.front() - '0');
    text.remove_prefix(1);
  }
  if (!std::all_of(text.begin(), text.end(), is_blank)) return std::nullopt;
  return value;
}

bool HasItsChecksum(std::string_view header) {
  uint64_t sum = 0;
  for (size_t i = 0; i < header.size(); ++i) {
    const bool is_checksum = i >= kChecksum.first && i < kChecksum.first + kChecksum.second;
    sum += is_checksum ? uint64_t{' '} : static_cast<uint8_t>(header[i]);
  }
  return OctalField(header, kChecksum) == sum;
}

std::string NameOf(std::string_view header) {
  const std::string_view name = TextField(header, kName);
  // GNU's headers, whose magic has spaces, have other things where the prefix is.
  const bool has_prefix = Field(header, kMagic).substr(0, 6) == std::string_view("ustar\0", 6);
  const std::string_view prefix = has_prefix ? TextField(header, kPrefix) : "";
  return prefix.empty() ? std::string(name) : absl::StrCat(prefix, "/", name);
}

// The path in the records of a pax header: "<length> <keyword>=<value>\n".
absl::StatusOr<std::optional<std::string>> PathOfPax(std::string_view records) {
  std::optional<std::string> path;
  while (!records.empty()) {
    const size_t space = records.find(' ');
    uint32_t length = 0;
    if (space == std::string_view::npos || !absl::ascii_isdigit(records.front()) ||
        !absl::SimpleAtoi(records.substr(0, space), &length) || length <= space + 1 ||
        length > records.size() || records[length - 1] != '\n') {
      return Refuse("a pax header is malformed");
    }
    const std::string_view record = records.substr(space + 1, length - space - 2);
    const std::pair<std::string, std::string> parts =
        absl::StrSplit(record, absl::MaxSplits('=', 1));
    if (parts.first == "size") return Refuse("a pax header gives a file another size");
    if (parts.first == "path") path = parts.second;
    records.remove_prefix(length);
  }
  return path;
}

// Where a file is below the repository's URL.
absl::StatusOr<std::string> PathOf(std::string_view name) {
  if (name.size() > kMaxArchiveNameBytes) return Refuse("a path is too long");
  if (name.find('\0') != std::string_view::npos) return Refuse("a path is malformed");
  std::vector<std::string_view> parts = absl::StrSplit(name, '/');
  std::erase_if(parts, [](std::string_view part) { return part.empty() || part == "."; });
  if (std::find(parts.begin(), parts.end(), "..") != parts.end()) {
    return Refuse("a path leads out of the archive");
  }
  std::string path = absl::StrJoin(parts, "/");
  if (path.starts_with(kFolder)) path.erase(0, kFolder.size());
  return path;
}

class TarReader {
 public:
  explicit TarReader(std::string_view tar) : rest_(tar) {}

  absl::StatusOr<Files> Read() {
    while (!rest_.empty()) {
      if (rest_.size() < kBlockBytes) return Refuse("unexpected end");
      const std::string_view header = rest_.substr(0, kBlockBytes);
      // A block of zeros ends it, whatever follows.
      if (header.find_first_not_of('\0') == std::string_view::npos) break;
      CS_RETURN_IF_ERROR(ReadMember(header));
    }
    return std::move(files_);
  }

 private:
  absl::Status ReadMember(std::string_view header) {
    if (!HasItsChecksum(header)) return Refuse("a header is malformed");
    const std::optional<uint64_t> size = OctalField(header, kSize);
    rest_.remove_prefix(kBlockBytes);
    if (!size) return Refuse("a file has no size");
    if (*size > rest_.size()) return Refuse("unexpected end");
    const std::string_view contents = rest_.substr(0, *size);
    // Padded to whole blocks, but for what is last in archives that were cut where nothing is lost.
    const size_t padded = (*size + kBlockBytes - 1) / kBlockBytes * kBlockBytes;
    rest_.remove_prefix(std::min<size_t>(padded, rest_.size()));
    return Take(header, contents);
  }

  absl::Status Take(std::string_view header, std::string_view contents) {
    switch (header[kTypeAt]) {
      case 'x': {
        CS_ASSIGN_OR_RETURN(next_name_, PathOfPax(contents));
        return absl::OkStatus();
      }
      case 'L':
        next_name_ = std::string(contents.substr(0, contents.find('\0')));
        return absl::OkStatus();
      case 'g':
      case 'K':
        return absl::OkStatus();
      case '0':
      case '7':
      case '\0':
        return TakeFile(TakeName(header), contents);
      default:
        TakeName(header);
        return absl::OkStatus();
    }
  }

  std::string TakeName(std::string_view header) {
    return std::exchange(next_name_, std::nullopt).value_or(NameOf(header));
  }

  absl::Status TakeFile(const std::string& name, std::string_view contents) {
    if (name.ends_with('/')) return absl::OkStatus();  // how folders were written once
    CS_ASSIGN_OR_RETURN(std::string path, PathOf(name));
    if (path.empty()) return Refuse("a file has no path");
    files_.insert_or_assign(std::move(path), std::string(contents));
    if (files_.size() <= kMaxArchiveFiles) return absl::OkStatus();
    return absl::ResourceExhaustedError(
        absl::StrCat("tar: it holds more than ", kMaxArchiveFiles, " files"));
  }

  std::string_view rest_;
  Files files_;
  // What the header before the next one gives as its name.
  std::optional<std::string> next_name_;
};

}  // namespace

absl::StatusOr<Files> ReadTar(std::string_view tar) {
  if (tar.size() > kMaxArchiveBytes) {
    return absl::ResourceExhaustedError(
        absl::StrCat("tar: it has more than ", kMaxArchiveBytes, " bytes"));
  }
  return TarReader(tar).Read();
}

absl::StatusOr<Files> ReadArchive(std::string_view tar_gz) {
  const absl::StatusOr<std::string> tar = base::DecodeGzip(tar_gz, kMaxArchiveBytes);
  if (!tar.ok()) return base::Annotate("gzip", tar.status());
  return ReadTar(*tar);
}

}  // namespace countersign::tuf
