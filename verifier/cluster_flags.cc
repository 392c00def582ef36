#include "verifier/cluster_flags.h"

namespace countersign::verifier {

void AddClusterFlags(CLI::App* app, kube::ClusterOptions* options, const std::string& group) {
  CLI::Option* const in_cluster =
      app->add_flag("--kubernetes", options->in_cluster,
                    "Use the cluster that this pod runs in, as its service account.")
          ->group(group);
  CLI::Option* const kubeconfig =
      app->add_option("--kubeconfig", options->kubeconfig,
                      "Use the cluster, and the user, of this kubeconfig file.")
          ->type_name("FILE")
          ->excludes(in_cluster)
          ->group(group);
  app->add_option("--kubeconfig-context", options->kubeconfig_context,
                  "Context of the kubeconfig file to use instead of its current-context.")
      ->type_name("NAME")
      ->needs(kubeconfig)
      ->group(group);
}

}  // namespace countersign::verifier
