#include "oci/image_reference.h"

#include <algorithm>

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "base/printable.h"
#include "base/status_macros.h"
#include "oci/registry_name.h"

namespace countersign::oci {
namespace {

constexpr size_t kMaxTextBytes = 4096;
// distribution/reference, NameTotalLengthMax.
constexpr size_t kMaxPathBytes = 255;
constexpr size_t kImageIdDigits = 64;

constexpr std::string_view kDefaultTag = "latest";

// A reference as it is written, cut at its separators; nothing of it is checked.
struct WrittenReference {
  std::optional<std::string_view> registry;
  std::string_view path;
  std::optional<std::string_view> tag;
  std::optional<std::string_view> digest;
};

template <typename... Pieces>
absl::Status Malformed(const Pieces&... pieces) {
  return absl::InvalidArgumentError(absl::StrCat(pieces...));
}

bool IsPathAlphanumeric(char c) { return absl::ascii_islower(c) || absl::ascii_isdigit(c); }
bool IsSeparator(char c) { return c == '.' || c == '_' || c == '-'; }

// A word character of the grammar's `tag`.
bool IsWord(char c) { return absl::ascii_isalnum(c) || c == '_'; }

bool IsHex(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return absl::ascii_isxdigit(c); });
}

WrittenReference Split(std::string_view text) {
  WrittenReference written;
  if (const size_t at = text.find('@'); at != std::string_view::npos) {
    written.digest = text.substr(at + 1);
    text = text.substr(0, at);
  }
  const size_t last_slash = text.rfind('/');
  const size_t last_component = last_slash == std::string_view::npos ? 0 : last_slash + 1;
  if (const size_t colon = text.find(':', last_component); colon != std::string_view::npos) {
    written.tag = text.substr(colon + 1);
    text = text.substr(0, colon);
  }
  const size_t slash = text.find('/');
  if (slash != std::string_view::npos) {
    const std::string_view first = text.substr(0, slash);
    if (first == "localhost" || first.find_first_of(".:") != std::string_view::npos) {
      written.registry = first;
      text.remove_prefix(slash + 1);
    }
  }
  written.path = text;
  return written;
}

// `byte` counts from 1 in the whole reference.
absl::Status ForeignCharacter(char c, size_t byte, std::string_view where) {
  if (absl::ascii_isupper(c)) {
    return Malformed("byte ", byte, " is the upper-case letter ", std::string(1, c), ": a ", where,
                     " is in lower case");
  }
  return Malformed("byte ", byte, " is ", base::Quoted(std::string_view(&c, 1)), ", which no ",
                   where, " has");
}

// Whether the separators in a component of the right characters stand where the grammar lets them:
// [a-z0-9]+((\.|_|__|-+)[a-z0-9]+)*
bool HasGoodSeparators(std::string_view component) {
  if (IsSeparator(component.front()) || IsSeparator(component.back())) return false;
  for (size_t begin = 0; begin < component.size();) {
    size_t end = begin + 1;
    if (IsSeparator(component[begin])) {
      while (IsSeparator(component[end])) ++end;  // the last character is none
      const std::string_view separator = component.substr(begin, end - begin);
      if (separator != "." && separator != "_" && separator != "__" &&
          separator.find_first_not_of('-') != std::string_view::npos) {
        return false;
      }
    }
    begin = end;
  }
  return true;
}

// `offset` is where the component begins in the whole reference.
absl::Status CheckComponent(std::string_view component, size_t offset) {
  if (component.empty()) {
    return Malformed("its path has an empty component, before byte ", offset + 1);
  }
  if (component == "." || component == "..") {
    return Malformed(
        "its path has the component ", base::Quoted(component),
        ", which some clients resolve, so that another image would run than the one judged");
  }
  for (size_t i = 0; i < component.size(); ++i) {
    if (!IsPathAlphanumeric(component[i]) && !IsSeparator(component[i])) {
      return ForeignCharacter(component[i], offset + i + 1, "path");
    }
  }
  if (!HasGoodSeparators(component)) {
    return Malformed("its path component ", base::Quoted(component),
                     " is malformed: letters and digits, with one '.', one or two '_', or any "
                     "number of '-' between");
  }
  return absl::OkStatus();
}

absl::Status CheckPath(std::string_view path, size_t offset) {
  for (const std::string_view component : absl::StrSplit(path, '/')) {
    CS_RETURN_IF_ERROR(CheckComponent(component, offset));
    offset += component.size() + 1;
  }
  return absl::OkStatus();
}

absl::Status CheckTag(std::string_view tag, size_t offset) {
  if (tag.empty()) return Malformed("its tag is empty");
  if (tag.size() > kMaxTagBytes) {
    return Malformed("its tag is longer than ", kMaxTagBytes, " bytes");
  }
  for (size_t i = 0; i < tag.size(); ++i) {
    if (!IsWord(tag[i]) && tag[i] != '.' && tag[i] != '-') {
      return ForeignCharacter(tag[i], offset + i + 1, "tag");
    }
  }
  if (!IsWord(tag.front())) {
    return Malformed("its tag ", base::Quoted(tag), " begins with '.' or '-'");
  }
  return absl::OkStatus();
}

// What would be taken for something else, or is a frequent mistake.
absl::Status CheckText(std::string_view text) {
  if (text.empty()) return Malformed("it is empty");
  if (text.size() > kMaxTextBytes) return Malformed("it is longer than ", kMaxTextBytes, " bytes");
  if (absl::StrContains(text, "://")) {
    return Malformed("it has a scheme (\"://\"), which names of images do not have");
  }
  // A container runtime may take these for an image that it has already, whichever registry that
  // came from.
  const std::string_view id = absl::StripPrefix(text, "sha256:");
  if (id.size() == kImageIdDigits && IsHex(id)) {
    return Malformed("it is the ID of an image, not a name");
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<ImageReference> ImageReference::Parse(std::string_view text) {
  CS_RETURN_IF_ERROR(CheckText(text));
  const WrittenReference written = Split(text);
  const auto offset_of = [text](std::string_view part) {
    return static_cast<size_t>(part.data() - text.data());
  };

  ImageReference reference;
  reference.text_ = std::string(text);
  reference.names_registry_ = written.registry.has_value();
  reference.has_tag_ = written.tag.has_value();
  reference.repository_.registry = std::string(kDockerHub);
  if (written.registry.has_value()) {
    CS_ASSIGN_OR_RETURN(reference.repository_.registry, ParseRegistryName(*written.registry));
  }
  CS_RETURN_IF_ERROR(CheckPath(written.path, offset_of(written.path)));
  const bool is_official =
      reference.repository_.registry == kDockerHub && !absl::StrContains(written.path, "/");
  reference.repository_.path = absl::StrCat(is_official ? kDockerHubLibrary : "", written.path);
  if (reference.repository_.path.size() > kMaxPathBytes) {
    return Malformed("its path is longer than ", kMaxPathBytes, " bytes");
  }
  if (written.tag.has_value()) {
    CS_RETURN_IF_ERROR(CheckTag(*written.tag, offset_of(*written.tag)));
    reference.tag_ = std::string(*written.tag);
  }
  if (written.digest.has_value()) {
    CS_ASSIGN_OR_RETURN(reference.digest_, Digest::Parse(*written.digest));
  }
  if (!reference.tag_.has_value() && !reference.digest_.has_value()) {
    reference.tag_ = std::string(kDefaultTag);
  }
  return reference;
}

std::string ImageReference::PinnedTo(const Digest& digest) const {
  if (digest_.has_value()) return text_;
  return absl::StrCat(text_, has_tag_ ? "" : absl::StrCat(":", kDefaultTag), "@",
                      digest.ToString());
}

std::string ImageReference::FullName() const {
  std::string name = repository_.ToString();
  if (tag_.has_value()) absl::StrAppend(&name, ":", *tag_);
  if (digest_.has_value()) absl::StrAppend(&name, "@", digest_->ToString());
  return name;
}

}  // namespace countersign::oci
