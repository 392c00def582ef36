#ifndef COUNTERSIGN_HTTP_SERVER_SERVER_RESPONSE_H_
#define COUNTERSIGN_HTTP_SERVER_SERVER_RESPONSE_H_

#include <string>

#include "http/server/respond.h"

namespace countersign::http {

// The bytes of an HTTP/1.1 response, with the date of now; without its body, which has its length
// all the same, for HEAD. One buffer, so that head and body leave in one TLS record.
std::string WriteResponse(const ServerResponse& response, bool with_body, bool keep_alive);

}  // namespace countersign::http

#endif  // COUNTERSIGN_HTTP_SERVER_SERVER_RESPONSE_H_
