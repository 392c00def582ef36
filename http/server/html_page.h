#ifndef COUNTERSIGN_HTTP_SERVER_HTML_PAGE_H_
#define COUNTERSIGN_HTTP_SERVER_HTML_PAGE_H_

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace countersign::http {

// How a piece of text is to be looked at.
enum class HtmlTone {
  kPlain = 0,
  kGood,  // as it should be
  kBad,   // something is wrong
  kCode,  // a name, a hash: in letters of one width, and broken anywhere
  kText,  // sentences that may have long words, which are broken anywhere
};

struct HtmlCell {
  // Both are meant to be implicit.
  // NOLINTNEXTLINE
  HtmlCell(std::string cell_text, HtmlTone cell_tone = HtmlTone::kPlain)
      : text(std::move(cell_text)), tone(cell_tone) {}
  HtmlCell(const char* cell_text)  // NOLINT
      : text(cell_text) {}

  std::string text;
  HtmlTone tone;
};
using HtmlRow = std::vector<HtmlCell>;

struct HtmlTable {
  std::vector<std::string> columns;
  std::vector<HtmlRow> rows;
  std::string if_empty;  // a sentence in its place where there are no rows
};

// A plain page for people, which needs no script and loads nothing. Whatever text is given to it, by
// whomever it was written, stands there as text: there is no way to give it markup, and every text is
// made printable ASCII (base/printable.h), cut, and escaped on its way in. Not thread-safe.
class HtmlPage {
 public:
  // Of one text.
  static constexpr size_t kMaxTextBytes = 1024;
  // A page has so many bytes at least, and no more than it is given.
  static constexpr size_t kLeastBytes = 8 << 10;

  // What does not fit into `max_bytes` is left out, and the page says so at its end.
  HtmlPage(std::string_view title, size_t max_bytes);

  void Heading(std::string_view text);
  void Paragraph(std::string_view text, HtmlTone tone = HtmlTone::kPlain);
  void List(const std::vector<std::string>& lines);
  void Table(const HtmlTable& table);

  // The whole page, at most `max_bytes`.
  std::string Take() &&;

 private:
  // Appends it if it leaves room for what must follow.
  bool Append(std::string_view markup);
  void AppendRow(const HtmlRow& row);

  const size_t max_bytes_;
  std::string text_;
  size_t left_out_ = 0;  // headings, paragraphs, lines and rows
};

// What every page's style is, and what a Content-Security-Policy says of it alone: 'sha256-…'.
std::string_view HtmlStyle();
std::string_view HtmlStyleHash();

// `text` so that it is text wherever it stands in a page: `&`, `<`, `>` and both quotes as entities.
std::string EscapeHtml(std::string_view text);

}  // namespace countersign::http

#endif  // COUNTERSIGN_HTTP_SERVER_HTML_PAGE_H_
