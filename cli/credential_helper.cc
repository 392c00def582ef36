#include "cli/credential_helper.h"

#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "base/json_place.h"
#include "base/status_macros.h"
#include "base/subprocess.h"

namespace countersign::cli {
namespace {

// A helper's name becomes part of a program's name, which must not leave the search path.
bool IsHelperName(std::string_view name) {
  return !name.empty() && std::all_of(name.begin(), name.end(), [](char c) {
    return absl::ascii_isalnum(static_cast<unsigned char>(c)) || c == '-' || c == '_' || c == '.';
  });
}

absl::StatusOr<registry::Credential> ParseAnswer(const std::string& answer) {
  const absl::StatusOr<base::Json> json = base::ParseJson(answer);
  if (!json.ok() || !json->is_object())
    return absl::FailedPreconditionError("did not answer with a JSON object");
  const base::JsonPlace place(*json);
  const absl::StatusOr<std::string> username = place.OptionalString("Username");
  const absl::StatusOr<std::string> secret = place.RequiredString("Secret");
  if (!username.ok() || !secret.ok()) {
    return absl::FailedPreconditionError("answered without a Username and a Secret");
  }
  registry::Credential credential;
  if (*username == "<token>") {
    credential.identity_token = *secret;
  } else {
    credential.username = *username;
    credential.password = *secret;
  }
  return credential;
}

}  // namespace

absl::StatusOr<registry::Credential> AskCredentialHelper(std::string_view helper,
                                                         std::string_view server,
                                                         absl::Time deadline) {
  if (!IsHelperName(helper))
    return absl::FailedPreconditionError("the credential helper's name is malformed");
  const std::string program = absl::StrCat("docker-credential-", helper);
  const absl::StatusOr<base::CommandResult> result = base::RunCommand(
      {.program = program, .arguments = {"get"}, .input = std::string(server.substr(0, 4096))},
      deadline);
  CS_RETURN_IF_ERROR(result.status());
  if (!result->Succeeded()) {
    // The protocol has one text for "none here", on standard output, with a failing status.
    if (absl::StrContains(result->output, "credentials not found"))
      return absl::NotFoundError(absl::StrCat(program, ": has no credential"));
    return absl::FailedPreconditionError(absl::StrCat(program, ": ", result->HowItEnded()));
  }
  const absl::StatusOr<registry::Credential> credential = ParseAnswer(result->output);
  if (!credential.ok()) return base::Annotate(program, credential.status());
  return credential;
}

}  // namespace countersign::cli
