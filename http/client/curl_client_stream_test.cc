// CurlClient's responses that are read as they come.

#include <atomic>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/synchronization/notification.h"
#include "absl/time/time.h"
#include "base/deadline.h"
#include "base/eventually.h"
#include "base/status_matchers.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "http/client/client.h"
#include "http/client/curl_client.h"
#include "http/client/response_stream.h"
#include "http/client/scripted_server.h"

namespace countersign::http {
namespace {

using base::IsOkAndHolds;
using base::StatusIs;
using testing::HasSubstr;
using testing::StartsWith;
using Answer = ScriptedServer::Answer;
using Then = ScriptedServer::Answer::Then;

constexpr char kHead[] = "HTTP/1.1 200 OK\r\nX-Kind: stream\r\n\r\n";

class CurlClientStreamTest : public testing::Test {
 protected:
  std::unique_ptr<ResponseStream> Open(const ScriptedServer& server,
                                       size_t max_response_bytes = 1 << 20) {
    ClientRequest request;
    request.url = absl::StrCat("http://", server.host(), "/stream");
    request.max_response_bytes = max_response_bytes;
    return *client_->Open(request);
  }

  std::unique_ptr<CurlClient> client_ = *CurlClient::Create({});
};

TEST_F(CurlClientStreamTest, HeadAndBytesAreThereAsTheyCome) {
  absl::Notification head_read;
  absl::Notification first_read;
  const ScriptedServer server([&](const std::string&) {
    return Answer{kHead, Then::kClose, [&](const Answer::Send& send) {
                    EXPECT_TRUE(base::Await(head_read));
                    send("first");
                    EXPECT_TRUE(base::Await(first_read));
                    send("second");
                  }};
  });
  const std::unique_ptr<ResponseStream> stream = Open(server);
  const absl::StatusOr<ClientResponse> head = stream->AwaitHead(base::Soon());
  ASSERT_TRUE(head.ok()) << head.status();
  EXPECT_EQ(head->status, 200);
  EXPECT_EQ(head->FindHeader("x-kind"), "stream");
  head_read.Notify();
  EXPECT_THAT(stream->Read(base::Soon()), IsOkAndHolds("first"));
  first_read.Notify();
  EXPECT_THAT(stream->Read(base::Soon()), IsOkAndHolds("second"));
  EXPECT_THAT(stream->Read(base::Soon()), IsOkAndHolds(""));
}

TEST_F(CurlClientStreamTest, InterimResponsesAreNotTheHead) {
  const ScriptedServer server([](const std::string&) {
    return Answer{absl::StrCat("HTTP/1.1 103 Early Hints\r\n\r\n", WriteResponse(404, {}, "no"))};
  });
  const std::unique_ptr<ResponseStream> stream = Open(server);
  EXPECT_EQ(stream->AwaitHead(base::Soon())->status, 404);
  EXPECT_THAT(stream->Read(base::Soon()), IsOkAndHolds("no"));
}

TEST_F(CurlClientStreamTest, SilenceEndsAtTheDeadlineAndMayGoOn) {
  absl::Notification late;
  const ScriptedServer server([&](const std::string&) {
    return Answer{kHead, Then::kHang, [&](const Answer::Send& send) {
                    EXPECT_TRUE(base::Await(late));
                    send("late");
                  }};
  });
  const std::unique_ptr<ResponseStream> stream = Open(server);
  EXPECT_THAT(stream->AwaitHead(base::Soon()), base::IsOk());
  EXPECT_THAT(stream->Read(base::In(absl::Milliseconds(20))),
              StatusIs(absl::StatusCode::kDeadlineExceeded, HasSubstr("did not answer in time")));
  late.Notify();
  EXPECT_THAT(stream->Read(base::Soon()), IsOkAndHolds("late"));
}

TEST_F(CurlClientStreamTest, ACutBodyIsAnErrorAfterItsBytes) {
  const ScriptedServer server([](const std::string&) {
    return Answer{"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nbytes"};
  });
  const std::unique_ptr<ResponseStream> stream = Open(server);
  EXPECT_THAT(stream->Read(base::Soon()), IsOkAndHolds("bytes"));
  EXPECT_THAT(stream->Read(base::Soon()),
              StatusIs(absl::StatusCode::kUnavailable, HasSubstr("cut its answer short")));
}

TEST_F(CurlClientStreamTest, NobodyThereIsUnavailable) {
  std::optional<ScriptedServer> server([](const std::string&) { return Answer{}; });
  ClientRequest request;
  request.url = absl::StrCat("http://", server->host(), "/");
  server.reset();
  const std::unique_ptr<ResponseStream> stream = *client_->Open(request);
  EXPECT_THAT(stream->AwaitHead(base::Soon()),
              StatusIs(absl::StatusCode::kUnavailable, HasSubstr("refused the connection")));
}

TEST_F(CurlClientStreamTest, MoreThanMayWaitToBeReadEndsIt) {
  std::atomic<bool> gone = false;
  const ScriptedServer server([&](const std::string&) {
    return Answer{kHead, Then::kClose, [&](const Answer::Send& send) {
                    const std::string kilobyte(1024, 'x');
                    while (send(kilobyte)) {
                    }
                    gone = true;
                  }};
  });
  const std::unique_ptr<ResponseStream> stream = Open(server, 1 << 20);
  EXPECT_TRUE(base::Eventually([&] { return gone.load(); }));
  absl::StatusOr<std::string> bytes = stream->Read(base::Soon());
  ASSERT_THAT(bytes, base::IsOk());
  EXPECT_LE(bytes->size(), 1 << 20);
  EXPECT_THAT(stream->Read(base::Soon()), StatusIs(absl::StatusCode::kResourceExhausted));
}

TEST_F(CurlClientStreamTest, CancelWakesWhoReads) {
  const ScriptedServer server([](const std::string&) { return Answer{kHead, Then::kHang}; });
  const std::unique_ptr<ResponseStream> stream = Open(server);
  EXPECT_THAT(stream->AwaitHead(base::Soon()), base::IsOk());
  std::thread canceller([&] { stream->Cancel(); });
  EXPECT_THAT(stream->Read(base::Soon()), StatusIs(absl::StatusCode::kCancelled));
  canceller.join();
}

TEST_F(CurlClientStreamTest, ClosesItsConnectionWhenDropped) {
  absl::Notification gone;
  const ScriptedServer server([&](const std::string&) {
    return Answer{kHead, Then::kClose, [&](const Answer::Send& send) {
                    while (send("more\n")) {
                    }
                    gone.Notify();
                  }};
  });
  Open(server)->AwaitHead(base::Soon()).IgnoreError();
  EXPECT_TRUE(gone.WaitForNotificationWithDeadline(base::Soon()));
}

TEST_F(CurlClientStreamTest, EndsWithItsClient) {
  const ScriptedServer server([](const std::string&) { return Answer{kHead, Then::kHang}; });
  const std::unique_ptr<ResponseStream> stream = Open(server);
  EXPECT_THAT(stream->AwaitHead(base::Soon()), base::IsOk());
  client_.reset();
  EXPECT_THAT(stream->Read(base::Soon()),
              StatusIs(absl::StatusCode::kUnavailable, HasSubstr("closing")));
}

TEST_F(CurlClientStreamTest, PutPatchAndDeleteAreSentAsTheyAre) {
  const ScriptedServer server([](const std::string&) {
    return Answer{WriteResponse(200, {}, ""), Then::kKeepAlive};
  });
  for (const std::string_view method : {"PUT", "PATCH", "DELETE"}) {
    ClientRequest request;
    request.method = std::string(method);
    request.url = absl::StrCat("http://", server.host(), "/thing");
    request.body = "body";
    EXPECT_THAT(client_->Send(request, base::Soon()), base::IsOk());
    const std::string sent = server.Requests().back();
    EXPECT_THAT(sent, StartsWith(absl::StrCat(method, " /thing HTTP/1.1\r\n")));
    EXPECT_EQ(sent.ends_with("\r\n\r\nbody"), method != "DELETE") << sent;
  }
}

}  // namespace
}  // namespace countersign::http
