#include "http/server/request_fault.h"

#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "boost/asio/error.hpp"
#include "boost/beast/http/error.hpp"

namespace countersign::http {
namespace {

namespace asio = boost::asio;
using Fault = boost::beast::http::error;

RequestFault Plain(int status, std::string sentence) {
  return {.response = {.status = status, .body = std::move(sentence)}};
}

bool IsMalformed(boost::system::error_code error) {
  return error.category() == make_error_code(Fault::bad_method).category() &&
         error != Fault::end_of_stream && error != Fault::partial_message;
}

}  // namespace

std::optional<RequestFault> FaultOf(boost::system::error_code error, bool is_late,
                                    size_t max_body_bytes) {
  if (is_late) {
    RequestFault fault = Plain(408, "The request did not come in time.\n");
    fault.complaint = "slow";
    return fault;
  }
  if (error == asio::error::no_buffer_space) {
    return RequestFault{.response = BusyResponse(), .complaint = "no_room_for_body"};
  }
  if (error == Fault::header_limit || error == Fault::buffer_overflow) {
    return Plain(431, "The request's head is larger than 16 KiB.\n");
  }
  if (error == Fault::body_limit) {
    return Plain(413,
                 absl::StrCat("The request's body is larger than ", max_body_bytes, " bytes.\n"));
  }
  if (!IsMalformed(error)) return std::nullopt;
  return Plain(400, absl::StrCat("The request is not HTTP: ", error.message(), ".\n"));
}

}  // namespace countersign::http
