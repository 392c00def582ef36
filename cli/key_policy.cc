#include "cli/key_policy.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "base/file.h"
#include "base/json.h"
#include "base/status_macros.h"
#include "crypto/public_key.h"
#include "policy/image_policy.h"

namespace countersign::cli {
namespace {

class KeyPolicyApi final : public kube::Api {
 public:
  KeyPolicyApi(base::Json policy, std::unique_ptr<kube::Api> rest)
      : policy_(std::move(policy)), rest_(std::move(rest)) {}

  absl::StatusOr<kube::Secret> FetchSecret(std::string_view secret_namespace, std::string_view name,
                                           absl::Time deadline) override {
    if (rest_ == nullptr) return absl::NotFoundError("there are no Secrets here");
    return rest_->FetchSecret(secret_namespace, name, deadline);
  }

  absl::StatusOr<kube::ServiceAccount> FetchServiceAccount(std::string_view account_namespace,
                                                           std::string_view name,
                                                           absl::Time deadline) override {
    if (rest_ == nullptr) return absl::NotFoundError("there are no service accounts here");
    return rest_->FetchServiceAccount(account_namespace, name, deadline);
  }

  std::unique_ptr<kube::Watch> WatchPolicies(PoliciesCallback on_change) override {
    on_change(std::vector<kube::Object>{{.json = policy_, .locate = [](std::string_view pointer) {
                                           return absl::StrCat("the policy of --key", pointer);
                                         }}});
    return std::make_unique<kube::Watch>();
  }

 private:
  const base::Json policy_;
  const std::unique_ptr<kube::Api> rest_;
};

}  // namespace

absl::StatusOr<std::unique_ptr<kube::Api>> PolicyFromKeys(const std::vector<std::string>& key_files,
                                                          std::unique_ptr<kube::Api> rest) {
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
      {"apiVersion", "signing.apps.tanzu.vmware.com/v1beta1"},
      {"kind", "ClusterImagePolicy"},
      {"metadata", {{"name", policy::kPolicyName}}},
      {"spec",
       {{"verification", {{"keys", keys}, {"images", {{{"namePattern", "*"}, {"keys", names}}}}}}}},
  };
  return std::make_unique<KeyPolicyApi>(std::move(policy), std::move(rest));
}

}  // namespace countersign::cli
