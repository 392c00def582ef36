#include "cli/credential_helper.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "absl/cleanup/cleanup.h"
#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "base/json.h"
#include "base/status_macros.h"

extern char** environ;

namespace countersign::cli {
namespace {

constexpr size_t kMaxAnswerBytes = 64 << 10;

// A helper's standard input or output, and our end of it.
struct Stream {
  int ours = -1;
  int theirs = -1;
  ~Stream() {
    Close(&ours);
    Close(&theirs);
  }
  static void Close(int* fd) {
    if (*fd >= 0) close(*fd);
    *fd = -1;
  }
};

// Not a pipe: writing to a helper that is gone must not raise SIGPIPE.
bool OpenInput(Stream* input) {
  int ends[2];
  if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0) return false;
  input->ours = ends[0];
  input->theirs = ends[1];
  return true;
}

bool OpenOutput(Stream* output) {
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) return false;
  output->ours = ends[0];
  output->theirs = ends[1];
  return true;
}

// A helper's name becomes part of a program's name, which must not leave the search path.
bool IsHelperName(std::string_view name) {
  return !name.empty() && std::all_of(name.begin(), name.end(), [](char c) {
    return absl::ascii_isalnum(static_cast<unsigned char>(c)) || c == '-' || c == '_' || c == '.';
  });
}

absl::StatusOr<pid_t> Spawn(const std::string& program, const Stream& input, const Stream& output) {
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  absl::Cleanup destroy = [&actions] { posix_spawn_file_actions_destroy(&actions); };
  posix_spawn_file_actions_adddup2(&actions, input.theirs, STDIN_FILENO);
  posix_spawn_file_actions_adddup2(&actions, output.theirs, STDOUT_FILENO);
  std::string arguments[] = {program, "get"};
  char* argv[] = {arguments[0].data(), arguments[1].data(), nullptr};
  pid_t pid = -1;
  if (posix_spawnp(&pid, program.c_str(), &actions, nullptr, argv, environ) != 0) {
    return absl::FailedPreconditionError(
        absl::StrCat(program, " cannot be run; is it installed and on the PATH?"));
  }
  return pid;
}

// Everything until the other end is closed.
absl::StatusOr<std::string> ReadAll(int fd, absl::Time deadline) {
  std::string bytes;
  char buffer[4096];
  while (bytes.size() <= kMaxAnswerBytes) {
    pollfd ready = {.fd = fd, .events = POLLIN, .revents = 0};
    const int64_t left = absl::ToInt64Milliseconds(deadline - absl::Now());
    if (left <= 0) return absl::DeadlineExceededError("did not answer in time");
    if (poll(&ready, 1, static_cast<int>(std::min<int64_t>(left, 60'000))) <= 0) continue;
    const ssize_t count = read(fd, buffer, sizeof(buffer));
    if (count == 0) return bytes;
    if (count < 0 && errno != EINTR) return absl::FailedPreconditionError("cannot be read from");
    if (count > 0) bytes.append(buffer, count);
  }
  return absl::FailedPreconditionError("answered too much");
}

absl::StatusOr<registry::Credential> ParseAnswer(const std::string& answer) {
  const absl::StatusOr<base::Json> json = base::ParseJson(answer);
  if (!json.ok() || !json->is_object())
    return absl::FailedPreconditionError("did not answer with a JSON object");
  const absl::StatusOr<std::string> username = base::StringMember(*json, "Username", "");
  const absl::StatusOr<std::string> secret = base::StringMember(*json, "Secret", "");
  if (!username.ok() || !secret.ok() || secret->empty()) {
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

absl::StatusOr<std::string> Run(const std::string& program, std::string_view server,
                                absl::Time deadline) {
  Stream input;
  Stream output;
  if (!OpenInput(&input) || !OpenOutput(&output)) {
    return absl::ResourceExhaustedError("no file descriptor is left");
  }
  CS_ASSIGN_OR_RETURN(const pid_t pid, Spawn(program, input, output));
  Stream::Close(&input.theirs);
  Stream::Close(&output.theirs);
  // Fits the socket's buffer, so this cannot block. A helper that does not read it may still
  // answer.
  (void)send(input.ours, server.data(), server.size(), MSG_NOSIGNAL);
  Stream::Close(&input.ours);
  absl::StatusOr<std::string> answer = ReadAll(output.ours, deadline);
  if (!answer.ok()) kill(pid, SIGKILL);
  int status = 0;
  while (waitpid(pid, &status, 0) < 0 && errno == EINTR) {
  }
  CS_RETURN_IF_ERROR(answer.status());
  if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) {
    // The protocol has one text for "none here", on standard output, with a failing status.
    if (absl::StrContains(*answer, "credentials not found"))
      return absl::NotFoundError("has no credential");
    return absl::FailedPreconditionError("failed");
  }
  return answer;
}

}  // namespace

absl::StatusOr<registry::Credential> AskCredentialHelper(std::string_view helper,
                                                         std::string_view server,
                                                         absl::Time deadline) {
  if (!IsHelperName(helper))
    return absl::FailedPreconditionError("the credential helper's name is malformed");
  const std::string program = absl::StrCat("docker-credential-", helper);
  const absl::StatusOr<std::string> answer = Run(program, server.substr(0, 4096), deadline);
  if (!answer.ok()) return base::Annotate(program, answer.status());
  const absl::StatusOr<registry::Credential> credential = ParseAnswer(*answer);
  if (!credential.ok()) return base::Annotate(program, credential.status());
  return credential;
}

}  // namespace countersign::cli
