#include "shim/verifier_client_flags.h"

#include "absl/strings/str_cat.h"

namespace countersign::shim {

CLI::Option* AddVerifierClientFlags(CLI::App* app, GrpcVerifierClient::Options* options,
                                    const std::string& name) {
  constexpr char kGroup[] = "Verifier";
  const std::string flag = absl::StrCat("--", name);
  CLI::Option* target = app->add_option(flag, options->target,
                                        "Verifiers to ask, as a gRPC target: dns:///HOST:PORT (all "
                                        "its addresses, the same about the same images) or "
                                        "ipv4:ADDRESS:PORT,ADDRESS:PORT.")
                            ->type_name("ADDRESS")
                            ->group(kGroup);
  app->add_option(flag + "-ca", options->ca_file,
                  "PEM file with authorities that the verifier's certificate must come from. The "
                  "system's if not given.")
      ->type_name("FILE")
      ->group(kGroup);
  app->add_option(flag + "-cert", options->cert_file,
                  "PEM file with a certificate to show the verifier (mutual TLS).")
      ->type_name("FILE")
      ->group(kGroup);
  app->add_option(flag + "-key", options->key_file, "PEM file with that certificate's private key.")
      ->type_name("FILE")
      ->group(kGroup);
  app->add_option(flag + "-server-name", options->server_name,
                  "Name that the verifier's certificate must have, if not the target's.")
      ->type_name("NAME")
      ->group(kGroup);
  app->add_flag(absl::StrCat("--insecure-", name, "-plaintext"), options->insecure_plaintext,
                "Speak to the verifier without TLS. Whoever is between can then answer in its "
                "place. (Verifiers on "
                "loopback are spoken to so unless a TLS file or name is given.)")
      ->group(kGroup);
  return target;
}

}  // namespace countersign::shim
