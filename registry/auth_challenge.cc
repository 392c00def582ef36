#include "registry/auth_challenge.h"

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/strings/ascii.h"

namespace countersign::registry {
namespace {

constexpr size_t kMaxChallenges = 32;
constexpr size_t kMaxParams = 32;

// RFC 9110, section 5.6.2.
bool IsTokenChar(char c) {
  return absl::ascii_isalnum(static_cast<unsigned char>(c)) ||
         (c != '\0' && std::string_view("!#$%&'*+-.^_`|~").find(c) != std::string_view::npos);
}

bool IsToken68Char(char c) {
  return absl::ascii_isalnum(static_cast<unsigned char>(c)) ||
         (c != '\0' && std::string_view("-._~+/").find(c) != std::string_view::npos);
}

class Reader {
 public:
  explicit Reader(std::string_view text) : text_(text) {}

  std::vector<AuthChallenge> ReadChallenges() {
    std::vector<AuthChallenge> challenges;
    for (SkipSeparators(); !AtEnd() && challenges.size() < kMaxChallenges; SkipSeparators()) {
      if (NextIsParam()) {  // Of no challenge.
        AuthChallenge nobodys;
        ReadParam(nobodys);
      } else if (IsTokenChar(Peek())) {
        challenges.push_back(ReadChallenge());
      }
      SkipElement();
    }
    return challenges;
  }

 private:
  AuthChallenge ReadChallenge() {
    AuthChallenge challenge;
    challenge.scheme = absl::AsciiStrToLower(ReadWhile(IsTokenChar));
    if (AtEnd() || Peek() != ' ') return challenge;
    SkipSpace();
    challenge.token68 = ReadToken68();
    if (!challenge.token68.empty()) return challenge;
    while (NextIsParam()) {
      ReadParam(challenge);
      SkipElement();
      // A comma may be followed by a parameter or by the next challenge; only what comes then
      // tells.
      const size_t before = at_;
      SkipSeparators();
      if (!NextIsParam()) {
        at_ = before;
        break;
      }
    }
    return challenge;
  }

  // A token68 stands alone up to the next comma; where it does not, nothing is read.
  std::string ReadToken68() {
    const size_t before = at_;
    std::string token = ReadWhile(IsToken68Char);
    if (!token.empty()) {
      token += ReadWhile([](char c) { return c == '='; });
      if (AtElementEnd()) return token;
    }
    at_ = before;
    return "";
  }

  bool NextIsParam() {
    const size_t before = at_;
    const bool has_name = !ReadWhile(IsTokenChar).empty();
    SkipSpace();
    const bool is_param = has_name && !AtEnd() && Peek() == '=';
    at_ = before;
    return is_param;
  }

  void ReadParam(AuthChallenge& challenge) {
    std::string name = absl::AsciiStrToLower(ReadWhile(IsTokenChar));
    SkipSpace();
    ++at_;  // '=', as NextIsParam saw.
    SkipSpace();
    std::string value = !AtEnd() && Peek() == '"' ? ReadQuotedString() : ReadBareValue();
    if (challenge.FindParam(name).has_value() || challenge.params.size() == kMaxParams) return;
    challenge.params.emplace_back(std::move(name), std::move(value));
  }

  std::string ReadBareValue() {
    const std::string value = ReadWhile([](char c) { return c != ','; });
    return std::string(absl::StripTrailingAsciiWhitespace(value));
  }

  // RFC 9110, section 5.6.4; one that does not end is what is left.
  std::string ReadQuotedString() {
    std::string value;
    for (++at_; !AtEnd(); ++at_) {
      if (Peek() == '"') {
        ++at_;
        return value;
      }
      if (Peek() == '\\' && at_ + 1 < text_.size()) ++at_;
      value += Peek();
    }
    return value;
  }

  template <typename Predicate>
  std::string ReadWhile(Predicate predicate) {
    const size_t begin = at_;
    while (!AtEnd() && predicate(Peek())) ++at_;
    return std::string(text_.substr(begin, at_ - begin));
  }

  void SkipSpace() {
    while (!AtEnd() && (Peek() == ' ' || Peek() == '\t')) ++at_;
  }
  // Lists may have empty elements (RFC 9110, section 5.6.1.2).
  void SkipSeparators() {
    while (!AtEnd() && (Peek() == ' ' || Peek() == '\t' || Peek() == ',')) ++at_;
  }
  // Whatever is left up to the next comma.
  void SkipElement() {
    while (!AtEnd() && Peek() != ',') ++at_;
  }
  bool AtElementEnd() {
    SkipSpace();
    return AtEnd() || Peek() == ',';
  }
  bool AtEnd() const { return at_ == text_.size(); }
  char Peek() const { return text_[at_]; }

  const std::string_view text_;
  size_t at_ = 0;
};

}  // namespace

std::optional<std::string_view> AuthChallenge::FindParam(std::string_view name) const {
  for (const auto& [key, value] : params) {
    if (key == name) return value;
  }
  return std::nullopt;
}

std::vector<AuthChallenge> ParseAuthChallenges(std::string_view field_value) {
  return Reader(field_value).ReadChallenges();
}

}  // namespace countersign::registry
