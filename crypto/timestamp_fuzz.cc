// Timestamps of any bytes: whatever is made of those that authorities have signed, it says their
// time or nothing.

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <initializer_list>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "base/base64.h"
#include "crypto/certificate.h"
#include "crypto/message.h"
#include "crypto/timestamp.h"

namespace countersign::crypto {
namespace {

// What OpenSSL stamped in the corpus (`openssl ts -reply`), of what, when, and with which certificates.
constexpr std::string_view kStamped = "c2lnCg==";
constexpr std::string_view kSigner =
    "MIIBlTCCATugAwIBAgIUaW5ZN4cfPtTazgJovj7Njkztmd4wCgYIKoZIzj0EAwIwDTELMAkGA1UEAwwCY2EwHhcNMj"
    "YxMTI4MTkxOTA0WhcNMzYxMTI1MTkxOTA0WjAOMQwwCgYDVQQDDAN0c2EwWTATBgcqhkjOPQIBBggqhkjOPQMBBwNC"
    "AARniekpW4zg3OuEs4zKznHj95Xebuwh99ELbScDB/zwtoPXjG9QqLycS2BtLLEaqo08YkiDXedjEJv7mcX9htouo3"
    "gwdjAMBgNVHRMBAf8EAjAAMA4GA1UdDwEB/wQEAwIHgDAWBgNVHSUBAf8EDDAKBggrBgEFBQcDCDAdBgNVHQ4EFgQU"
    "Mjx3aPQlNUVSiaZ42L+Y9tu/hbIwHwYDVR0jBBgwFoAUxIuGlS0q/is3hl6jCIvHnb0GM4UwCgYIKoZIzj0EAwIDSA"
    "AwRQIhALYtjbsYMsO9glNMJi7V/bNDZPYFRtA9GIUHazzaD5JjAiAzgB+KHIDSgHAQkPB77SK6E1gbesJ8XrPAW4zU"
    "XuHdBg==";
constexpr std::string_view kRoot =
    "MIIBXjCCAQSgAwIBAgIUfuPTvzg02OSmqHq/QLpvZzHWVB8wCgYIKoZIzj0EAwIwDTELMAkGA1UEAwwCY2EwHhcNMj"
    "YxMTI4MTkxOTAzWhcNMzYxMTI1MTkxOTAzWjANMQswCQYDVQQDDAJjYTBZMBMGByqGSM49AgEGCCqGSM49AwEHA0IA"
    "BD6tCq0Y4ABP9SqdSVA4tWfmvUk/ld5Dk3FlVVkM8/h5qxKElEP3GcJCd5H5vsTkTwx3KpF19QaeY0t55l8RbI6jQj"
    "BAMA8GA1UdEwEB/wQFMAMBAf8wDgYDVR0PAQH/BAQDAgIEMB0GA1UdDgQWBBTEi4aVLSr+KzeGXqMIi8edvQYzhTAK"
    "BggqhkjOPQQDAgNIADBFAiAlhn2ZSnOhc31uou9y0IcPZX/ustV/gb8OXLp+fXxpiwIhAMdnfVZZzyX1Epat3ZpyfR"
    "39XSCArdScdlZ09OPh5sGq";
constexpr absl::CivilSecond kTime(2026, 11, 28, 19, 19, 5);

struct Stamped {
  Message message;
  TimestampAuthority authority;
  absl::Time time;
};

std::string Bytes(std::string_view base64) { return base::DecodeBase64(base64).value(); }

const Stamped* Read(std::string_view stamped, std::initializer_list<std::string_view> chain,
                    absl::CivilSecond time) {
  TimestampAuthority authority;
  for (const std::string_view der : chain) {
    authority.chain.push_back(Certificate::FromDerStrictly(Bytes(der)).value());
  }
  return new Stamped{Message(Bytes(stamped)), authority,
                     absl::FromCivil(time, absl::UTCTimeZone())};
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static const auto* const known = new std::vector<const Stamped*>{
      Read(kStamped, {kSigner, kRoot}, kTime), Read(kStamped, {kRoot}, kTime)};
  const std::string_view response(reinterpret_cast<const char*>(data), size);
  const absl::StatusOr<TimestampToken> token = TimestampToken::FromDer(response);
  if (!token.ok()) return 0;
  if (size > kMaxTimestampBytes) std::abort();
  for (const Stamped* stamped : *known) {
    const auto outcome = VerifyTimestamp(*token, stamped->message, stamped->authority);
    const auto* const time = std::get_if<absl::Time>(&outcome);
    if (time != nullptr && (*time != stamped->time || *time != token->time())) std::abort();
    const auto* const refusal = std::get_if<TimestampRefusal>(&outcome);
    if (refusal != nullptr && refusal->fault == TimestampFault::kUnspecified) std::abort();
  }
  return 0;
}

}  // namespace countersign::crypto
