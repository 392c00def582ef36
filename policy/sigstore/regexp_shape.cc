#include "policy/sigstore/regexp_shape.h"

#include <cstddef>
#include <optional>
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

bool IsRepetition(char c) { return c == '*' || c == '+' || c == '?' || c == '{'; }

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

// Reads an expression from its beginning to its end, once.
class Reader {
 public:
  explicit Reader(std::string_view text) : text_(text) {}

  // Up to the end, or inside of groups up to the parenthesis that closes the innermost, and with it.
  RegexpShape Read(int depth) {
    std::vector<Alternative> alternatives(1);
    bool has_bare_dot = false;
    while (at_ < text_.size()) {
      const char c = text_[at_++];
      if (c == ')' && depth > 0) break;
      Alternative& here = alternatives.back();
      if (c == '|') {
        alternatives.emplace_back();
      } else if (IsRepetition(c)) {
        // An anchor, or a group, that may be there or not is none.
        if (!here.empty()) here.back() = {};
      } else if (c == '(') {
        if (std::optional<Element> group = ReadGroup(depth)) {
          has_bare_dot = has_bare_dot || group->inside.has_bare_dot;
          here.push_back(*group);
        }
      } else {
        has_bare_dot = has_bare_dot || (c == '.' && !IsRepetition(Peek()));
        here.push_back(ReadOne(c));
      }
    }
    RegexpShape shape = {.begins_anchored = absl::c_all_of(alternatives, Begins),
                         .ends_anchored = absl::c_all_of(alternatives, Ends),
                         .has_bare_dot = has_bare_dot};
    shape.splits_anchors = alternatives.size() > 1 &&
                           !(shape.begins_anchored && shape.ends_anchored) &&
                           Begins(alternatives.front()) && Ends(alternatives.back());
    return shape;
  }

 private:
  char Peek(size_t ahead = 0) const {
    return at_ + ahead < text_.size() ? text_[at_ + ahead] : '\0';
  }

  // What begins with this character and is neither a group nor a repetition.
  Element ReadOne(char c) {
    if (c == '\\') return ReadEscape();
    if (c == '[') SkipClass();
    if (c == '^') return {.kind = Element::kBeginning};
    if (c == '$') return {.kind = Element::kEnd};
    return {};
  }

  Element ReadEscape() {
    const char c = Peek();
    if (at_ < text_.size()) ++at_;
    if (c == 'A') return {.kind = Element::kBeginning};
    if (c == 'z') return {.kind = Element::kEnd};
    if (c == 'Q') {
      const size_t end = text_.find("\\E", at_);
      at_ = end == std::string_view::npos ? text_.size() : end + 2;
    }
    return {};
  }

  void SkipClass() {
    constexpr size_t kMaxNameBytes = 16;  // of `[:alpha:]`
    if (Peek() == '^') ++at_;
    if (Peek() == ']') ++at_;  // at its front it is one of its characters
    while (at_ < text_.size() && Peek() != ']') {
      if (Peek() == '[' && Peek(1) == ':') {
        const size_t end = text_.substr(at_ + 2, kMaxNameBytes).find(":]");
        if (end != std::string_view::npos) at_ += end + 3;
      } else if (Peek() == '\\') {
        ++at_;
      }
      ++at_;
    }
    ++at_;
  }

  // After its parenthesis; nullopt: that was no group, but flags for what follows.
  std::optional<Element> ReadGroup(int depth) {
    if (Peek() == '?') {
      // `?:`, `?P<name>`, `?i:` or `?i)`.
      while (at_ < text_.size() && std::string_view(":>)").find(Peek()) == std::string_view::npos) {
        ++at_;
      }
      const bool is_group = Peek() != ')';
      ++at_;
      if (!is_group) return std::nullopt;
    }
    if (depth < kMaxDepth) return Element{.kind = Element::kGroup, .inside = Read(depth + 1)};
    SkipGroup();
    return Element{};
  }

  void SkipGroup() {
    int depth = 1;
    while (at_ < text_.size() && depth > 0) {
      const char c = text_[at_++];
      if (c == '(') {
        ++depth;
      } else if (c == ')') {
        --depth;
      } else {
        ReadOne(c);
      }
    }
  }

  const std::string_view text_;
  size_t at_ = 0;
};

}  // namespace

RegexpShape ShapeOf(std::string_view expression) { return Reader(expression).Read(0); }

}  // namespace countersign::policy
