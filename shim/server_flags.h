#ifndef COUNTERSIGN_SHIM_SERVER_FLAGS_H_
#define COUNTERSIGN_SHIM_SERVER_FLAGS_H_

#include "CLI/CLI.hpp"
#include "http/server/server.h"

namespace countersign::shim {

// Adds the flags that fill `options`, where and to whom reviews are served, to `app`. They must
// outlive the parsing.
void AddServerFlags(CLI::App* app, http::Server::Options* options);

}  // namespace countersign::shim

#endif  // COUNTERSIGN_SHIM_SERVER_FLAGS_H_
