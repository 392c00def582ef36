#ifndef COUNTERSIGN_POLICY_MOVING_JMES_KEY_H_
#define COUNTERSIGN_POLICY_MOVING_JMES_KEY_H_

#include <optional>
#include <string>
#include <string_view>

namespace countersign::policy {

// What the `key` of a condition of Kyverno's asks for: one variable `{{ … }}` in JMESPath, as far as
// policy/moving/kyverno_conditions.h understands it.
struct JmesKey {
  enum class Kind {
    kValue = 0,
    kExpression,  // whether `expression` is found in the text there
    kAge,         // how long ago the moment there is
  };
  Kind kind = Kind::kValue;
  // Where it is: a JSON pointer in which a token `[*]` stands for each element of a list.
  std::string pointer;
  bool has_each = false;
  std::string first;       // the first name of it
  std::string expression;  // of kExpression, in RE2's syntax
};

// nullopt: it is something else. Names that Kyverno gives to what is no attestation's (`request`,
// `images`, …) are, too. Pure.
std::optional<JmesKey> ReadJmesKey(std::string_view text);

}  // namespace countersign::policy

#endif  // COUNTERSIGN_POLICY_MOVING_JMES_KEY_H_
