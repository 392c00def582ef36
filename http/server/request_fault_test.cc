#include "http/server/request_fault.h"

#include "boost/asio/error.hpp"
#include "boost/beast/http/error.hpp"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace countersign::http {
namespace {

using testing::HasSubstr;
using testing::StartsWith;
using Fault = boost::beast::http::error;

constexpr size_t kMaxBodyBytes = 1000;

std::optional<RequestFault> Of(boost::system::error_code error, bool is_late = false) {
  return FaultOf(error, is_late, kMaxBodyBytes);
}

TEST(RequestFault, EachHasItsStatusAndSentence) {
  const struct {
    boost::system::error_code error;
    int status;
    const char* sentence;
    const char* complaint;
  } kTable[] = {
      {boost::asio::error::no_buffer_space, 503, "The server is busy", "no_room_for_body"},
      {make_error_code(Fault::header_limit), 431, "The request's head is larger", ""},
      {make_error_code(Fault::buffer_overflow), 431, "The request's head is larger", ""},
      {make_error_code(Fault::body_limit), 413, "The request's body is larger than 1000 bytes", ""},
      {make_error_code(Fault::bad_method), 400, "The request is not HTTP: ", ""},
  };
  for (const auto& row : kTable) {
    const std::optional<RequestFault> fault = Of(row.error);
    ASSERT_TRUE(fault.has_value()) << row.error.message();
    EXPECT_EQ(fault->response.status, row.status) << row.error.message();
    EXPECT_THAT(fault->response.body, StartsWith(row.sentence));
    EXPECT_EQ(fault->complaint, row.complaint);
  }
}

TEST(RequestFault, WhatIsLateIsLateWhateverElseIsWrong) {
  const std::optional<RequestFault> fault =
      Of(boost::asio::error::operation_aborted, /*is_late=*/true);
  ASSERT_TRUE(fault.has_value());
  EXPECT_EQ(fault->response.status, 408);
  EXPECT_THAT(fault->response.body, HasSubstr("did not come in time"));
  EXPECT_EQ(fault->complaint, "slow");
}

TEST(RequestFault, AClientThatHasGoneIsAnsweredNothing) {
  EXPECT_FALSE(Of(make_error_code(Fault::end_of_stream)).has_value());
  EXPECT_FALSE(Of(make_error_code(Fault::partial_message)).has_value());
  EXPECT_FALSE(Of(boost::asio::error::connection_reset).has_value());
}

}  // namespace
}  // namespace countersign::http
