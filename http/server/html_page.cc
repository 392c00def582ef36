#include "http/server/html_page.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/printable.h"

namespace countersign::http {
namespace {

// What closes a page, and says what was left out.
constexpr size_t kReservedBytes = 256;
constexpr char kEnd[] = "</body></html>\n";

// Its hash is below; the test says what that is when this changes.
constexpr char kStyle[] =
    "body{font:15px/1.45 system-ui,sans-serif;margin:1.5rem auto;max-width:84rem;padding:0 1rem;"
    "color:#1c2128;background:#fff}h1{font-size:1.5rem}"
    "h2{font-size:1.1rem;margin:1.8rem 0 .5rem;border-bottom:1px solid #d0d7de}"
    "p{margin:.4rem 0}ul{margin:.4rem 0;padding-left:1.2rem}"
    "table{border-collapse:collapse;width:100%;font-size:.87rem}"
    "th,td{text-align:left;vertical-align:top;padding:.25rem .6rem;border-bottom:1px solid #e6e9ed;"
    "overflow-wrap:break-word}th{background:#f4f6f8}"
    ".good{color:#0f6b2f}.bad{color:#a40e26;font-weight:600}"
    ".code,.text{overflow-wrap:anywhere}.code{font-family:ui-monospace,monospace;font-size:.95em}";
constexpr char kStyleHash[] = "'sha256-b/7PM94ZO4aLBSmVFIE/OS6hCkWsOggCzXnhPqKmKlE='";

std::string_view ClassOf(HtmlTone tone) {
  switch (tone) {
    case HtmlTone::kGood:
      return " class=\"good\"";
    case HtmlTone::kBad:
      return " class=\"bad\"";
    case HtmlTone::kCode:
      return " class=\"code\"";
    case HtmlTone::kText:
      return " class=\"text\"";
    case HtmlTone::kPlain:
      break;
  }
  return "";
}

// The one way for a text into a page.
std::string Shown(std::string_view text) {
  return EscapeHtml(base::Printable(text, HtmlPage::kMaxTextBytes));
}

}  // namespace

std::string_view HtmlStyle() { return kStyle; }

std::string_view HtmlStyleHash() { return kStyleHash; }

std::string EscapeHtml(std::string_view text) {
  std::string escaped;
  escaped.reserve(text.size());
  for (const char c : text) {
    switch (c) {
      case '&':
        escaped += "&amp;";
        break;
      case '<':
        escaped += "&lt;";
        break;
      case '>':
        escaped += "&gt;";
        break;
      case '"':
        escaped += "&quot;";
        break;
      case '\'':
        escaped += "&#39;";
        break;
      default:
        escaped += c;
    }
  }
  return escaped;
}

HtmlPage::HtmlPage(std::string_view title, size_t max_bytes)
    : max_bytes_(std::max(max_bytes, kLeastBytes)) {
  const std::string shown = EscapeHtml(base::Printable(title, 128));
  text_ = absl::StrCat("<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><title>",
                       shown, "</title><style>", kStyle, "</style></head>\n<body><h1>", shown,
                       "</h1>\n");
}

bool HtmlPage::Append(std::string_view markup) {
  // Once something has been left out, nothing of what follows it is there: no heading of a table that
  // is not.
  if (left_out_ > 0 || text_.size() + markup.size() + kReservedBytes > max_bytes_) {
    ++left_out_;
    return false;
  }
  text_.append(markup);
  return true;
}

void HtmlPage::Heading(std::string_view text) {
  Append(absl::StrCat("<h2>", Shown(text), "</h2>\n"));
}

void HtmlPage::Paragraph(std::string_view text, HtmlTone tone) {
  Append(absl::StrCat("<p", ClassOf(tone), ">", Shown(text), "</p>\n"));
}

void HtmlPage::List(const std::vector<std::string>& lines) {
  if (lines.empty() || !Append("<ul>\n")) return;
  for (const std::string& line : lines) Append(absl::StrCat("<li>", Shown(line), "</li>\n"));
  text_ += "</ul>\n";
}

void HtmlPage::AppendRow(const HtmlRow& row) {
  std::string markup = "<tr>";
  for (const HtmlCell& cell : row) {
    absl::StrAppend(&markup, "<td", ClassOf(cell.tone), ">", Shown(cell.text), "</td>");
  }
  absl::StrAppend(&markup, "</tr>\n");
  Append(markup);
}

void HtmlPage::Table(const HtmlTable& table) {
  if (table.rows.empty()) return Paragraph(table.if_empty);
  std::string head = "<table><thead><tr>";
  for (const std::string& column : table.columns) {
    absl::StrAppend(&head, "<th>", Shown(column), "</th>");
  }
  absl::StrAppend(&head, "</tr></thead><tbody>\n");
  if (!Append(head)) return;
  for (const HtmlRow& row : table.rows) AppendRow(row);
  text_ += "</tbody></table>\n";
}

std::string HtmlPage::Take() && {
  if (left_out_ > 0) {
    absl::StrAppend(&text_, "<p class=\"bad\">The page is full: ", left_out_,
                    " more lines are not shown.</p>\n");
  }
  text_ += kEnd;
  return std::move(text_);
}

}  // namespace countersign::http
