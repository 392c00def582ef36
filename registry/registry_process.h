#ifndef COUNTERSIGN_REGISTRY_REGISTRY_PROCESS_H_
#define COUNTERSIGN_REGISTRY_REGISTRY_PROCESS_H_

#include <sys/types.h>

#include <string>
#include <string_view>

#include "base/json.h"
#include "oci/digest.h"

namespace countersign::registry {

// Debian's docker-registry as a process of its own on 127.0.0.1, for tests. What goes wrong with
// starting it ends the test's process, with its log.
class RegistryProcess {
 public:
  struct Options {
    // The directory of its filesystem driver, with "docker/" in it; "" for a new, empty one.
    std::string storage;
    // PEM files; plain HTTP without them.
    std::string tls_cert_file;
    std::string tls_key_file;
    // The member "auth" of its configuration; anybody may come without.
    base::Json auth;
  };

  // Returns once it listens.
  explicit RegistryProcess(const Options& options);
  // Kills it.
  ~RegistryProcess();
  RegistryProcess(const RegistryProcess&) = delete;
  RegistryProcess& operator=(const RegistryProcess&) = delete;

  int port() const { return port_; }

  // Lays these down in its storage, past its own interface.
  oci::Digest PutBlob(std::string_view repository, std::string_view bytes);
  oci::Digest PutManifest(std::string_view repository, std::string_view tag,
                          std::string_view bytes);

 private:
  void Configure(const Options& options);
  void Start();
  int FindPort() const;
  void PutLink(std::string_view directory, const oci::Digest& digest);

  std::string directory_;
  std::string storage_;
  pid_t pid_ = -1;
  int port_ = 0;
};

}  // namespace countersign::registry

#endif  // COUNTERSIGN_REGISTRY_REGISTRY_PROCESS_H_
