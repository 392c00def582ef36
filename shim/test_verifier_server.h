#ifndef COUNTERSIGN_SHIM_TEST_VERIFIER_SERVER_H_
#define COUNTERSIGN_SHIM_TEST_VERIFIER_SERVER_H_

#include <atomic>
#include <cstddef>
#include <functional>
#include <initializer_list>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "base/eventually.h"
#include "grpcpp/security/server_credentials.h"
#include "grpcpp/server.h"
#include "proto/countersign/v1/verifier.grpc.pb.h"
#include "proto/grpc/health/v1/health.grpc.pb.h"
#include "shim/grpc_verifier_client.h"

namespace countersign::shim {

// A port of 127.0.0.1 that nobody listens on but who is told of it.
class ReservedPort {
 public:
  ReservedPort();
  ~ReservedPort();
  ReservedPort(const ReservedPort&) = delete;
  ReservedPort& operator=(const ReservedPort&) = delete;

  // Bound to it, and not listening.
  int socket() const { return socket_; }
  int port() const { return port_; }
  std::string address() const { return absl::StrCat("127.0.0.1:", port_); }

 private:
  const int socket_;
  int port_ = 0;
};

// Answers every question as it is told to, for tests. What it is told must stay while it is asked.
class TestVerifierService final : public v1::Verifier::Service,
                                  public grpc::health::v1::Health::Service {
 public:
  using ServingStatus = grpc::health::v1::HealthCheckResponse::ServingStatus;

  explicit TestVerifierService(std::string service_name) : name(std::move(service_name)) {}

  // With `name` and the number of images as a warning.
  grpc::Status VerifyImages(grpc::ServerContext* context, const v1::VerifyImagesRequest* request,
                            v1::VerifyImagesResponse* response) override;
  // With that for each question, and what they are kept; or with no answers.
  grpc::Status RecallVerdicts(grpc::ServerContext* context,
                              const v1::RecallVerdictsRequest* request,
                              v1::RecallVerdictsResponse* response) override;
  // With `name` and the length of the policy as a problem.
  grpc::Status ValidatePolicy(grpc::ServerContext* context,
                              const v1::ValidatePolicyRequest* request,
                              v1::ValidatePolicyResponse* response) override;
  grpc::Status Check(grpc::ServerContext* context,
                     const grpc::health::v1::HealthCheckRequest* request,
                     grpc::health::v1::HealthCheckResponse* response) override;

  const std::string name;
  grpc::Status answer;
  bool hangs = false;               // until the call is over for the client
  std::function<void()> meanwhile;  // while a question is answered
  size_t response_bytes = 0;
  grpc::Status recall_answer;
  bool remembers = true;  // the answers to all questions
  ServingStatus health = grpc::health::v1::HealthCheckResponse::SERVING;
  std::string asked_service;
  std::atomic<int> calls = 0;

  // As the last question had it, with a space behind each.
  std::string traceparent() const {
    absl::MutexLock lock(&mutex_);
    return traceparent_;
  }
  // The questions of each call of RecallVerdicts, in the order in which they came.
  std::vector<v1::RecallVerdictsRequest> recalled() const {
    absl::MutexLock lock(&mutex_);
    return recalled_;
  }

 private:
  void KeepTraceparent(const grpc::ServerContext& context);

  mutable absl::Mutex mutex_;
  std::string traceparent_ ABSL_GUARDED_BY(mutex_);
  std::vector<v1::RecallVerdictsRequest> recalled_ ABSL_GUARDED_BY(mutex_);
};

// A verifier on a loopback port, for tests.
class TestVerifierServer {
 public:
  explicit TestVerifierServer(
      std::string name, int port = 0,
      std::shared_ptr<grpc::ServerCredentials> credentials = grpc::InsecureServerCredentials());
  // Ends its calls at once.
  ~TestVerifierServer();

  int port() const { return port_; }
  std::string address() const { return absl::StrCat("127.0.0.1:", port_); }

  TestVerifierService service;

 private:
  int port_ = 0;
  std::unique_ptr<grpc::Server> server_;
};

// A client of verifiers at `target`, without TLS files.
std::unique_ptr<GrpcVerifierClient> ClientOf(std::string target);

// Asks about one image: who answered and about how many ("a1"), or why nobody did.
absl::StatusOr<std::string> Ask(GrpcVerifierClient& client, const std::string& reference = "nginx",
                                absl::Time deadline = base::Soon());

// An image that the first of these is asked about, as long as it is connected and takes questions.
std::string ImageOfFirst(std::initializer_list<std::string> addresses);

// Returns once the client is connected to one that serves, however long that takes: a question waits a moment
// for it.
void AwaitConnection(GrpcVerifierClient& client);

// Returns once the client is connected to each of the servers, which are all it has.
void Connect(GrpcVerifierClient& client, std::initializer_list<TestVerifierServer*> servers);

}  // namespace countersign::shim

#endif  // COUNTERSIGN_SHIM_TEST_VERIFIER_SERVER_H_
