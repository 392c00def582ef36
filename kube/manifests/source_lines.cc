#include "kube/manifests/source_lines.h"

#include <algorithm>
#include <cstddef>
#include <utility>

#include "absl/strings/numbers.h"
#include "base/json.h"
#include "base/json_pointer.h"

namespace countersign::kube {
namespace {

const SourceLines* FindChild(const SourceLines& lines, const std::string& token) {
  size_t index = 0;
  if (!lines.names.empty()) {
    index = std::find(lines.names.begin(), lines.names.end(), token) - lines.names.begin();
  } else if (!absl::SimpleAtoi(token, &index)) {
    return nullptr;
  }
  return index < lines.children.size() ? &lines.children[index] : nullptr;
}

// Reads well-formed JSON for its lines alone, without recursion.
class JsonLineReader {
 public:
  explicit JsonLineReader(std::string_view json) : json_(json) {}

  SourceLines Read() {
    for (; at_ < json_.size(); ++at_) {
      switch (json_[at_]) {
        case '\n':
          ++line_;
          break;
        case '{':
        case '[':
          open_.push_back(&Begin());
          break;
        case '}':
        case ']':
          if (!open_.empty()) open_.pop_back();
          break;
        case '"':
          ReadString();
          break;
        case ' ':
        case '\t':
        case '\r':
        case ',':
        case ':':
          break;
        default:
          Begin();
          SkipWord();
      }
    }
    return std::move(root_);
  }

 private:
  // A value starts here: the one of the member whose name was read last, an element, or the whole.
  SourceLines& Begin() {
    if (open_.empty()) {
      root_.line = line_;
      return root_;
    }
    SourceLines& parent = *open_.back();
    if (std::exchange(name_was_read_, false)) return parent.children.back();
    return parent.children.emplace_back(SourceLines{.line = line_});
  }

  // Leaves at_ on the closing quote. Only what a ':' follows is a name.
  void ReadString() {
    const size_t start = at_++;
    while (at_ < json_.size() && json_[at_] != '"') at_ += json_[at_] == '\\' ? 2 : 1;
    const std::string_view text = json_.substr(start, at_ + 1 - start);
    const size_t next = json_.find_first_not_of(" \t\r\n", at_ + 1);
    if (next == std::string_view::npos || json_[next] != ':' || open_.empty()) {
      Begin();
      return;
    }
    SourceLines& parent = *open_.back();
    const base::Json name = base::Json::parse(text, nullptr, /*allow_exceptions=*/false);
    parent.names.push_back(name.is_string() ? name.get<std::string>() : std::string());
    parent.children.push_back(SourceLines{.line = line_});
    name_was_read_ = true;
  }

  // Leaves at_ on the last character of a number, true, false or null.
  void SkipWord() {
    const size_t end = json_.find_first_of(" \t\r\n,:]}[{\"", at_);
    at_ = (end == std::string_view::npos ? json_.size() : end) - 1;
  }

  const std::string_view json_;
  size_t at_ = 0;
  int line_ = 1;
  bool name_was_read_ = false;
  SourceLines root_;
  // A container is added to only while it is the innermost, so that the pointers hold.
  std::vector<SourceLines*> open_;
};

}  // namespace

const SourceLines& FindLines(const SourceLines& lines, std::string_view pointer) {
  const SourceLines* at = &lines;
  for (const std::string& token : base::TokensOf(pointer)) {
    const SourceLines* child = FindChild(*at, token);
    if (child == nullptr) break;
    at = child;
  }
  return *at;
}

SourceLines ReadJsonLines(std::string_view json) { return JsonLineReader(json).Read(); }

}  // namespace countersign::kube
