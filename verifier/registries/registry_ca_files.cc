#include "verifier/registries/registry_ca_files.h"

#include <string_view>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "base/file.h"
#include "base/log.h"
#include "base/status_macros.h"
#include "http/client/ca_bundle.h"

namespace countersign::verifier {
namespace {

constexpr std::string_view kLogger = "registry-ca";
constexpr absl::Duration kInterval = absl::Seconds(30);

absl::StatusOr<std::string> ReadOne(const std::string& file) {
  // Its errors name the file already.
  CS_ASSIGN_OR_RETURN(const std::string text, base::LoadFile(file));
  absl::StatusOr<std::string> pem = http::NormalizeCertificates(text);
  if (!pem.ok()) return base::Annotate(file, pem.status());
  return pem;
}

}  // namespace

absl::StatusOr<std::vector<std::string>> RegistryCaFiles::Read(
    const std::vector<std::string>& files) {
  std::vector<std::string> all;
  for (const std::string& file : files) {
    CS_ASSIGN_OR_RETURN(std::string pem, ReadOne(file));
    all.push_back(std::move(pem));
  }
  return all;
}

RegistryCaFiles::RegistryCaFiles(const std::vector<std::string>& files,
                                 const std::vector<std::string>& pem, Apply apply,
                                 const base::Clock* clock)
    : apply_(std::move(apply)) {
  for (size_t i = 0; i < files.size(); ++i) sources_.push_back({files[i], pem[i], ""});
  if (sources_.empty()) return;
  periodic_.emplace(clock, kInterval, [this] {
    Look();
    return kInterval;
  });
}

void RegistryCaFiles::Look() {
  std::vector<std::string> all;
  for (Source& source : sources_) {
    if (HasChanged(source)) is_applied_ = false;
    all.push_back(source.pem);
  }
  if (is_applied_) return;
  const absl::Status applied = apply_(all);
  is_applied_ = applied.ok();
  if (applied.ok()) {
    base::LogInfo(kLogger, "The authorities for registries have changed.",
                  {{"files", absl::StrCat(all.size())}});
  } else {
    base::LogError(kLogger, "The authorities for registries could not be changed.",
                   {{"error", std::string(applied.message())}});
  }
}

bool RegistryCaFiles::HasChanged(Source& source) {
  absl::StatusOr<std::string> pem = ReadOne(source.file);
  const std::string fault(pem.status().message());
  if (fault != source.fault && !pem.ok()) {
    base::LogError(kLogger,
                   "Certificates of authorities for registries cannot be read again from a file; "
                   "those that it had stay trusted.",
                   {{"error", fault}});
  }
  source.fault = fault;
  if (!pem.ok() || *pem == source.pem) return false;
  source.pem = *std::move(pem);
  return true;
}

}  // namespace countersign::verifier
