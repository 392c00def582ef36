#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <utility>

#include "http/server/html_page.h"

namespace {

using countersign::http::HtmlPage;
using countersign::http::HtmlTone;

constexpr size_t kMaxBytes = 16 << 10;

void Require(bool holds) {
  if (!holds) std::abort();
}

std::string PageOf(const std::string& text) {
  HtmlPage page(text, kMaxBytes);
  page.Heading(text);
  page.Paragraph(text, HtmlTone::kBad);
  page.List({text, text});
  page.Table({.columns = {text}, .rows = {{{text, HtmlTone::kCode}}, {text}}});
  return std::move(page).Take();
}

// What a reader of markup sees: its tags, one after the other, without what is between them.
std::string Tags(std::string_view page) {
  std::string tags;
  bool in_tag = false;
  for (const char c : page) {
    if (c == '<') in_tag = true;
    if (in_tag) tags += c;
    if (c == '>') in_tag = false;
  }
  return tags;
}

}  // namespace

// Whatever the text is, a page has the markup that it would have with an empty one, no byte that is
// not printable, and no more than it may.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string text(reinterpret_cast<const char*>(data), size);
  const std::string page = PageOf(text);
  Require(page.size() <= kMaxBytes);
  for (const char c : page) Require(c == '\n' || (c >= ' ' && c <= '~'));
  // Seven times so much fits, however many entities it becomes.
  if (size <= 200) Require(Tags(page) == Tags(PageOf("")));
  return 0;
}
