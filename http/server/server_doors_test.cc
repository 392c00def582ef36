// What strangers may do to a server, and what it asks of its clients. All of 127.0.0.0/8 is this
// machine's, so that one process can come from many addresses. Limits are small and times long
// here: nothing ends because a clock ran out, unless the test is about that.

#include <fstream>
#include <memory>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/statusor.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/synchronization/blocking_counter.h"
#include "absl/synchronization/mutex.h"
#include "absl/synchronization/notification.h"
#include "base/eventually.h"
#include "base/fake_clock.h"
#include "base/log.h"
#include "base/status_matchers.h"
#include "boost/asio/buffer.hpp"
#include "boost/asio/io_context.hpp"
#include "boost/asio/ip/tcp.hpp"
#include "boost/asio/read_until.hpp"
#include "boost/asio/write.hpp"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "http/server/server.h"
#include "http/server/server_raw_client.h"
#include "http/test_authority.h"

namespace countersign::http {
namespace {

namespace asio = boost::asio;
using Tcp = asio::ip::tcp;
using base::IsOk;
using base::StatusIs;
using ::testing::AllOf;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::StartsWith;

constexpr std::string_view kGet = "GET / HTTP/1.1\r\n\r\n";
constexpr char kFlood[] = "127.0.0.66";
constexpr char kInnocent[] = "127.0.0.7";

ServerResponse SayOk(const ServerRequest& request) {
  return {.status = 200, .body = absl::StrCat("ok ", request.body.size())};
}

// Without TLS, so that a thousand of them are cheap.
class PlainClient {
 public:
  PlainClient(asio::io_context& io, int port, const std::string& source) : socket_(io) {
    socket_.open(Tcp::v4());
    socket_.bind({asio::ip::make_address(source), 0});
    socket_.connect({asio::ip::address_v4::loopback(), static_cast<uint16_t>(port)});
  }

  void Write(std::string_view bytes) {
    boost::system::error_code ignored;
    asio::write(socket_, asio::buffer(bytes.data(), bytes.size()), ignored);
  }
  // Up to the end of a body of SayOk, or what came until the server closed.
  std::string ReadAnswer() {
    boost::system::error_code ignored;
    std::string bytes;
    const size_t end = asio::read_until(socket_, asio::dynamic_buffer(bytes), "ok 0", ignored);
    return ignored ? bytes : bytes.substr(0, end);
  }
  // Whether the server has closed or closes it; waits for that.
  bool IsClosed() {
    char byte = 0;
    boost::system::error_code error;
    socket_.read_some(asio::buffer(&byte, 1), error);
    return static_cast<bool>(error);
  }

 private:
  Tcp::socket socket_;
};

class ServerDoorsTest : public testing::Test {
 protected:
  ServerDoorsTest() : key_pair_(authority_.Issue()) {
    options_.tls_cert_file = key_pair_.cert_file;
    options_.tls_key_file = key_pair_.key_file;
    options_.head_timeout = options_.body_grace = absl::Seconds(60);
  }

  void Start(Respond respond = SayOk) { Take(Server::Start(options_, std::move(respond))); }
  void StartPlain(Respond respond = SayOk) {
    Take(Server::StartUnsafePlaintext(options_, std::move(respond)));
  }

  std::string Ask(const std::string& source, std::string_view bytes = kGet) {
    RawClient client(server_->port(), source);
    if (!client.Handshake()) return "no handshake";
    client.Write(bytes);
    return client.ReadSome();
  }
  PlainClient Plain(const std::string& source) { return {io_, server_->port(), source}; }

  TestAuthority authority_;
  const TestAuthority::KeyPair key_pair_;
  Server::Options options_;
  asio::io_context io_;
  std::unique_ptr<Server> server_;

 private:
  void Take(absl::StatusOr<std::unique_ptr<Server>> server) {
    ASSERT_TRUE(server.ok()) << server.status();
    server_ = *std::move(server);
  }
};

TEST_F(ServerDoorsTest, SilentConnectionsMakeRoom) {
  options_.max_connections = 10;
  Start();
  std::vector<std::unique_ptr<RawClient>> silent;
  for (int i = 0; i < 40; ++i) {
    silent.push_back(std::make_unique<RawClient>(server_->port(), kFlood));
  }
  for (int i = 0; i < 30; ++i) EXPECT_THAT(Ask(kInnocent), StartsWith("HTTP/1.1 200")) << i;
  // From the same address, too, as where a node's or a proxy's address stands for many.
  EXPECT_THAT(Ask(kFlood), StartsWith("HTTP/1.1 200"));
}

TEST_F(ServerDoorsTest, HeadsWithoutAnEndLeaveOthersTheirPlaces) {
  options_.max_connections = 100;
  options_.max_unanswered_per_source = 4;
  Start();
  std::vector<std::unique_ptr<RawClient>> flood;
  for (int i = 0; i < 60; ++i) {
    flood.push_back(std::make_unique<RawClient>(server_->port(), kFlood));
    // Beyond the fourth the server does not even look at the handshake.
    if (i < 4) {
      ASSERT_TRUE(flood.back()->Handshake());
    }
    flood.back()->WritePlain("\x16");
  }
  for (int i = 0; i < 20; ++i) EXPECT_THAT(Ask(kInnocent), StartsWith("HTTP/1.1 200")) << i;
}

TEST_F(ServerDoorsTest, WhoWaitsHasATurnWhenAnotherIsServed) {
  options_.max_unanswered_per_source = 2;
  StartPlain();
  std::vector<PlainClient> clients;
  for (int i = 0; i < 20; ++i) clients.push_back(Plain(kFlood));
  // The last ones are complete, and wait for the first.
  for (int i = 19; i >= 0; --i) clients[i].Write(kGet);
  for (PlainClient& client : clients) EXPECT_THAT(client.ReadAnswer(), EndsWith("ok 0"));
}

TEST_F(ServerDoorsTest, AThousandConnectionsOfOneAddressAreServed) {
  StartPlain();
  std::vector<PlainClient> clients;
  for (int i = 0; i < 1000; ++i) {
    clients.push_back(Plain(kInnocent));
    clients.back().Write(kGet);
  }
  for (PlainClient& client : clients) ASSERT_THAT(client.ReadAnswer(), EndsWith("ok 0"));
  for (PlainClient& client : clients) client.Write(kGet);
  for (PlainClient& client : clients) ASSERT_THAT(client.ReadAnswer(), EndsWith("ok 0"));
  // And a stranger who comes then, too.
  PlainClient other = Plain("127.0.0.8");
  other.Write(kGet);
  EXPECT_THAT(other.ReadAnswer(), EndsWith("ok 0"));
}

TEST_F(ServerDoorsTest, IdleConnectionsOfTheLargestSourceMakeRoom) {
  options_.max_connections = 4;
  StartPlain();
  std::vector<PlainClient> idle;
  for (int i = 0; i < 4; ++i) {
    idle.push_back(Plain(kFlood));
    idle.back().Write(kGet);
    ASSERT_THAT(idle.back().ReadAnswer(), EndsWith("ok 0"));
  }
  // The last of them may still be busy being answered; another is idle for certain.
  PlainClient innocent = Plain(kInnocent);
  innocent.Write(kGet);
  EXPECT_THAT(innocent.ReadAnswer(), EndsWith("ok 0"));
  EXPECT_TRUE(idle[0].IsClosed());
  idle[3].Write(kGet);
  EXPECT_THAT(idle[3].ReadAnswer(), EndsWith("ok 0"));
}

TEST_F(ServerDoorsTest, BodiesAreHeldUpToASumAndAShare) {
  options_.max_request_memory = 4000;
  options_.body_grace = absl::Milliseconds(300);
  options_.min_body_bytes_per_second = 1;
  Start();
  // Two have their place for as long as they come at their rate; the others are refused.
  constexpr size_t kPlaces = 2;
  std::vector<std::unique_ptr<RawClient>> halves;
  std::vector<std::string> answers(5);
  std::vector<std::thread> readers;
  absl::Mutex mutex;
  size_t refused = 0;
  for (size_t i = 0; i < answers.size(); ++i) {
    halves.push_back(std::make_unique<RawClient>(server_->port(), kFlood));
    ASSERT_TRUE(halves.back()->Handshake());
    halves.back()->Write(
        absl::StrCat("POST / HTTP/1.1\r\nContent-Length: 1000\r\n\r\n", std::string(900, 'x')));
    readers.emplace_back([&, i, half = halves.back().get()] {
      answers[i] = half->ReadSome();
      absl::MutexLock lock(&mutex);
      refused += absl::StartsWith(answers[i], "HTTP/1.1 503");
    });
  }
  const auto others_are_refused = [&] { return refused == answers.size() - kPlaces; };
  mutex.LockWhenWithTimeout(absl::Condition(&others_are_refused), base::kPatience);
  mutex.Unlock();
  EXPECT_THAT(Ask(kInnocent, absl::StrCat("POST / HTTP/1.1\r\nContent-Length: 500\r\n\r\n",
                                          std::string(500, 'x'))),
              AllOf(StartsWith("HTTP/1.1 200"), EndsWith("ok 500")));
  for (const auto& half : halves) half->Write(std::string(100, 'x'));
  for (std::thread& reader : readers) reader.join();
  size_t served = 0;
  for (const std::string& answer : answers) served += absl::EndsWith(answer, "ok 1000");
  EXPECT_EQ(served, kPlaces);
  EXPECT_EQ(refused, answers.size() - kPlaces);
}

TEST_F(ServerDoorsTest, BodiesWithoutALengthAreCountedAsTheyCome) {
  options_.max_request_memory = 200 << 10;
  options_.body_grace = absl::Milliseconds(300);
  Start();
  const std::string chunk = absl::StrCat("10000\r\n", std::string(65536, 'x'), "\r\n");
  const std::string_view head = "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n";
  EXPECT_THAT(Ask(kFlood, absl::StrCat(head, chunk, "0\r\n\r\n")), EndsWith("ok 65536"));
  EXPECT_THAT(Ask(kFlood, absl::StrCat(head, chunk, chunk, chunk, chunk, chunk, "0\r\n\r\n")),
              StartsWith("HTTP/1.1 503"));
}

TEST_F(ServerDoorsTest, MemoryIsHeldUntilTheAnswerIsWritten) {
  options_.max_request_memory = 1500;
  Start([](ServerRequest request) {
    EXPECT_EQ(request.memory->amount(), 700u);
    return SayOk(request);
  });
  for (int i = 0; i < 3; ++i) {
    EXPECT_THAT(Ask(kInnocent, absl::StrCat("POST / HTTP/1.1\r\nContent-Length: 700\r\n\r\n",
                                            std::string(700, 'x'))),
                EndsWith("ok 700"));
  }
}

// A request holds what its response needs, not only its body: who has all that he may waits at his
// head, before his body is read, and goes on when a request is said to need less.
TEST_F(ServerDoorsTest, WhatIsMadeOfABodyCountsUntilItIsKnownBetter) {
  options_.max_request_memory = 20'000;
  options_.made_per_body_byte = 9;
  options_.max_made_bytes = 100'000;
  absl::Notification first_has_begun;
  absl::Notification first_knows;
  absl::Mutex mutex;
  std::vector<size_t> amounts;
  Start([&](ServerRequest request) {
    bool is_first = false;
    {
      absl::MutexLock lock(&mutex);
      is_first = amounts.empty();
      amounts.push_back(request.memory->amount());
    }
    if (is_first) {
      first_has_begun.Notify();
      first_knows.WaitForNotificationWithTimeout(base::kPatience);
    }
    EXPECT_TRUE(request.memory->TryResize(10));
    return SayOk(request);
  });
  const std::string post =
      absl::StrCat("POST / HTTP/1.1\r\nContent-Length: 1000\r\n\r\n", std::string(1000, 'x'));
  std::string first;
  std::string second;
  std::thread asks_first([&] { first = Ask(kFlood, post); });
  ASSERT_TRUE(first_has_begun.WaitForNotificationWithTimeout(base::kPatience));
  EXPECT_EQ(server_->request_memory(), 10'000u);
  std::thread asks_second([&] { second = Ask(kFlood, post); });
  // There is room for others meanwhile.
  EXPECT_THAT(Ask(kInnocent, absl::StrCat("POST / HTTP/1.1\r\nContent-Length: 300\r\n\r\n",
                                          std::string(300, 'x'))),
              EndsWith("ok 300"));
  first_knows.Notify();
  asks_first.join();
  asks_second.join();
  EXPECT_THAT(first, EndsWith("ok 1000"));
  EXPECT_THAT(second, EndsWith("ok 1000"));
  EXPECT_THAT(amounts, testing::ElementsAre(10'000u, 3'000u, 10'000u));
}

TEST_F(ServerDoorsTest, ABodyThatComesTooSlowlyIsRefused) {
  options_.body_grace = absl::Milliseconds(200);
  options_.min_body_bytes_per_second = 1 << 30;
  Start();
  RawClient slow(server_->port(), kFlood);
  ASSERT_TRUE(slow.Handshake());
  slow.Write("POST / HTTP/1.1\r\nContent-Length: 1000\r\n\r\nx");
  EXPECT_THAT(slow.ReadAll(), StartsWith("HTTP/1.1 408"));
}

TEST_F(ServerDoorsTest, RequestsOfOneSourceLeaveSomeForOthers) {
  options_.max_requests = 18;
  absl::Notification release;
  absl::BlockingCounter entered(16);
  Start([&](const ServerRequest& request) {
    if (request.peer_address == kFlood) {
      entered.DecrementCount();
      release.WaitForNotification();
    }
    return SayOk(request);
  });
  // Sixteen of eighteen are all that it may have.
  std::vector<std::unique_ptr<RawClient>> flood;
  for (int i = 0; i < 16; ++i) {
    flood.push_back(std::make_unique<RawClient>(server_->port(), kFlood));
    ASSERT_TRUE(flood.back()->Handshake());
    flood.back()->Write(kGet);
  }
  entered.Wait();
  EXPECT_THAT(Ask(kFlood), StartsWith("HTTP/1.1 503"));
  EXPECT_THAT(Ask(kInnocent), StartsWith("HTTP/1.1 200"));
  release.Notify();
  for (const auto& client : flood) EXPECT_THAT(client->ReadSome(), StartsWith("HTTP/1.1 200"));
}

// Lines of the log, as they come.
class Lines {
 public:
  // Waits for the first (second, …) line that holds `text`, and gives it; "" if it does not come
  // for long.
  std::string Await(std::string_view text, int number = 1) {
    std::string found;
    const auto has_come = [&]() ABSL_SHARED_LOCKS_REQUIRED(mutex_) {
      int count = 0;
      for (const std::string& line : lines_) {
        if (absl::StrContains(line, text) && ++count == number) found = line;
      }
      return !found.empty();
    };
    absl::MutexLock lock(&mutex_);
    mutex_.AwaitWithTimeout(absl::Condition(&has_come), base::kPatience);
    return found;
  }
  int Count(std::string_view text) {
    absl::MutexLock lock(&mutex_);
    int count = 0;
    for (const std::string& line : lines_) count += absl::StrContains(line, text);
    return count;
  }

 private:
  absl::Mutex mutex_;
  std::vector<std::string> lines_ ABSL_GUARDED_BY(mutex_);
  const base::ScopedLogSink sink_{[this](std::string_view line) {
    absl::MutexLock lock(&mutex_);
    lines_.emplace_back(line);
  }};
};

TEST_F(ServerDoorsTest, WhatStrangersDoIsOneLineAMinute) {
  Lines lines;
  base::FakeClock clock;
  options_.clock = &clock;
  options_.head_timeout = absl::Milliseconds(50);
  StartPlain();
  constexpr std::string_view kLine = "without being served";
  const auto flood = [&] {
    std::vector<PlainClient> silent;
    for (int i = 0; i < 100; ++i) silent.push_back(Plain(kFlood));
    for (PlainClient& client : silent) EXPECT_TRUE(client.IsClosed());
  };
  flood();
  EXPECT_THAT(lines.Await(kLine), AllOf(HasSubstr("\"silent\""), HasSubstr(kFlood)));
  flood();
  flood();
  EXPECT_EQ(lines.Count(kLine), 1);
  clock.Advance(absl::Minutes(1));
  EXPECT_THAT(lines.Await(kLine, 2), HasSubstr(kFlood));
  server_.reset();  // before the clock that it reads
}

class ClientCertificatesTest : public ServerDoorsTest {
 protected:
  void Allow(std::initializer_list<std::string_view> names) {
    options_.clients.ca_file = authority_.ca_file();
    for (const std::string_view name : names) {
      options_.clients.allowed.push_back(
          *ClientPattern::Parse(name, ClientPattern::CommonNames::kTaken));
    }
  }

  // The answer to a client that shows the certificate; "" if there is none.
  std::string AskWith(const TestAuthority::KeyPair* pair, int tls_version = TLS1_3_VERSION) {
    RawClient client(server_->port(), tls_version);
    if (pair != nullptr) client.ShowCertificate(*pair);
    if (!client.Handshake()) return "";
    client.Write(kGet);
    return client.ReadSome();
  }

  Lines lines_;
};

TEST_F(ClientCertificatesTest, WhoseNameIsAllowedIsServed) {
  const TestAuthority::KeyPair by_dns = authority_.Issue("DNS:API.example.org");
  const TestAuthority::KeyPair by_uri = authority_.Issue("URI:spiffe://a/api");
  const TestAuthority::KeyPair neither = authority_.Issue("DNS:other.example.org");
  Allow({"dns:api.*.org", "uri:spiffe://a/api"});
  Start();
  for (const int version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
    EXPECT_THAT(AskWith(&by_dns, version), StartsWith("HTTP/1.1 200"));
    EXPECT_THAT(AskWith(&by_uri, version), StartsWith("HTTP/1.1 200"));
    EXPECT_EQ(AskWith(&neither, version), "");
  }
  EXPECT_THAT(lines_.Await("refused by their certificates"),
              AllOf(HasSubstr("no --allowed-client names it"), HasSubstr("127.0.0.1"),
                    HasSubstr("dns:other.example.org, cn:test")));
}

TEST_F(ClientCertificatesTest, ACommonNameCounts) {
  const TestAuthority::KeyPair pair = authority_.Issue();  // its subject is CN=test
  Allow({"cn:test"});
  Start();
  EXPECT_THAT(AskWith(&pair), StartsWith("HTTP/1.1 200"));
}

TEST_F(ClientCertificatesTest, WithoutNamesTheAuthorityAloneCounts) {
  const TestAuthority::KeyPair pair = authority_.Issue();
  TestAuthority other;
  const TestAuthority::KeyPair foreign = other.Issue();
  Allow({});
  Start();
  EXPECT_THAT(AskWith(&pair), StartsWith("HTTP/1.1 200"));
  EXPECT_EQ(AskWith(&foreign), "");
  EXPECT_THAT(lines_.Await("refused by their certificates"), HasSubstr("names (unproven): "));
}

TEST_F(ClientCertificatesTest, WhoShowsNoneIsRefused) {
  Allow({});
  Start();
  EXPECT_EQ(AskWith(nullptr), "");
  EXPECT_EQ(AskWith(nullptr, TLS1_2_VERSION), "");
  EXPECT_THAT(lines_.Await("refused by their certificates"), HasSubstr("it shows no certificate"));
}

TEST_F(ClientCertificatesTest, TheAuthorityIsReadAgainWhenItChanges) {
  const TestAuthority::KeyPair pair = authority_.Issue();
  TestAuthority other;
  const TestAuthority::KeyPair foreign = other.Issue();
  const std::string file = absl::StrCat(authority_.directory(), "/client-ca.pem");
  std::ofstream(file) << authority_.CaPem();
  options_.clients.ca_file = file;
  Start();
  EXPECT_EQ(AskWith(&foreign), "");
  std::ofstream(file) << "junk";
  EXPECT_THAT(lines_.Await("Changed TLS files were not taken over"),
              HasSubstr("holds no PEM certificate"));
  EXPECT_THAT(AskWith(&pair), StartsWith("HTTP/1.1 200"));
  std::ofstream(file) << other.CaPem();
  std::string answer;
  EXPECT_TRUE(base::Eventually([&] {
    answer = AskWith(&foreign);
    return !answer.empty();
  }));
  EXPECT_THAT(answer, StartsWith("HTTP/1.1 200"));
  EXPECT_EQ(AskWith(&pair), "");
}

TEST_F(ClientCertificatesTest, AnAuthorityThatCannotBeReadIsRefused) {
  options_.clients.ca_file = "/absent.pem";
  EXPECT_THAT(Server::Start(options_, SayOk),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("client CA: ")));
}

}  // namespace
}  // namespace countersign::http
