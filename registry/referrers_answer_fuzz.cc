#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "http/client/client.h"
#include "http/client/url.h"
#include "registry/next_link.h"
#include "registry/referrers_answer.h"

namespace countersign::registry {
namespace {

constexpr std::string_view kList = "https://reg.example:5000/v2/team/app/referrers/sha256:abc";

void Require(bool condition) {
  if (!condition) std::abort();
}

// A line with the status (200, where it is no number), and one for each header.
http::ClientResponse ReadResponse(std::string_view text) {
  const std::vector<std::string_view> lines = absl::StrSplit(text, '\n');
  http::ClientResponse response;
  if (!absl::SimpleAtoi(lines[0], &response.status)) response.status = 200;
  for (size_t i = 1; i < lines.size(); ++i) {
    const std::pair<std::string_view, std::string_view> header =
        absl::StrSplit(lines[i], absl::MaxSplits(':', 1));
    response.headers.emplace_back(absl::AsciiStrToLower(header.first),
                                  std::string(absl::StripAsciiWhitespace(header.second)));
  }
  return response;
}

// That somebody was refused, or is to come again, is never that there is no list.
void CheckHasNoApi(const http::ClientResponse& response) {
  const int status = response.status;
  if (HasNoReferrersApi(response)) {
    Require(status != 401 && status != 403 && status != 429 && (status < 500 || status == 501));
  } else if (status == 200) {
    const std::string type = absl::AsciiStrToLower(response.FindHeader("content-type").value());
    Require(absl::StartsWith(type, "application/vnd.oci.image.index.v1+json"));
  }
}

// What is asked for next is of the list that is at `url`, and an error says nothing of the link.
void CheckNextPage(const http::ClientResponse& response, const http::Url& url) {
  const std::optional<std::string> link = FindNextLink(response.headers);
  const absl::StatusOr<std::string> next = NextReferrersPage(response, url);
  if (!next.ok()) {
    Require(link.has_value());
    Require(next.status() ==
            absl::FailedPreconditionError("names a next page that is not of the same list"));
    return;
  }
  Require(next->empty() == !link.has_value());
  if (next->empty()) return;
  Require(next->size() <= 4096);
  Require(std::all_of(next->begin(), next->end(), absl::ascii_isgraph));
  Require(url.Resolve(*link).value().host() == url.host());
  const std::string page = absl::StrCat(kList, "?", *next);
  Require(http::Url::Parse(page).value().ToString() == page);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const http::ClientResponse response =
      ReadResponse(std::string_view(reinterpret_cast<const char*>(data), size));
  CheckHasNoApi(response);
  // From the first page, and from a later one.
  CheckNextPage(response, http::Url::Parse(kList).value());
  CheckNextPage(response, http::Url::Parse(absl::StrCat(kList, "?n=2&last=x")).value());
  return 0;
}

}  // namespace countersign::registry
