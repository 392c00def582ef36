#ifndef COUNTERSIGN_HTTP_SERVER_SERVER_REQUEST_READER_H_
#define COUNTERSIGN_HTTP_SERVER_SERVER_REQUEST_READER_H_

#include <cstddef>
#include <memory>
#include <string>

#include "absl/time/time.h"
#include "base/source_shares.h"
#include "boost/asio/awaitable.hpp"
#include "boost/beast/core/flat_buffer.hpp"
#include "boost/beast/http/parser.hpp"
#include "boost/beast/http/string_body.hpp"
#include "boost/system/error_code.hpp"
#include "http/server/respond.h"
#include "http/server/server_shared.h"
#include "http/server/server_stream.h"

namespace countersign::http {

// Reads one request of a connection: ReadHead, ClaimBody, ReadSomeBody until it is done, Take.
// Errors are those of the stream and of Beast's parser; no_buffer_space: requests take as much
// memory, of this source or of all, as they may. How long all of that may take is up to the caller.
class ServerRequestReader {
 public:
  using Error = boost::system::error_code;
  template <typename T>
  using Awaitable = boost::asio::awaitable<T>;

  // An API server's head has some hundred bytes.
  static constexpr size_t kMaxHeadBytes = 16 << 10;
  // How many of a connection's bytes are read before they are looked at.
  static constexpr size_t kReadBytes = 16 << 10;
  static constexpr size_t kMaxBufferBytes = kMaxHeadBytes + kReadBytes;

  // `buffer` holds what has been read of the connection and not been looked at. All must outlive
  // the reader.
  ServerRequestReader(ServerStream* stream, boost::beast::flat_buffer* buffer,
                      const std::string& source, ServerShared* shared);

  Awaitable<Error> ReadHead();
  // Waits for a while for room for the body and what is made of it. That is held for as long as the
  // reader lives, or the request.
  Awaitable<Error> ClaimBody();
  Awaitable<Error> ReadSomeBody();

  bool is_done() const { return parser_.is_done(); }
  bool wants_continue() const;
  bool is_head_method() const;
  bool keep_alive() const { return parser_.get().keep_alive(); }
  // Of the body, as far as it has come, with what is around its chunks.
  size_t received_bytes() const { return received_bytes_; }

  // The request.
  ServerRequest Take();

 private:
  using Parser = boost::beast::http::request_parser<boost::beast::http::string_body>;
  using Claim = base::SourceShares::Claim;

  // Looks at what is in the buffer; need_more: that is not all.
  Error Parse();
  Awaitable<Error> AwaitRoom(size_t bytes);
  Awaitable<Error> ReadMore(size_t bytes);

  ServerStream& stream_;
  boost::beast::flat_buffer& buffer_;
  const std::string& source_;
  ServerShared& shared_;
  Parser parser_;
  absl::Time received_ = absl::InfinitePast();
  size_t received_bytes_ = 0;
  std::shared_ptr<Claim> claim_;  // null: there is no body
};

}  // namespace countersign::http

#endif  // COUNTERSIGN_HTTP_SERVER_SERVER_REQUEST_READER_H_
