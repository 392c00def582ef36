#include "registry/auth_challenge.h"

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "base/status_macros.h"

namespace countersign::registry {
namespace {

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

// RFC 9110, section 5.6.4: what stands between the quotes, or after a backslash.
bool IsQuotableChar(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return byte == '\t' || (byte >= ' ' && byte != 0x7f);
}

class Reader {
 public:
  explicit Reader(std::string_view text) : text_(text) {}

  absl::StatusOr<std::vector<AuthChallenge>> ReadChallenges() {
    std::vector<AuthChallenge> challenges;
    for (SkipSeparators(); !AtEnd(); SkipSeparators()) {
      CS_ASSIGN_OR_RETURN(AuthChallenge challenge, ReadChallenge());
      challenges.push_back(std::move(challenge));
      if (!AtElementEnd()) return Fault("expected a comma");
    }
    return challenges;
  }

 private:
  absl::StatusOr<AuthChallenge> ReadChallenge() {
    AuthChallenge challenge;
    challenge.scheme = absl::AsciiStrToLower(ReadWhile(IsTokenChar));
    if (challenge.scheme.empty()) return Fault("expected an authentication scheme");
    if (AtEnd() || Peek() != ' ') return challenge;
    SkipSpace();
    challenge.token68 = ReadToken68();
    if (!challenge.token68.empty()) return challenge;
    while (NextIsParam()) {
      CS_RETURN_IF_ERROR(ReadParam(challenge));
      if (!AtElementEnd()) return Fault("expected a comma");
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

  absl::Status ReadParam(AuthChallenge& challenge) {
    std::string name = absl::AsciiStrToLower(ReadWhile(IsTokenChar));
    SkipSpace();
    ++at_;  // '=', as NextIsParam saw.
    SkipSpace();
    CS_ASSIGN_OR_RETURN(std::string value, ReadValue());
    if (challenge.FindParam(name).has_value()) return Fault("a parameter occurs twice");
    if (challenge.params.size() == kMaxParams) return Fault("too many parameters");
    challenge.params.emplace_back(std::move(name), std::move(value));
    return absl::OkStatus();
  }

  absl::StatusOr<std::string> ReadValue() {
    if (!AtEnd() && Peek() == '"') return ReadQuotedString();
    std::string value = ReadWhile(IsTokenChar);
    if (value.empty()) return Fault("expected a parameter's value");
    return value;
  }

  absl::StatusOr<std::string> ReadQuotedString() {
    std::string value;
    for (++at_; !AtEnd(); ++at_) {
      if (Peek() == '"') {
        ++at_;
        return value;
      }
      if (Peek() == '\\') ++at_;
      if (AtEnd() || !IsQuotableChar(Peek())) return Fault("a quoted string is malformed");
      value += Peek();
    }
    return Fault("a quoted string does not end");
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
  bool AtElementEnd() {
    SkipSpace();
    return AtEnd() || Peek() == ',';
  }
  bool AtEnd() const { return at_ == text_.size(); }
  char Peek() const { return text_[at_]; }
  absl::Status Fault(std::string_view what) const {
    return absl::InvalidArgumentError(
        absl::StrCat("the authentication challenge is malformed at byte ", at_, ": ", what));
  }

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

absl::StatusOr<std::vector<AuthChallenge>> ParseAuthChallenges(std::string_view field_value) {
  return Reader(field_value).ReadChallenges();
}

}  // namespace countersign::registry
