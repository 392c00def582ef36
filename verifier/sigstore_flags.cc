#include "verifier/sigstore_flags.h"

#include <map>

#include "base/dns_name.h"
#include "base/flag_text.h"

namespace countersign::verifier {
namespace {

std::string CheckNamespace(const std::string& text) {
  return base::IsDnsLabel(text) ? "" : "must be the name of a namespace";
}

}  // namespace

policy::NamespaceRule SigstoreOptions::Namespaces() const {
  policy::NamespaceRule rule = {.is_opt_out = is_opt_out, .value = namespace_value};
  if (!namespace_label.empty()) {
    (is_opt_out ? rule.exclude_label : rule.include_label) = namespace_label;
  }
  return rule;
}

void AddSigstoreFlags(CLI::App* app, SigstoreOptions* options, const std::string& group) {
  app->add_flag("--policy-controller-policies", options->is_on,
                "Enforce the policies of policy.sigstore.dev too: ClusterImagePolicy, TrustRoot, "
                "and the ConfigMap config-policy-controller, as Sigstore's Policy Controller reads "
                "them. The command does without it where --objects has any of them.")
      ->group(group);
  app->add_option("--policy-controller-namespace", options->config_namespace,
                  "Namespace of that ConfigMap, and of Secrets with keys that those policies name.")
      ->check(&CheckNamespace)
      ->type_name("NAMESPACE")
      ->capture_default_str()
      ->group(group);
  app->add_option("--policy-namespaces", options->is_opt_out,
                  "In which namespaces those policies ask anything: opt-in, those with a label; "
                  "opt-out, all but those with one. (default: opt-in)")
      ->transform(CLI::CheckedTransformer(
          std::map<std::string, bool>{{"opt-in", false}, {"opt-out", true}}))
      ->type_name("opt-in|opt-out")
      ->group(group);
  app->add_option("--policy-namespace-label", options->namespace_label,
                  "The label that is meant. If not given, policy.sigstore.dev/include, or "
                  "policy.sigstore.dev/exclude.")
      ->check(&base::CheckNotEmpty)
      ->type_name("LABEL")
      ->group(group);
  app->add_option("--policy-namespace-value", options->namespace_value,
                  "The value of it that counts.")
      ->type_name("VALUE")
      ->capture_default_str()
      ->group(group);
  app->add_option("--kms-public-key", options->kms_keys,
                  "The public key, a PEM file, of a key in a key management service that those "
                  "policies name by its URI, as no such service is asked. Read again every 30 "
                  "seconds. Repeatable.")
      ->type_name("URI=FILE")
      ->allow_extra_args(false)
      ->group(group);
}

}  // namespace countersign::verifier
