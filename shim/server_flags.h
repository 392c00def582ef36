#ifndef COUNTERSIGN_SHIM_SERVER_FLAGS_H_
#define COUNTERSIGN_SHIM_SERVER_FLAGS_H_

#include <cstddef>

#include "CLI/CLI.hpp"
#include "http/server/server.h"

namespace countersign::shim {

// Adds the flags that fill `options`, where and to whom reviews are served, to `app`, and
// `max_review_bytes`, the memory for all of them. Both must outlive the parsing.
void AddServerFlags(CLI::App* app, http::Server::Options* options, size_t* max_review_bytes);

}  // namespace countersign::shim

#endif  // COUNTERSIGN_SHIM_SERVER_FLAGS_H_
