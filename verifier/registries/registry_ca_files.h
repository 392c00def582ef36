#ifndef COUNTERSIGN_VERIFIER_REGISTRIES_REGISTRY_CA_FILES_H_
#define COUNTERSIGN_VERIFIER_REGISTRIES_REGISTRY_CA_FILES_H_

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "base/clock.h"
#include "base/periodic.h"

namespace countersign::verifier {

// Follows PEM files with authorities that registries are trusted by, such as those of a mounted
// ConfigMap that somebody else keeps. One that cannot be used any more is logged, once, and what it
// gave last stays.
class RegistryCaFiles {
 public:
  // The certificates of each, PEM texts. Errors as of base::LoadFile and
  // http::NormalizeCertificates; they begin with the file's name.
  static absl::StatusOr<std::vector<std::string>> Read(const std::vector<std::string>& files);

  // Takes over the certificates of all files. Its error is logged, and it is called again.
  using Apply = std::function<absl::Status(const std::vector<std::string>& pem)>;

  // `pem` is what Read gave for `files`. `apply` is called, from one thread, whenever they give
  // other certificates; every thirty seconds is looked whether they do.
  RegistryCaFiles(const std::vector<std::string>& files, const std::vector<std::string>& pem,
                  Apply apply, const base::Clock* clock = &base::Clock::Real());

 private:
  struct Source {
    std::string file;
    std::string pem;    // as it gave last
    std::string fault;  // as logged last
  };

  void Look();
  // Whether it gives other certificates than before.
  static bool HasChanged(Source& source);

  const Apply apply_;
  bool is_applied_ = true;       // what they gave last
  std::vector<Source> sources_;  // of the thread alone, once there is one
  std::optional<base::Periodic> periodic_;
};

}  // namespace countersign::verifier

#endif  // COUNTERSIGN_VERIFIER_REGISTRIES_REGISTRY_CA_FILES_H_
