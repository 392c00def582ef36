#ifndef COUNTERSIGN_VERIFIER_SERVING_GRPC_SERVER_CLIENTS_FIXTURE_H_
#define COUNTERSIGN_VERIFIER_SERVING_GRPC_SERVER_CLIENTS_FIXTURE_H_

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "base/eventually.h"
#include "base/file.h"
#include "base/test_threads.h"
#include "grpcpp/channel.h"
#include "grpcpp/client_context.h"
#include "grpcpp/create_channel.h"
#include "grpcpp/security/credentials.h"
#include "grpcpp/support/channel_arguments.h"
#include "gtest/gtest.h"
#include "http/test_authority.h"
#include "oci/image_reference.h"
#include "policy/secret_reference.h"
#include "policy/test_policy.h"
#include "proto/countersign/v1/verifier.grpc.pb.h"
#include "verifier/serving/call_gate.h"
#include "verifier/serving/grpc_server.h"
#include "verifier/test_cluster.h"

namespace countersign::verifier {

inline constexpr char kImage[] = "registry.example.org/shop/app:1";

// A verifier with mutual TLS, and an image that only the pull secrets of namespace shop, of the
// policy's pattern and of the deployment can see.
class GrpcServerClientsTest : public testing::Test {
 protected:
  // gRPC's threads outlive its objects (base/test_threads.h).
  static void TearDownTestSuite() {
    EXPECT_TRUE(base::Eventually([] { return base::CountThreads() == 1; }));
  }

  GrpcServerClientsTest() {
    const oci::Repository repository = oci::ImageReference::Parse(kImage)->repository();
    cluster_.registry.RequireCredential(repository, {{.username = "shop", .password = "p"},
                                                     {.username = "policy", .password = "p"}});
    cluster_.Sign(kImage, cluster_.PushImage(kImage), {&cluster_.signer});
    PutSecret("shop", "regcred", "shop");
    PutSecret("policies", "regcred", "policy");
    SetPolicy(std::nullopt);
  }

  void PutSecret(const std::string& secret_namespace, const std::string& name,
                 const std::string& username) {
    cluster_.secrets.PutSecret(secret_namespace, name,
                               TestPullSecret("registry.example.org", username, "p"));
  }

  void SetPolicy(const std::optional<policy::SecretReference>& secret) {
    cluster_.SetPolicy(policy::TestPolicy()
                           .Key("release", cluster_.signer.key().PublicPem())
                           .Rule("registry.example.org/*", {"release"}, secret)
                           .ExcludeNamespace("build"));
  }

  void Start(std::vector<std::string> rules, const CallGate::Limits& limits = {}) {
    const http::TestAuthority::KeyPair pair = authority_.Issue();
    auto server = GrpcServer::Start({.listen = "127.0.0.1:0",
                                     .tls = {.cert_file = pair.cert_file,
                                             .key_file = pair.key_file,
                                             .client_ca_file = authority_.ca_file()},
                                     .limits = limits,
                                     .read_timeout = absl::Hours(1),
                                     .connections = {.clock = &cluster_.clock},
                                     .allowed_clients = std::move(rules)},
                                    &cluster_.verifier);
    ASSERT_TRUE(server.ok()) << server.status();
    server_ = *std::move(server);
  }

  // A channel of a client with a certificate of `names`, by `issuer`.
  std::shared_ptr<grpc::Channel> Connect(const std::string& names, http::TestAuthority& issuer) {
    const http::TestAuthority::KeyPair pair = issuer.Issue(names);
    grpc::SslCredentialsOptions options;
    options.pem_root_certs = authority_.CaPem();
    options.pem_cert_chain = *base::LoadFile(pair.cert_file);
    options.pem_private_key = *base::LoadFile(pair.key_file);
    // By address: nothing is looked up.
    grpc::ChannelArguments arguments;
    arguments.SetSslTargetNameOverride("localhost");
    return grpc::CreateCustomChannel(absl::StrCat("ipv4:127.0.0.1:", server_->port()),
                                     grpc::SslCredentials(options), arguments);
  }

  struct Answer {
    grpc::Status status;
    v1::Verdict verdict;
  };

  Answer Ask(const std::string& names, const std::string& workload_namespace,
             const std::string& image = kImage) {
    const auto stub = v1::Verifier::NewStub(Connect(names, authority_));
    v1::VerifyImagesRequest request;
    request.add_images()->set_reference(image);
    request.set_namespace_(workload_namespace);
    request.add_image_pull_secrets("regcred");
    grpc::ClientContext context;
    context.set_deadline(absl::ToChronoTime(base::Soon()));
    v1::VerifyImagesResponse response;
    Answer answer;
    answer.status = stub->VerifyImages(&context, request, &response);
    if (response.verdicts_size() > 0) answer.verdict = response.verdicts(0);
    return answer;
  }

  http::TestAuthority authority_;
  TestCluster cluster_;
  std::unique_ptr<GrpcServer> server_;
};

}  // namespace countersign::verifier

#endif  // COUNTERSIGN_VERIFIER_SERVING_GRPC_SERVER_CLIENTS_FIXTURE_H_
