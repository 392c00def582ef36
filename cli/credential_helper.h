#ifndef COUNTERSIGN_CLI_CREDENTIAL_HELPER_H_
#define COUNTERSIGN_CLI_CREDENTIAL_HELPER_H_

#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "registry/credential.h"

namespace countersign::cli {

// Asks the program `docker-credential-<helper>` for the credential of `server` (the protocol of
// docker's credential helpers: "get", the server's name on standard input, {"ServerURL",
// "Username", "Secret"} on standard output; user name "<token>" means that the secret is an
// identity token). NotFound: it has none. FailedPrecondition: it cannot be run, or answered
// nonsense. DeadlineExceeded: it was ended, since it took longer than until `deadline`. What it
// printed is never part of an error.
absl::StatusOr<registry::Credential> AskCredentialHelper(std::string_view helper,
                                                         std::string_view server,
                                                         absl::Time deadline);

}  // namespace countersign::cli

#endif  // COUNTERSIGN_CLI_CREDENTIAL_HELPER_H_
