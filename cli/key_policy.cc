#include "cli/key_policy.h"

#include <string_view>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/file.h"
#include "base/json.h"
#include "base/status_macros.h"
#include "crypto/public_key.h"
#include "policy/policy_identity.h"

namespace countersign::cli {

absl::StatusOr<kube::Object> PolicyFromKeys(const std::vector<std::string>& key_files) {
  base::Json keys = base::Json::array();
  base::Json names = base::Json::array();
  for (const std::string& file : key_files) {
    absl::StatusOr<std::string> pem = base::LoadFile(file);
    if (!pem.ok()) return base::Annotate("--key", pem.status());
    // A broken key in a policy only denies what names it; here somebody has just typed its name.
    const absl::StatusOr<crypto::PublicKey> key = crypto::PublicKey::FromPem(*pem);
    if (!key.ok()) return base::Annotate(absl::StrCat("--key: ", file), key.status());
    keys.push_back({{"name", file}, {"publicKey", *pem}});
    names.push_back({{"name", file}});
  }
  base::Json policy = {
      {"apiVersion", absl::StrCat(policy::kPolicyGroup, "/", policy::kPolicyVersion)},
      {"kind", policy::kPolicyKind},
      {"metadata", {{"name", policy::kPolicyName}}},
      {"spec",
       {{"verification", {{"keys", keys}, {"images", {{{"namePattern", "*"}, {"keys", names}}}}}}}},
  };
  return kube::Object{.json = std::move(policy), .locate = [](std::string_view pointer) {
                        return absl::StrCat("the policy of --key", pointer);
                      }};
}

}  // namespace countersign::cli
