#ifndef COUNTERSIGN_POLICY_RULES_DOCUMENT_PATH_H_
#define COUNTERSIGN_POLICY_RULES_DOCUMENT_PATH_H_

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"

namespace countersign::policy {

// Where in a document a rule looks: a JSON pointer (RFC 6901) in which a token `[*]` stands for each
// element of a list: "/predicate/scanner/result/[*]/severity". A token that is a number is a member
// of that name, or of a list the element of that index, as in any pointer. A member that is really
// named "[*]" cannot be named.
class DocumentPath {
 public:
  static constexpr size_t kMaxBytes = 1024;
  static constexpr size_t kMaxTokens = 32;
  // Where a token is a number, both of its meanings are looked for.
  static constexpr size_t kMaxNumbers = 4;

  struct Token {
    std::string name;  // unescaped; of each element, "[*]"
    bool is_each = false;

    friend bool operator==(const Token&, const Token&) = default;
  };

  // The document itself.
  DocumentPath() = default;

  // InvalidArgument, in words for the author that go on a sentence about the path, and are printable:
  // it does not begin with '/', a '~' is followed by neither 0 nor 1, a token holds "[*]" beside
  // other characters, or it is beyond the limits above.
  static absl::StatusOr<DocumentPath> Parse(std::string_view text);

  const std::string& text() const { return text_; }
  const std::vector<Token>& tokens() const { return tokens_; }
  bool has_each() const { return has_each_; }
  // How many tokens are written as indexes of elements.
  size_t CountNumbers() const;

  // Whether a token is written as the index of an element: digits without a spare zero.
  static bool IsIndex(std::string_view token);

 private:
  std::string text_;
  std::vector<Token> tokens_;
  bool has_each_ = false;
};

}  // namespace countersign::policy

#endif  // COUNTERSIGN_POLICY_RULES_DOCUMENT_PATH_H_
