#include "cosign/combined_root.h"

#include <string>

#include "crypto/sha256.h"

namespace countersign::cosign {
namespace {

void AppendId(const TrustedRootPtr& root, std::string& text) {
  if (root == nullptr) {
    text += "none ";
    return;
  }
  text += "root ";
  text.append(root->id.begin(), root->id.end());
}

}  // namespace

TrustedRootPtr CombineRoots(const RootParts& parts) {
  const auto& [certificates, logs, timestamps] = parts;
  if (certificates == logs && logs == timestamps) return logs;
  auto combined = std::make_shared<TrustedRoot>();
  if (certificates != nullptr) {
    combined->certificate_authorities = certificates->certificate_authorities;
    combined->certificate_logs = certificates->certificate_logs;
  }
  if (logs != nullptr) combined->logs = logs->logs;
  if (timestamps != nullptr) combined->timestamp_authorities = timestamps->timestamp_authorities;
  std::string text = "combined ";
  AppendId(certificates, text);
  AppendId(logs, text);
  AppendId(timestamps, text);
  combined->id = crypto::Sha256(text);
  return combined;
}

}  // namespace countersign::cosign
