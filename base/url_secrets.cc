#include "base/url_secrets.h"

#include <algorithm>
#include <array>
#include <cstddef>

#include "base/printable.h"

namespace countersign::base {
namespace {

constexpr std::string_view kHidden = "***";
// What ends a word of a sentence, quotes and brackets among them.
constexpr std::string_view kBetweenWords = " \t\r\n\"'`<>()[]{},;";

constexpr auto kIsBetweenWords = [] {
  std::array<bool, 256> is_between = {};
  for (const char c : kBetweenWords) is_between[static_cast<unsigned char>(c)] = true;
  return is_between;
}();

bool IsBetweenWords(char c) { return kIsBetweenWords[static_cast<unsigned char>(c)]; }

bool IsDigest(std::string_view text) {
  return text.substr(0, 7) == "sha256:" || text.substr(0, 7) == "sha512:";
}

// Of an address without its scheme: how long its userinfo is, without the '@'; 0 if it has none.
size_t UserinfoLength(std::string_view address) {
  const std::string_view authority = address.substr(0, address.find_first_of("/?#"));
  size_t at = authority.rfind('@');
  if (at != std::string_view::npos && IsDigest(authority.substr(at + 1))) {
    at = at == 0 ? std::string_view::npos : authority.rfind('@', at - 1);
  }
  if (at == std::string_view::npos) return 0;
  // A name alone, as in an e-mail address, is no secret.
  return authority.substr(0, at).find(':') == std::string_view::npos ? 0 : at;
}

void AppendWord(std::string_view word, std::string& shown) {
  const size_t scheme = word.find("://");
  const size_t start = scheme == std::string_view::npos ? 0 : scheme + 3;
  shown.append(word.substr(0, start));
  word.remove_prefix(start);
  if (const size_t length = UserinfoLength(word); length > 0) {
    shown.append(kHidden);
    word.remove_prefix(length);
  }
  const size_t query = word.find('?');
  if (query == std::string_view::npos || query + 1 == word.size()) {
    shown.append(word);
    return;
  }
  shown.append(word.substr(0, query + 1)).append(kHidden);
}

}  // namespace

std::string WithoutUrlSecrets(std::string_view text) {
  std::string shown;
  shown.reserve(text.size());
  while (!text.empty()) {
    const size_t word = std::find_if(text.begin(), text.end(), IsBetweenWords) - text.begin();
    AppendWord(text.substr(0, word), shown);
    text.remove_prefix(word);
    const size_t between =
        std::find_if_not(text.begin(), text.end(), IsBetweenWords) - text.begin();
    shown.append(text.substr(0, between));
    text.remove_prefix(between);
  }
  return shown;
}

std::string PrintableWithoutUrlSecrets(std::string_view text, size_t max_bytes) {
  return Printable(WithoutUrlSecrets(text), max_bytes);
}

}  // namespace countersign::base
