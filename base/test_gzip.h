#ifndef COUNTERSIGN_BASE_TEST_GZIP_H_
#define COUNTERSIGN_BASE_TEST_GZIP_H_

#include <string>
#include <string_view>

namespace countersign::base {

// A gzip file (RFC 1952) of one member that holds the bytes, for tests only.
std::string EncodeTestGzip(std::string_view bytes);

}  // namespace countersign::base

#endif  // COUNTERSIGN_BASE_TEST_GZIP_H_
