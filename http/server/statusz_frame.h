#ifndef COUNTERSIGN_HTTP_SERVER_STATUSZ_FRAME_H_
#define COUNTERSIGN_HTTP_SERVER_STATUSZ_FRAME_H_

#include <string>
#include <vector>

#include "absl/time/time.h"
#include "http/server/html_page.h"

namespace countersign::http {

// What the pages of all programs begin with.
struct StatuszHead {
  absl::Time now;
  absl::Time started;
  bool is_ready = false;
  std::vector<std::string> details;  // as /readyz has them
};

// The version, since when the program runs, and whether it is ready.
void AddStatuszHead(const StatuszHead& head, HtmlPage& page);

// "12 ms", "1.5 s" from a second; never less than nothing.
std::string Milliseconds(absl::Duration duration);

}  // namespace countersign::http

#endif  // COUNTERSIGN_HTTP_SERVER_STATUSZ_FRAME_H_
