#ifndef COUNTERSIGN_POLICY_RULES_DECIMAL_H_
#define COUNTERSIGN_POLICY_RULES_DECIMAL_H_

#include <compare>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace countersign::policy {

// A number as JSON writes it, exactly, however large or small: through a double, 9007199254740993
// would be its neighbour. Its digits are never written out, so that "1e999999999" costs what its text
// does.
class Decimal {
 public:
  // A JSON number (RFC 8259, section 6); nullopt: it is none.
  static std::optional<Decimal> Parse(std::string_view text);

  // How many digits it has, without zeros at either end.
  size_t digits() const { return digits_.size(); }

  friend std::strong_ordering operator<=>(const Decimal& a, const Decimal& b);
  friend bool operator==(const Decimal& a, const Decimal& b) { return (a <=> b) == 0; }

 private:
  Decimal() = default;

  int sign_ = 0;        // -1, 0, 1
  std::string digits_;  // without zeros at either end; of zero, none
  // Its value is 0.digits * 10^scale_. An exponent beyond what that can hold is the last there is.
  int64_t scale_ = 0;
};

}  // namespace countersign::policy

#endif  // COUNTERSIGN_POLICY_RULES_DECIMAL_H_
