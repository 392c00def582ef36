#include "http/server/html_page.h"

#include <string>
#include <utility>
#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "openssl/sha.h"

namespace countersign::http {
namespace {

using ::testing::AllOf;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::Le;
using ::testing::Not;
using ::testing::SizeIs;
using ::testing::StartsWith;

constexpr size_t kPlenty = 64 << 10;
constexpr char kAttack[] = "</td><script>alert('1')</script><img src=x onerror=\"x\">&";

TEST(EscapeHtml, LeavesNothingThatBeginsOrEndsMarkup) {
  EXPECT_EQ(EscapeHtml("a<b>&\"'&amp;"), "a&lt;b&gt;&amp;&quot;&#39;&amp;amp;");
  EXPECT_EQ(EscapeHtml(""), "");
}

TEST(HtmlPage, IsADocumentOfWhatItWasGiven) {
  HtmlPage page("countersign-shim", kPlenty);
  page.Heading("Decisions");
  page.Paragraph("All is well.", HtmlTone::kGood);
  page.List({"one", "two"});
  page.Table({.columns = {"image", "hash"}, .rows = {{"nginx", {"ab", HtmlTone::kCode}}}});
  const std::string text = std::move(page).Take();
  EXPECT_THAT(text, StartsWith("<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">"
                               "<title>countersign-shim</title><style>"));
  EXPECT_THAT(text, EndsWith("</style></head>\n<body><h1>countersign-shim</h1>\n"
                             "<h2>Decisions</h2>\n<p class=\"good\">All is well.</p>\n"
                             "<ul>\n<li>one</li>\n<li>two</li>\n</ul>\n"
                             "<table><thead><tr><th>image</th><th>hash</th></tr></thead><tbody>\n"
                             "<tr><td>nginx</td><td class=\"code\">ab</td></tr>\n"
                             "</tbody></table>\n</body></html>\n"));
}

TEST(HtmlPage, TextIsTextWhereverItStands) {
  const std::string shown = EscapeHtml(kAttack);
  HtmlPage page(kAttack, kPlenty);
  page.Heading(kAttack);
  page.Paragraph(kAttack);
  page.List({kAttack});
  page.Table({.columns = {kAttack}, .rows = {{kAttack}}});
  page.Table({.if_empty = kAttack});
  const std::string text = std::move(page).Take();
  EXPECT_THAT(text, AllOf(HasSubstr(absl::StrCat("<title>", shown, "</title>")),
                          HasSubstr(absl::StrCat("<h1>", shown, "</h1>")),
                          HasSubstr(absl::StrCat("<h2>", shown, "</h2>")),
                          HasSubstr(absl::StrCat("<li>", shown, "</li>")),
                          HasSubstr(absl::StrCat("<th>", shown, "</th>")),
                          HasSubstr(absl::StrCat("<td>", shown, "</td>")),
                          HasSubstr(absl::StrCat("<p>", shown, "</p>\n</body>"))));
  EXPECT_THAT(text, AllOf(Not(HasSubstr("<script")), Not(HasSubstr("<img"))));
}

TEST(HtmlPage, BytesThatAreNotPrintableAreNotThere) {
  HtmlPage page("t", kPlenty);
  page.Paragraph(std::string("a\0b\n\xc3\xa9\xff\x1b[31m", 12));
  EXPECT_THAT(std::move(page).Take(), HasSubstr("<p>a\\x00b\\x0a\\xc3\\xa9\\xff\\x1b[31m</p>"));
}

TEST(HtmlPage, ALongTextIsCut) {
  HtmlPage page("t", kPlenty);
  page.Paragraph(std::string(3 * HtmlPage::kMaxTextBytes, '&'));
  EXPECT_THAT(std::move(page).Take(),
              AllOf(SizeIs(Le(8 * HtmlPage::kMaxTextBytes)), HasSubstr("&amp;...</p>")));
}

TEST(HtmlPage, WhatHasNoRoomIsLeftOutAndCounted) {
  std::vector<HtmlRow> rows(1000, HtmlRow{"nginx", "denied"});
  HtmlPage page("t", HtmlPage::kLeastBytes);
  page.Table({.columns = {"image", "decision"}, .rows = std::move(rows)});
  page.Heading("After it");
  const std::string text = std::move(page).Take();
  EXPECT_THAT(text, SizeIs(Le(HtmlPage::kLeastBytes)));
  EXPECT_THAT(text, Not(HasSubstr("After it")));
  EXPECT_THAT(text, HasSubstr("</tbody></table>\n<p class=\"bad\">The page is full: "));
  EXPECT_THAT(text, EndsWith(" more lines are not shown.</p>\n</body></html>\n"));
}

TEST(HtmlPage, ATableWithoutRowsIsASentence) {
  HtmlPage page("t", kPlenty);
  page.Table({.columns = {"image"}, .if_empty = "None yet."});
  EXPECT_THAT(std::move(page).Take(), EndsWith("<p>None yet.</p>\n</body></html>\n"));
}

TEST(HtmlStyle, HasTheHashThatIsSaidOfIt) {
  std::string hash(SHA256_DIGEST_LENGTH, '\0');
  SHA256(reinterpret_cast<const unsigned char*>(HtmlStyle().data()), HtmlStyle().size(),
         reinterpret_cast<unsigned char*>(hash.data()));
  EXPECT_EQ(HtmlStyleHash(), absl::StrCat("'sha256-", absl::Base64Escape(hash), "'"));
}

}  // namespace
}  // namespace countersign::http
