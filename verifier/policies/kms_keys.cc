#include "verifier/policies/kms_keys.h"

#include <cstddef>
#include <string_view>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "base/file.h"
#include "base/log.h"
#include "base/printable.h"
#include "base/status_macros.h"
#include "crypto/public_key.h"

namespace countersign::verifier {
namespace {

constexpr std::string_view kLogger = "policy-keys";
constexpr std::string_view kFlag = "--kms-public-key";
constexpr absl::Duration kInterval = absl::Seconds(30);
constexpr size_t kMaxKeyBytes = 64 << 10;

absl::StatusOr<std::string> ReadKey(const std::string& file) {
  // Its errors name the file already.
  CS_ASSIGN_OR_RETURN(std::string pem, base::LoadFile(file, kMaxKeyBytes));
  const absl::Status key = crypto::PublicKey::FromPem(pem).status();
  if (!key.ok()) return base::Annotate(absl::StrCat(file, ": not a public key"), key);
  return pem;
}

}  // namespace

absl::StatusOr<std::unique_ptr<KmsKeys>> KmsKeys::Create(const std::vector<std::string>& flags,
                                                         std::function<void()> on_change,
                                                         const base::Clock* clock) {
  std::vector<Source> sources;
  ByUri keys;
  for (const std::string& flag : flags) {
    const size_t equals = flag.find('=');
    if (equals == 0 || equals == std::string::npos || equals + 1 == flag.size() ||
        flag.find("://") > equals) {
      return absl::InvalidArgumentError(absl::StrCat(
          kFlag, ": ", base::Quoted(flag), " is not URI=FILE, such as gcpkms://KEY=key.pub"));
    }
    Source source = {.uri = flag.substr(0, equals), .file = flag.substr(equals + 1)};
    absl::StatusOr<std::string> pem = ReadKey(source.file);
    if (!pem.ok()) return base::Annotate(kFlag, pem.status());
    if (!keys.emplace(source.uri, *std::move(pem)).second) {
      return absl::InvalidArgumentError(
          absl::StrCat(kFlag, ": ", base::Quoted(source.uri), " is given twice"));
    }
    sources.push_back(std::move(source));
  }
  return std::unique_ptr<KmsKeys>(
      new KmsKeys(std::move(sources), std::move(keys), std::move(on_change), clock));
}

KmsKeys::KmsKeys(std::vector<Source> sources, ByUri keys, std::function<void()> on_change,
                 const base::Clock* clock)
    : on_change_(std::move(on_change)), sources_(std::move(sources)), keys_(std::move(keys)) {
  if (sources_.empty()) return;
  periodic_.emplace(clock, kInterval, [this] {
    Look();
    return kInterval;
  });
}

KmsKeys::ByUri KmsKeys::Keys() const {
  absl::MutexLock lock(&mutex_);
  return keys_;
}

void KmsKeys::Look() {
  bool has_changed = false;
  for (Source& source : sources_) {
    absl::StatusOr<std::string> pem = ReadKey(source.file);
    const std::string fault(pem.status().message());
    if (fault != source.fault && !pem.ok()) {
      base::LogError(kLogger, "A public key cannot be read again; the one that it was stays.",
                     {{"object", base::Printable(source.uri)}, {"error", fault}});
    }
    source.fault = fault;
    if (!pem.ok()) continue;
    absl::MutexLock lock(&mutex_);
    std::string& known = keys_[source.uri];
    if (known == *pem) continue;
    known = *std::move(pem);
    has_changed = true;
  }
  if (has_changed && on_change_) on_change_();
}

}  // namespace countersign::verifier
