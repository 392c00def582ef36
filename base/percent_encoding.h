#ifndef COUNTERSIGN_BASE_PERCENT_ENCODING_H_
#define COUNTERSIGN_BASE_PERCENT_ENCODING_H_

#include <string>
#include <string_view>

namespace countersign::base {

// `text` as one segment of a URL's path, or as a value in its query (RFC 3986 section 2.1): all but
// unreserved characters are encoded.
std::string PercentEncode(std::string_view text);

// Whether `text` can be a segment of its own: not "", "." or "..", which lead elsewhere however
// they are encoded (section 6.2.2.3).
bool IsPathSegment(std::string_view text);

}  // namespace countersign::base

#endif  // COUNTERSIGN_BASE_PERCENT_ENCODING_H_
