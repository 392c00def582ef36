#include "cosign/dsse.h"

#include "absl/strings/str_cat.h"

namespace countersign::cosign {

std::string PreAuthenticationEncoding(std::string_view payload_type, std::string_view payload) {
  return absl::StrCat("DSSEv1 ", payload_type.size(), " ", payload_type, " ", payload.size(), " ",
                      payload);
}

}  // namespace countersign::cosign
