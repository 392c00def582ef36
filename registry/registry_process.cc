#include "registry/registry_process.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>
#include <string>
#include <string_view>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "base/eventually.h"
#include "base/json.h"
#include "gtest/gtest.h"
#include "oci/digest.h"

namespace countersign::registry {
namespace {

constexpr std::string_view kListening = "listening on 127.0.0.1:";

std::string MakeDirectory() {
  std::string path = absl::StrCat(testing::TempDir(), "/registry.XXXXXX");
  if (mkdtemp(path.data()) == nullptr) std::abort();
  return path;
}

std::string Read(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return std::string(std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>());
}

void Write(const std::string& path, std::string_view bytes) {
  std::filesystem::create_directories(std::filesystem::path(path).parent_path());
  std::ofstream(path, std::ios::binary) << bytes;
}

// In the new process, between fork and exec: only system calls.
[[noreturn]] void BecomeRegistry(const char* config, const char* log) {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  const int output = open(log, O_WRONLY | O_CREAT | O_APPEND, 0600);
  dup2(output, STDOUT_FILENO);
  dup2(output, STDERR_FILENO);
  execlp("docker-registry", "docker-registry", "serve", config, nullptr);
  _exit(127);
}

}  // namespace

RegistryProcess::RegistryProcess(const Options& options)
    : directory_(MakeDirectory()),
      storage_(options.storage.empty() ? absl::StrCat(directory_, "/storage") : options.storage) {
  Configure(options);
  Start();
}

RegistryProcess::~RegistryProcess() {
  kill(pid_, SIGKILL);
  waitpid(pid_, nullptr, 0);
}

void RegistryProcess::Configure(const Options& options) {
  base::Json config = {
      {"version", "0.1"},
      {"log", {{"level", "info"}, {"accesslog", {{"disabled", true}}}}},
      {"storage",
       {{"filesystem", {{"rootdirectory", storage_}}},
        {"maintenance", {{"uploadpurging", {{"enabled", false}}}}}}},
      {"http", {{"addr", "127.0.0.1:0"}}},
  };
  if (!options.tls_cert_file.empty()) {
    config["http"]["tls"] = {{"certificate", options.tls_cert_file}, {"key", options.tls_key_file}};
  }
  if (!options.auth.is_null()) config["auth"] = options.auth;
  // YAML takes JSON.
  Write(absl::StrCat(directory_, "/config.yml"), config.dump());
}

void RegistryProcess::Start() {
  const std::string config = absl::StrCat(directory_, "/config.yml");
  const std::string log = absl::StrCat(directory_, "/log");
  pid_ = fork();
  if (pid_ == 0) BecomeRegistry(config.c_str(), log.c_str());
  base::Eventually([this] {
    port_ = FindPort();
    return port_ != 0 || waitpid(pid_, nullptr, WNOHANG) != 0;
  });
  if (port_ != 0) return;
  std::cerr << "docker-registry did not start:\n" << Read(log);
  std::abort();
}

// The port that its log names, or 0 so far.
int RegistryProcess::FindPort() const {
  const std::string log = Read(absl::StrCat(directory_, "/log"));
  const size_t at = log.find(kListening);
  if (at == std::string::npos) return 0;
  const std::string_view rest = std::string_view(log).substr(at + kListening.size());
  const size_t end = rest.find_first_not_of("0123456789");
  int port = 0;
  // The line may not be whole yet.
  return end != std::string_view::npos && absl::SimpleAtoi(rest.substr(0, end), &port) ? port : 0;
}

oci::Digest RegistryProcess::PutBlob(std::string_view repository, std::string_view bytes) {
  const oci::Digest digest = oci::Digest::Of(bytes);
  Write(absl::StrCat(storage_, "/docker/registry/v2/blobs/sha256/", digest.hex().substr(0, 2), "/",
                     digest.hex(), "/data"),
        bytes);
  PutLink(absl::StrCat(repository, "/_layers/sha256/", digest.hex()), digest);
  return digest;
}

oci::Digest RegistryProcess::PutManifest(std::string_view repository, std::string_view tag,
                                         std::string_view bytes) {
  const oci::Digest digest = PutBlob(repository, bytes);
  const std::string manifests = absl::StrCat(repository, "/_manifests");
  PutLink(absl::StrCat(manifests, "/revisions/sha256/", digest.hex()), digest);
  PutLink(absl::StrCat(manifests, "/tags/", tag, "/current"), digest);
  return digest;
}

void RegistryProcess::PutLink(std::string_view directory, const oci::Digest& digest) {
  Write(absl::StrCat(storage_, "/docker/registry/v2/repositories/", directory, "/link"),
        digest.ToString());
}

}  // namespace countersign::registry
