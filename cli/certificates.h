#ifndef COUNTERSIGN_CLI_CERTIFICATES_H_
#define COUNTERSIGN_CLI_CERTIFICATES_H_

#include "CLI/CLI.hpp"

namespace countersign::cli {

// Adds the subcommand `certificates`: makes and renews the certificates of the shim and the
// verifiers in a cluster's Secrets, or in files, and prints a line for each thing that it does or
// leaves as it is. `exit_code` becomes 0 if all is in order, 1 if a webhook configuration does not
// exist, 2 if something could not be done. It must outlive the parsing.
//
// In the cluster it needs: to get and update the Secrets countersign-ca, countersign-shim-tls,
// countersign-verifier-tls and countersign-shim-client-tls of its namespace, and to create them
// where they are not there (the chart installs them); to get and update the webhook configurations
// that it is given.
void AddCertificatesCommand(CLI::App* app, int* exit_code);

}  // namespace countersign::cli

#endif  // COUNTERSIGN_CLI_CERTIFICATES_H_
