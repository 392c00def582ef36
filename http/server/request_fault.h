#ifndef COUNTERSIGN_HTTP_SERVER_REQUEST_FAULT_H_
#define COUNTERSIGN_HTTP_SERVER_REQUEST_FAULT_H_

#include <cstddef>
#include <optional>
#include <string_view>

#include "boost/system/error_code.hpp"
#include "http/server/respond.h"

namespace countersign::http {

// What the server itself answers to a request that could not be read.
struct RequestFault {
  ServerResponse response;
  std::string_view complaint = "";  // a ComplaintTally's word for it; "": it is not complained of
};

// Of an error of ServerRequestReader; `is_late`: the time for the request was over. nullopt: the
// client has gone. Pure.
std::optional<RequestFault> FaultOf(boost::system::error_code error, bool is_late,
                                    size_t max_body_bytes);

}  // namespace countersign::http

#endif  // COUNTERSIGN_HTTP_SERVER_REQUEST_FAULT_H_
