#include "policy/rules/decimal.h"

#include <algorithm>
#include <cstddef>

#include "base/json_token.h"

namespace countersign::policy {
namespace {

constexpr int64_t kMaxExponent = int64_t{1} << 58;

// Of the digits after an 'e', with a sign or without.
int64_t ReadExponent(std::string_view text) {
  const bool is_negative = text.starts_with('-');
  if (is_negative || text.starts_with('+')) text.remove_prefix(1);
  int64_t exponent = 0;
  for (const char digit : text) {
    exponent = std::min(kMaxExponent, exponent * 10 + (digit - '0'));
  }
  return is_negative ? -exponent : exponent;
}

}  // namespace

std::optional<Decimal> Decimal::Parse(std::string_view text) {
  if (text.empty() || base::SkipJsonNumber(text, 0) != text.size()) return std::nullopt;
  Decimal number;
  number.sign_ = text.front() == '-' ? -1 : 1;
  if (number.sign_ < 0) text.remove_prefix(1);
  if (const size_t e = text.find_first_of("eE"); e != std::string_view::npos) {
    number.scale_ = ReadExponent(text.substr(e + 1));
    text = text.substr(0, e);
  }
  const size_t point = std::min(text.find('.'), text.size());
  number.digits_ = text.substr(0, point);
  number.scale_ += static_cast<int64_t>(point);
  if (point < text.size()) number.digits_ += text.substr(point + 1);

  const size_t first = number.digits_.find_first_not_of('0');
  if (first == std::string::npos) return Decimal();
  number.digits_.erase(0, first);
  number.scale_ -= static_cast<int64_t>(first);
  number.digits_.erase(number.digits_.find_last_not_of('0') + 1);
  return number;
}

std::strong_ordering operator<=>(const Decimal& a, const Decimal& b) {
  if (a.sign_ != b.sign_) return a.sign_ <=> b.sign_;
  if (a.sign_ == 0) return std::strong_ordering::equal;
  // Without zeros at the end, the order of the digits is that of the texts.
  const std::strong_ordering sizes =
      a.scale_ != b.scale_ ? a.scale_ <=> b.scale_ : a.digits_.compare(b.digits_) <=> 0;
  return a.sign_ > 0 ? sizes : 0 <=> sizes;
}

}  // namespace countersign::policy
