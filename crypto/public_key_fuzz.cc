#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "crypto/message.h"
#include "crypto/public_key.h"
#include "crypto/signature_scheme.h"

namespace {

using countersign::crypto::EcdsaEncoding;
using countersign::crypto::Message;
using countersign::crypto::PublicKey;

// Whatever was accepted as a key does not take its own bytes for a signature over anything, and
// gives no error text with the input in it.
void Check(std::string_view pem, std::string_view input) {
  const auto key = PublicKey::FromPem(pem);
  if (!key.ok()) {
    if (input.size() > 100 && key.status().message().find(input) != absl::string_view::npos) {
      std::abort();
    }
    return;
  }
  for (const std::string_view message : {input, std::string_view()}) {
    if (key->Verify(Message(std::string(message)), input, EcdsaEncoding::kDerOrP1363)) std::abort();
  }
  if (key->Fingerprint().size() != 71 || key->Description().empty()) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  const auto key = PublicKey::FromDer(input);
  if (key.ok() && key->der() != input) std::abort();
  Check(input, input);
  for (const char* label : {"PUBLIC KEY", "RSA PUBLIC KEY"}) {
    Check(absl::StrCat("-----BEGIN ", label, "-----\n", absl::Base64Escape(input), "\n-----END ",
                       label, "-----\n"),
          input);
  }
  return 0;
}
