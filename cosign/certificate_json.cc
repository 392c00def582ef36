#include "cosign/certificate_json.h"

#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/status_macros.h"
#include "crypto/certificate_chain.h"

namespace countersign::cosign {

using base::JsonPlace;

absl::StatusOr<crypto::Certificate> ReadCertificate(const JsonPlace& place) {
  CS_ASSIGN_OR_RETURN(const std::string der, place.RequiredProtoBytes("rawBytes"));
  absl::StatusOr<crypto::Certificate> certificate = crypto::Certificate::FromDerStrictly(der);
  if (!certificate.ok()) return place.MemberError("rawBytes", certificate.status().message());
  return certificate;
}

absl::StatusOr<std::vector<crypto::Certificate>> ReadCertificateChain(const JsonPlace& place) {
  CS_ASSIGN_OR_RETURN(const std::vector<JsonPlace> elements, place.OptionalObjects("certificates"));
  if (elements.empty()) return place.MemberError("certificates", "must hold at least one");
  if (elements.size() > crypto::kMaxChainCertificates) {
    return place.MemberError("certificates",
                             absl::StrCat("must hold at most ", crypto::kMaxChainCertificates));
  }
  std::vector<crypto::Certificate> chain;
  for (const JsonPlace& element : elements) {
    CS_ASSIGN_OR_RETURN(crypto::Certificate certificate, ReadCertificate(element));
    chain.push_back(std::move(certificate));
  }
  return chain;
}

}  // namespace countersign::cosign
