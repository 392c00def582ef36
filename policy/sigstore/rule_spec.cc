#include "policy/sigstore/rule_spec.h"

#include "policy/sigstore/go_url.h"
#include "policy/sigstore/part_reader.h"

namespace countersign::policy {
namespace {

using base::JsonPlace;

RemoteRuleSpec ReadRemote(const JsonPlace& place, std::vector<Problem>& problems) {
  RemoteRuleSpec remote;
  PartReader reader(place, problems);
  reader.ReadUrl("url", remote.url);
  reader.Read("sha256sum", remote.sha256sum);
  remote.broken = reader.Finish();
  return remote;
}

ConfigMapRuleSpec ReadConfigMap(const JsonPlace& place, std::vector<Problem>& problems) {
  ConfigMapRuleSpec config_map;
  PartReader reader(place, problems);
  reader.Read("name", config_map.name);
  reader.Read("namespace", config_map.name_space);
  reader.Read("key", config_map.key);
  config_map.broken = reader.Finish();
  return config_map;
}

void ValidateRemote(const RemoteRuleSpec& remote, std::string_view path, FieldErrors& errors) {
  const std::string text = remote.url.value_or("");
  const std::optional<GoUrl> url = ParseGoUrl(text);
  if (!url.has_value() || url->host.empty() || url->scheme != "https") {
    errors.AddInvalid(text, FieldPath(path, "url"),
                      "url valid is invalid. host and https scheme are expected");
  }
  if (remote.sha256sum.empty()) errors.AddMissing(path, {"sha256sum"});
}

}  // namespace

RuleSpec ReadRule(const JsonPlace& place, std::vector<Problem>& problems) {
  RuleSpec rule;
  PartReader reader(place, problems);
  reader.Read("type", rule.type);
  reader.Read("data", rule.data);
  reader.Read("remote", rule.remote, ReadRemote);
  reader.Read("configMapRef", rule.config_map, ReadConfigMap);
  reader.Read("fetchConfigFile", rule.fetches_config_file);
  reader.Read("includeSpec", rule.includes_spec);
  reader.Read("includeObjectMeta", rule.includes_object_meta);
  reader.Read("includeTypeMeta", rule.includes_type_meta);
  rule.broken = reader.Finish();
  return rule;
}

void ValidateRule(const RuleSpec& rule, RuleSubject subject, std::string_view path,
                  FieldErrors& errors) {
  if (rule.type != "cue" && rule.type != "rego") {
    errors.AddInvalid(rule.type, FieldPath(path, "type"),
                      "only [cue,rego] are supported at the moment");
  }
  const int given = !rule.data.empty() + rule.config_map.has_value() + rule.remote.has_value();
  if (given == 0) errors.AddMissing(path, {"data", "configMapRef", "remote"});
  if (given > 1) errors.AddBoth(path, {"data", "configMapRef", "remote"});
  if (rule.remote.has_value()) ValidateRemote(*rule.remote, FieldPath(path, "remote"), errors);
  if (rule.config_map.has_value()) {
    const std::string at = FieldPath(path, "configMapRef");
    if (rule.config_map->name.empty()) errors.AddMissing(at, {"name"});
    if (rule.config_map->key.empty()) errors.AddMissing(at, {"key"});
  }
  if (subject == RuleSubject::kWholeResult) return;
  if (rule.fetches_config_file.has_value()) errors.AddForbidden(path, {"fetchConfigFile"});
  if (rule.includes_spec.has_value()) errors.AddForbidden(path, {"includeSpec"});
  if (rule.includes_object_meta.has_value()) errors.AddForbidden(path, {"includeObjectMeta"});
  if (rule.includes_type_meta.has_value()) errors.AddForbidden(path, {"includeTypeMeta"});
}

}  // namespace countersign::policy
