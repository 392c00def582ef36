#include "registry/next_link.h"

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_split.h"

namespace countersign::registry {
namespace {

// RFC 9110, section 5.6.2.
bool IsTokenChar(char c) {
  return absl::ascii_isalnum(static_cast<unsigned char>(c)) ||
         (c != '\0' && std::string_view("!#$%&'*+-.^_`|~").find(c) != std::string_view::npos);
}

struct Link {
  std::string target;
  std::optional<std::string> relations;  // of several, the first (section 3.3)
};

// Reads the links of one header, one after another.
class Reader {
 public:
  explicit Reader(std::string_view text) : text_(text) {}

  // Nullopt: there are no more, or not any that can be read.
  std::optional<Link> Next() {
    while (Skip(',')) {
    }
    if (!Skip('<')) return std::nullopt;
    const size_t end = text_.find('>', at_);
    if (end == std::string_view::npos) return std::nullopt;
    Link link = {.target = std::string(absl::StripAsciiWhitespace(text_.substr(at_, end - at_)))};
    at_ = end + 1;
    while (Skip(';')) {
      if (!ReadParam(link)) return std::nullopt;
    }
    SkipSpace();
    if (at_ < text_.size() && text_[at_] != ',') return std::nullopt;
    return link;
  }

 private:
  // False if it cannot be read.
  bool ReadParam(Link& link) {
    SkipSpace();
    const std::string name = absl::AsciiStrToLower(ReadToken());
    std::string value;
    if (Skip('=')) {
      const std::optional<std::string> given = Skip('"') ? ReadQuoted() : ReadToken();
      if (!given.has_value()) return false;
      value = *given;
    }
    if (name == "rel" && !link.relations.has_value()) link.relations = value;
    return true;
  }

  std::string ReadToken() {
    SkipSpace();
    const size_t begin = at_;
    while (at_ < text_.size() && IsTokenChar(text_[at_])) ++at_;
    return std::string(text_.substr(begin, at_ - begin));
  }

  // After the quotation mark; nullopt if it does not end.
  std::optional<std::string> ReadQuoted() {
    std::string value;
    for (; at_ < text_.size(); ++at_) {
      if (text_[at_] == '"') {
        ++at_;
        return value;
      }
      if (text_[at_] == '\\' && at_ + 1 < text_.size()) ++at_;
      value += text_[at_];
    }
    return std::nullopt;
  }

  bool Skip(char wanted) {
    SkipSpace();
    if (at_ == text_.size() || text_[at_] != wanted) return false;
    ++at_;
    return true;
  }
  void SkipSpace() {
    while (at_ < text_.size() && (text_[at_] == ' ' || text_[at_] == '\t')) ++at_;
  }

  const std::string_view text_;
  size_t at_ = 0;
};

bool IsNext(const Link& link) {
  if (!link.relations.has_value()) return false;
  for (const std::string_view relation : absl::StrSplit(*link.relations, ' ')) {
    if (absl::EqualsIgnoreCase(relation, "next")) return true;
  }
  return false;
}

}  // namespace

std::optional<std::string> FindNextLink(const http::Headers& headers) {
  for (const auto& [name, value] : headers) {
    if (name != "link") continue;
    Reader reader(value);
    while (std::optional<Link> link = reader.Next()) {
      if (IsNext(*link)) return std::move(link->target);
    }
  }
  return std::nullopt;
}

}  // namespace countersign::registry
