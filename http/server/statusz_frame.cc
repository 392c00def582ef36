#include "http/server/statusz_frame.h"

#include <algorithm>
#include <cstdint>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "base/utc_seconds.h"
#include "base/version.h"

namespace countersign::http {

void AddStatuszHead(const StatuszHead& head, HtmlPage& page) {
  const absl::Duration up = absl::Trunc(head.now - head.started, absl::Seconds(1));
  page.Paragraph(absl::StrCat("Version ", base::kVersion, ", runs since ",
                              base::WriteUtcSeconds(head.started), " (", absl::FormatDuration(up),
                              "). This page is of ", base::WriteUtcSeconds(head.now),
                              "; load it again for a newer one."));
  page.Paragraph(head.is_ready ? "Ready." : "Not ready.",
                 head.is_ready ? HtmlTone::kGood : HtmlTone::kBad);
  page.List(head.details);
}

std::string Milliseconds(absl::Duration duration) {
  const int64_t milliseconds = std::max<int64_t>(absl::ToInt64Milliseconds(duration), 0);
  if (milliseconds < 1000) return absl::StrCat(milliseconds, " ms");
  return absl::StrFormat("%.1f s", static_cast<double>(milliseconds) / 1000);
}

}  // namespace countersign::http
