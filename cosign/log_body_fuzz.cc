// The corpus is made by hand: bodies as Rekor writes them, of the signature and the signers below
// (openssl ecparam -genkey, openssl req -x509), and some that are not of them.

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <optional>
#include <string>
#include <string_view>

#include "absl/strings/ascii.h"
#include "cosign/log_body.h"
#include "crypto/certificate.h"
#include "crypto/message.h"
#include "crypto/public_key.h"
#include "crypto/sha256.h"
#include "nlohmann/json.hpp"

namespace countersign::cosign {
namespace {

using Content = LoggedSignature::Content;

constexpr std::string_view kCertificate = R"(-----BEGIN CERTIFICATE-----
MIIBdTCCARygAwIBAgIUWxUbf4nNg/FLQqjSOqiwhVTY3lUwCgYIKoZIzj0EAwIw
ETEPMA0GA1UEAwwGc2lnbmVyMCAXDTI2MTEyODIxMTg1OFoYDzIxMjYxMTA0MjEx
ODU4WjARMQ8wDQYDVQQDDAZzaWduZXIwWTATBgcqhkjOPQIBBggqhkjOPQMBBwNC
AATF7FFQxHb+scb5dxcY8Hp07sAp6k7Z1J41NsMpUK98Y54dqIoKzF29weUszKql
qTMUBHNGqLP70SDZFjgkH52Uo1AwTjAdBgNVHQ4EFgQU4O0QbgZ5DYVJX14eEgbG
XbSylO4wHwYDVR0jBBgwFoAU4O0QbgZ5DYVJX14eEgbGXbSylO4wDAYDVR0TAQH/
BAIwADAKBggqhkjOPQQDAgNHADBEAiANI+MAh+f2TwtoE8+4NGvqc9izx2qsLuDl
CzNcDuSfdgIgc4FAIVAaKwFU9Ma92nvl9yLlDUb7uND7rYjRnx6KcKw=
-----END CERTIFICATE-----
)";
constexpr std::string_view kOtherKey = R"(-----BEGIN PUBLIC KEY-----
MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEhP2kUSOYgf43/6Ptf/EMU1agXTdh
OWoZnVOA2RCYJrYdeXXtCxQ50hT0j3k6AYjP2i/8i/u3MyPYcSK99TnBGw==
-----END PUBLIC KEY-----
)";

// What is given with each body.
struct Signers {
  crypto::Certificate certificate = crypto::Certificate::ParseChain(kCertificate).value().front();
  crypto::PublicKey key = crypto::PublicKey::FromDer(certificate.public_key_info()).value();
  crypto::PublicKey other_key = crypto::PublicKey::FromPem(kOtherKey).value();
  crypto::Message signed_bytes{"what is signed"};
  std::string other_digest = std::string(32, 'x');
  std::string text_sha256 = crypto::Sha256Hex("the envelope");
  std::string other_text_sha256 = crypto::Sha256Hex("another envelope");

  LoggedSignature Signature(Content content, bool is_certified, bool is_text_known) const {
    return {.content = content,
            .signature = "signature",
            .scheme = crypto::SignatureScheme::kEcdsaSha256,
            .signed_bytes = &signed_bytes,
            .payload_type = "application/vnd.in-toto+json",
            .payload = "payload",
            .text_sha256 = is_text_known ? std::string_view(text_sha256) : std::string_view(),
            .certificate = is_certified ? &certificate : nullptr,
            .key = &key};
  }
};

void Require(bool condition) {
  if (!condition) std::abort();
}

bool IsPrintable(std::string_view text) {
  for (const char c : text) {
    if (!absl::ascii_isprint(static_cast<unsigned char>(c))) return false;
  }
  return true;
}

// A body that is of the signature is of no other, whatever it is that differs.
void CheckIsOfNoOther(const LogEntry& entry, const LoggedSignature& signature,
                      const Signers& given) {
  LoggedSignature other = signature;
  // There it is in the text.
  if (entry.kind != "intoto" || entry.version != "0.0.1") {
    other.signature = "signaturf";
    Require(WhyLoggedOtherwise(entry, other).has_value());
  }

  other = signature;
  other.certificate = signature.certificate == nullptr ? &given.certificate : nullptr;
  Require(WhyLoggedOtherwise(entry, other).has_value());

  other = signature;
  other.certificate = nullptr;
  other.key = &given.other_key;
  Require(WhyLoggedOtherwise(entry, other).has_value());

  other = signature;
  other.signed_bytes = nullptr;
  other.digest_algorithm = crypto::HashAlgorithm::kSha256;
  other.digest = given.other_digest;
  other.payload = "payloae";
  if (!other.text_sha256.empty()) other.text_sha256 = given.other_text_sha256;
  Require(WhyLoggedOtherwise(entry, other).has_value());
}

}  // namespace

// The input: kind, space, version, line feed, and the body. Invariant: what is of a signature is of
// that one alone, and says so to a parser that is lenient (the last of duplicate members wins) and
// knows nothing of ours; what is not says why in printable words.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static const auto* const given = new Signers;
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  const std::string_view line = input.substr(0, input.find('\n'));
  const std::string_view kind = line.substr(0, line.find(' '));
  LogEntry entry{.kind = std::string(kind)};
  if (line.size() > kind.size()) entry.version = std::string(line.substr(kind.size() + 1));
  if (input.size() > line.size()) entry.body = std::string(input.substr(line.size() + 1));

  for (const Content content : {Content::kMessage, Content::kEnvelope}) {
    for (const int variant : {0, 1, 2, 3}) {
      const LoggedSignature signature = given->Signature(content, /*is_certified=*/variant % 2 == 1,
                                                         /*is_text_known=*/variant / 2 == 1);
      const std::optional<std::string> why = WhyLoggedOtherwise(entry, signature);
      if (why.has_value()) {
        Require(!why->empty() && why->size() < 200 && IsPrintable(*why));
        continue;
      }
      auto lenient = nlohmann::json::parse(entry.body, nullptr, /*allow_exceptions=*/false);
      Require(lenient.is_object() && lenient["kind"] == entry.kind &&
              lenient["apiVersion"] == entry.version && lenient["spec"].is_object());
      CheckIsOfNoOther(entry, signature, *given);
    }
  }
  return 0;
}

}  // namespace countersign::cosign
