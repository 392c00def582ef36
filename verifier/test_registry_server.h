#ifndef COUNTERSIGN_VERIFIER_TEST_REGISTRY_SERVER_H_
#define COUNTERSIGN_VERIFIER_TEST_REGISTRY_SERVER_H_

#include <atomic>
#include <string>
#include <string_view>

#include "http/client/client.h"
#include "http/client/scripted_server.h"
#include "registry/credential.h"
#include "registry/registry.h"

namespace countersign::verifier {

// What a registry of that host answers to a GET of `target` with that credential (Basic), if it has
// what `contents` holds under the name `host`.
http::ClientResponse AnswerAsRegistry(registry::Registry& contents, const std::string& host,
                                      std::string_view target,
                                      const registry::Credential& credential);

// A registry on 127.0.0.1 for tests, by plain HTTP. Thread-safe.
class TestRegistryServer {
 public:
  // `contents` must outlive the server.
  explicit TestRegistryServer(registry::Registry* contents);

  // "127.0.0.1:port".
  const std::string& host() const { return server_.host(); }
  // Requests so far.
  size_t requests() const { return server_.Requests().size(); }
  // From now on requests get no answer.
  void HangFromNowOn() { hangs_ = true; }

 private:
  http::ScriptedServer::Answer Serve(const std::string& request);

  registry::Registry* const contents_;
  std::atomic<bool> hangs_ = false;
  http::ScriptedServer server_;
};

}  // namespace countersign::verifier

#endif  // COUNTERSIGN_VERIFIER_TEST_REGISTRY_SERVER_H_
