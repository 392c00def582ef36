#include "policy/sigstore/regexp_shape.h"

#include <cstddef>
#include <utility>
#include <vector>

#include "absl/algorithm/container.h"

namespace countersign::policy {
namespace {

constexpr int kMaxDepth = 100;

// Something that stands beside others in an alternative.
struct Element {
  enum Kind { kOther, kBeginning, kEnd, kGroup };
  Kind kind = kOther;
  RegexpShape inside;  // of a group
};

using Alternative = std::vector<Element>;

RegexpShape ShapeAt(std::string_view expression, int depth);

bool IsRepetition(char c) { return c == '*' || c == '+' || c == '?' || c == '{'; }

// Reads one expression, or what is inside of a group.
class Reader {
 public:
  // `depth` of how many groups it is inside of.
  Reader(std::string_view text, int depth) : text_(text), depth_(depth) {}

  std::vector<Alternative> Read() {
    while (at_ < text_.size()) ReadNext();
    return std::move(alternatives_);
  }
  bool has_bare_dot() const { return has_bare_dot_; }

 private:
  char Peek(size_t ahead = 0) const {
    return at_ + ahead < text_.size() ? text_[at_ + ahead] : '\0';
  }

  void Add(Element element) { alternatives_.back().push_back(element); }

  void ReadNext() {
    const char c = text_[at_++];
    if (c == '\\') return ReadEscape();
    if (c == '[') return ReadClass();
    if (c == '(') return ReadGroup();
    if (c == '|') {
      alternatives_.emplace_back();
    } else if (c == '^') {
      Add({.kind = Element::kBeginning});
    } else if (c == '$') {
      Add({.kind = Element::kEnd});
    } else if (IsRepetition(c)) {
      // An anchor, or a group, that may be there or not is none.
      if (!alternatives_.back().empty()) alternatives_.back().back() = {};
    } else {
      if (c == '.' && !IsRepetition(Peek())) has_bare_dot_ = true;
      Add({});
    }
  }

  void ReadEscape() {
    const char c = Peek();
    if (at_ < text_.size()) ++at_;
    if (c == 'A') return Add({.kind = Element::kBeginning});
    if (c == 'z') return Add({.kind = Element::kEnd});
    if (c == 'Q') {
      const size_t end = text_.find("\\E", at_);
      at_ = end == std::string_view::npos ? text_.size() : end + 2;
    }
    Add({});
  }

  void ReadClass() {
    if (Peek() == '^') ++at_;
    if (Peek() == ']') ++at_;  // at its front it is one of its characters
    while (at_ < text_.size() && Peek() != ']') {
      if (Peek() == '[' && Peek(1) == ':') {
        const size_t end = text_.find(":]", at_ + 2);
        if (end != std::string_view::npos) at_ = end + 1;
      } else if (Peek() == '\\') {
        ++at_;
      }
      ++at_;
    }
    ++at_;
    Add({});
  }

  // Up to the parenthesis that closes it.
  void ReadGroup() {
    const size_t begin = at_;
    Reader inside(text_.substr(begin), depth_);
    inside.SkipGroup();
    at_ = begin + inside.at_;
    std::string_view group = text_.substr(begin, inside.at_ - (inside.is_closed_ ? 1 : 0));
    if (group.starts_with('?')) {
      const bool is_named = group.starts_with("?P<") || group.starts_with("?<");
      const size_t head = group.find(is_named ? '>' : ':');
      // Flags for what follows are no group.
      if (head == std::string_view::npos) return;
      group.remove_prefix(head + 1);
    }
    Add({.kind = Element::kGroup, .inside = ShapeAt(group, depth_ + 1)});
    has_bare_dot_ = has_bare_dot_ || alternatives_.back().back().inside.has_bare_dot;
  }

  void SkipGroup() {
    int depth = 1;
    while (at_ < text_.size()) {
      const char c = text_[at_++];
      if (c == '\\') {
        ReadEscape();
      } else if (c == '[') {
        ReadClass();
      } else if (c == '(') {
        ++depth;
      } else if (c == ')' && --depth == 0) {
        is_closed_ = true;
        return;
      }
    }
  }

  const std::string_view text_;
  const int depth_;
  size_t at_ = 0;
  bool has_bare_dot_ = false;
  bool is_closed_ = false;
  std::vector<Alternative> alternatives_{1};
};

bool Begins(const Alternative& alternative) {
  if (alternative.empty()) return false;
  const Element& first = alternative.front();
  return first.kind == Element::kBeginning || first.inside.begins_anchored;
}

bool Ends(const Alternative& alternative) {
  if (alternative.empty()) return false;
  const Element& last = alternative.back();
  return last.kind == Element::kEnd || last.inside.ends_anchored;
}

RegexpShape ShapeAt(std::string_view expression, int depth) {
  if (depth > kMaxDepth) return {};
  Reader reader(expression, depth);
  const std::vector<Alternative> alternatives = reader.Read();
  RegexpShape shape = {.begins_anchored = absl::c_all_of(alternatives, Begins),
                       .ends_anchored = absl::c_all_of(alternatives, Ends),
                       .has_bare_dot = reader.has_bare_dot()};
  shape.splits_anchors = alternatives.size() > 1 &&
                         !(shape.begins_anchored && shape.ends_anchored) &&
                         Begins(alternatives.front()) && Ends(alternatives.back());
  return shape;
}

}  // namespace

RegexpShape ShapeOf(std::string_view expression) { return ShapeAt(expression, 0); }

}  // namespace countersign::policy
