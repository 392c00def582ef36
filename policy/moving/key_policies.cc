#include "policy/moving/key_policies.h"

#include <algorithm>
#include <string_view>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "base/json_place.h"
#include "base/printable.h"
#include "base/status_macros.h"
#include "crypto/public_key.h"
#include "policy/image_glob.h"

namespace countersign::policy {
namespace {

using base::Json;
using base::JsonPlace;

// It is about signatures of keys, or not: what Sign has no place for is said by its name.
constexpr std::string_view kNoPlace = "has no place in a policy of Sign";

class Reader {
 public:
  KeyPolicies Read(absl::Span<const Json> objects) && {
    for (const Json& object : objects) {
      const absl::Status status = ReadObject(JsonPlace(object));
      if (!status.ok()) {
        result_.differences.push_back(
            {absl::StrCat(base::FindString(object, "kind"), " ",
                          base::Quoted(base::FindStringIn(object, "metadata", "name")),
                          " cannot be said: ", base::Printable(status.message()))});
      }
    }
    for (KeyPolicies::Policy& policy : result_.policies) {
      if (unsaid_options_.contains(policy.name)) Unsay(policy);
    }
    for (KeyPolicies::Policy& policy : passing_) {
      if (!unsaid_options_.contains(policy.name)) continue;
      Unsay(policy);
      result_.policies.push_back(std::move(policy));
    }
    result_.are_alternatives = !groups_.empty() && AllInOneGroup();
    return std::move(result_);
  }

 private:
  absl::Status ReadObject(const JsonPlace& object) {
    CS_ASSIGN_OR_RETURN(const std::string kind, object.RequiredString("kind"));
    CS_ASSIGN_OR_RETURN(const JsonPlace metadata, object.RequiredObject("metadata"));
    CS_ASSIGN_OR_RETURN(const std::string name, metadata.RequiredString("name"));
    if (kind == "ConfigMap") return ReadSettings(object);
    CS_ASSIGN_OR_RETURN(const JsonPlace spec, object.RequiredObject("spec"));
    if (kind == "PolicyOptions") return ReadOptions(spec, name);
    if (kind != "ClusterImagePolicy") {
      return object.MemberError("kind", "no policy of policy.sigstore.dev");
    }
    return ReadPolicy(spec, name);
  }

  absl::Status ReadSettings(const JsonPlace& object) {
    CS_ASSIGN_OR_RETURN(const auto data, object.OptionalObject("data"));
    if (!data.has_value()) return absl::OkStatus();
    CS_ASSIGN_OR_RETURN(const std::string rule, data->OptionalString("no-match-policy"));
    result_.allow_unmatched = rule == "warn" || rule == "allow";
    if (rule == "allow") return data->MemberError("no-match-policy", "Sign warns, too");
    return absl::OkStatus();
  }

  absl::Status ReadOptions(const JsonPlace& spec, const std::string& name) {
    // Until they are read to the end; what they ask must not be missed.
    const bool is_new = unsaid_options_.insert(name).second;
    CS_ASSIGN_OR_RETURN(groups_[name], spec.OptionalString("group"));
    CS_RETURN_IF_ERROR(spec.RefuseOthers({"group"}, kNoPlace));
    if (is_new) unsaid_options_.erase(name);
    return absl::OkStatus();
  }

  static void Unsay(KeyPolicies::Policy& policy) {
    policy.keys.clear();
    policy.is_unsaid = true;
  }

  absl::Status ReadPolicy(const JsonPlace& spec, const std::string& name) {
    CS_ASSIGN_OR_RETURN(const std::string mode, spec.OptionalString("mode"));
    if (!mode.empty() && mode != "enforce") {
      return spec.MemberError("mode", "Sign has no policies that only warn: left out");
    }
    KeyPolicies::Policy policy = {.name = name};
    const absl::Status globs = ReadGlobs(spec, policy);
    absl::Status said = spec.RefuseOthers({"images", "authorities", "mode"}, kNoPlace);
    if (said.ok()) said = globs;
    Authorities authorities;
    if (said.ok()) {
      authorities = ReadAuthorities(spec, policy);
      said = authorities.said;
    }
    if (!said.ok() && !authorities.passes) Unsay(policy);
    // By itself what passes asks for nothing.
    (authorities.passes ? passing_ : result_.policies).push_back(std::move(policy));
    return said;
  }

  static absl::Status ReadGlobs(const JsonPlace& spec, KeyPolicies::Policy& policy) {
    CS_ASSIGN_OR_RETURN(const auto images, spec.OptionalObjects("images"));
    for (const JsonPlace& image : images) {
      CS_ASSIGN_OR_RETURN(const std::string glob, image.RequiredString("glob"));
      const absl::StatusOr<ImageGlob> parsed = ImageGlob::Parse(glob);
      if (!parsed.ok()) return image.MemberError("glob", parsed.status().message());
      policy.globs.push_back(glob);
    }
    return absl::OkStatus();
  }

  // Why one of the authorities cannot be said, and whether one is always satisfied.
  struct Authorities {
    absl::Status said;
    bool passes = false;
  };

  Authorities ReadAuthorities(const JsonPlace& spec, KeyPolicies::Policy& policy) {
    const auto authorities = spec.OptionalObjects("authorities");
    Authorities all = {.said = authorities.status()};
    for (size_t i = 0; authorities.ok() && i < authorities->size(); ++i) {
      const Authorities one = ReadAuthority((*authorities)[i], i, policy);
      if (all.said.ok()) all.said = one.said;
      all.passes = all.passes || one.passes;
    }
    return all;
  }

  Authorities ReadAuthority(const JsonPlace& authority, size_t index, KeyPolicies::Policy& policy) {
    const absl::Status known =
        authority.RefuseOthers({"name", "key", "static", "source"}, kNoPlace);
    if (!known.ok()) return {known};
    const absl::StatusOr<std::string> name = authority.OptionalString("name");
    if (!name.ok()) return {name.status()};
    const auto fixed = authority.OptionalObject("static");
    if (!fixed.ok()) return {fixed.status()};
    if (fixed->has_value()) return ReadStatic(**fixed);
    return {ReadKey(authority, name->empty() ? absl::StrCat("authority-", index) : *name, policy)};
  }

  static Authorities ReadStatic(const JsonPlace& fixed) {
    const absl::StatusOr<std::string> action = fixed.RequiredString("action");
    if (!action.ok()) return {action.status()};
    if (*action == "fail") return {};
    return {fixed.MemberError("action", "Sign admits no image without a signature"),
            *action == "pass"};
  }

  absl::Status ReadKey(const JsonPlace& authority, std::string name, KeyPolicies::Policy& policy) {
    CS_ASSIGN_OR_RETURN(const JsonPlace key, authority.RequiredObject("key"));
    CS_RETURN_IF_ERROR(key.RefuseOthers({"data"}, kNoPlace));
    CS_ASSIGN_OR_RETURN(const std::string pem, key.RequiredString("data"));
    if (const auto read = crypto::PublicKey::FromPem(pem); !read.ok()) {
      return key.MemberError("data", read.status().message());
    }
    CS_RETURN_IF_ERROR(ReadSource(authority, policy));
    policy.keys.insert(pem);
    result_.key_names.try_emplace(pem, std::move(name));
    return absl::OkStatus();
  }

  static absl::Status ReadSource(const JsonPlace& authority, KeyPolicies::Policy& policy) {
    CS_ASSIGN_OR_RETURN(const auto sources, authority.OptionalObjects("source"));
    for (const JsonPlace& source : sources) {
      CS_RETURN_IF_ERROR(source.RefuseOthers({"signaturePullSecrets"}, kNoPlace));
      CS_ASSIGN_OR_RETURN(const auto secrets, source.OptionalObjects("signaturePullSecrets"));
      for (const JsonPlace& secret : secrets) {
        CS_ASSIGN_OR_RETURN(std::string name, secret.RequiredString("name"));
        policy.pull_secrets.insert(std::move(name));
      }
    }
    return absl::OkStatus();
  }

  bool AllInOneGroup() const {
    const std::string& group = groups_.begin()->second;
    return !group.empty() && std::all_of(result_.policies.begin(), result_.policies.end(),
                                         [this, &group](const KeyPolicies::Policy& policy) {
                                           const auto own = groups_.find(policy.name);
                                           return own != groups_.end() && own->second == group;
                                         });
  }

  KeyPolicies result_;
  std::vector<KeyPolicies::Policy> passing_;
  std::set<std::string> unsaid_options_;       // by the names of policies
  std::map<std::string, std::string> groups_;  // by the names of policies
};

}  // namespace

KeyPolicies ReadKeyPolicies(absl::Span<const base::Json> objects) { return Reader().Read(objects); }

}  // namespace countersign::policy
