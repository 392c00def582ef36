#include "base/subprocess.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <iterator>
#include <string_view>
#include <utility>

#include "absl/cleanup/cleanup.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "base/deadline.h"
#include "base/status_macros.h"

extern char** environ;

namespace countersign::base {
namespace {

class Descriptor {
 public:
  Descriptor() = default;
  explicit Descriptor(int fd) : fd_(fd) {}
  Descriptor(Descriptor&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  Descriptor& operator=(Descriptor&& other) noexcept {
    std::swap(fd_, other.fd_);
    return *this;
  }
  ~Descriptor() { Close(); }
  void Close() {
    if (fd_ >= 0) close(fd_);
    fd_ = -1;
  }
  int get() const { return fd_; }
  bool is_open() const { return fd_ >= 0; }

  // The program's own 0, 1 and 2 are set one after the other, so that none of them may be among
  // what they are set from.
  bool MoveBeyondStandard() {
    if (fd_ >= 0 && fd_ <= STDERR_FILENO) {
      *this = Descriptor(fcntl(fd_, F_DUPFD_CLOEXEC, STDERR_FILENO + 1));
    }
    return is_open();
  }

 private:
  int fd_ = -1;
};

struct Pipe {
  Descriptor ours;
  Descriptor theirs;
};

bool OpenPipe(Pipe* pipe) {
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) return false;
  pipe->ours = Descriptor(ends[0]);
  pipe->theirs = Descriptor(ends[1]);
  return fcntl(ends[0], F_SETFL, O_NONBLOCK) == 0 && pipe->theirs.MoveBeyondStandard();
}

// A file in memory rather than a pipe: nobody has to feed it while the program runs, and a program
// that does not read it raises no SIGPIPE here.
bool OpenInput(std::string_view bytes, Descriptor* input) {
  *input = Descriptor(memfd_create("standard input", MFD_CLOEXEC));
  while (input->is_open() && !bytes.empty()) {
    const ssize_t count = write(input->get(), bytes.data(), bytes.size());
    if (count < 0 && errno != EINTR) return false;
    if (count > 0) bytes.remove_prefix(count);
  }
  return input->is_open() && lseek(input->get(), 0, SEEK_SET) == 0 && input->MoveBeyondStandard();
}

std::vector<std::string> EnvironmentOf(const Command& command) {
  std::vector<std::string> variables;
  for (const Command::Variable& variable : command.environment) {
    variables.push_back(absl::StrCat(variable.name, "=", variable.value));
  }
  for (char** inherited = environ; command.inherit_environment && *inherited; ++inherited) {
    const std::string_view entry = *inherited;
    const std::string_view name = entry.substr(0, entry.find('='));
    const bool is_replaced =
        std::any_of(command.environment.begin(), command.environment.end(),
                    [name](const Command::Variable& variable) { return variable.name == name; });
    if (!is_replaced) variables.emplace_back(entry);
  }
  return variables;
}

std::vector<char*> PointersTo(std::vector<std::string>* texts) {
  std::vector<char*> pointers;
  for (std::string& text : *texts) pointers.push_back(text.data());
  pointers.push_back(nullptr);
  return pointers;
}

absl::Status CannotRun(const std::string& program, int error) {
  const std::string message = absl::StrCat(program, " cannot be run: ", strerror(error));
  if (error == EAGAIN || error == ENOMEM) return absl::ResourceExhaustedError(message);
  if (error != ENOENT) return absl::FailedPreconditionError(message);
  return absl::FailedPreconditionError(absl::StrCat(
      message, absl::StrContains(program, '/') ? "; is it there, and the interpreter that it names?"
                                               : "; is it installed and on the PATH?"));
}

// The program's signals as a shell would start it: this process may block or ignore some.
void SetSignals(posix_spawnattr_t* attributes) {
  sigset_t all;
  sigfillset(&all);
  posix_spawnattr_setsigdefault(attributes, &all);
  sigset_t none;
  sigemptyset(&none);
  posix_spawnattr_setsigmask(attributes, &none);
  posix_spawnattr_setpgroup(attributes, 0);
  posix_spawnattr_setflags(attributes,
                           POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETPGROUP);
}

absl::StatusOr<pid_t> Spawn(const Command& command, int input, int output, int error_output) {
  posix_spawn_file_actions_t files;
  posix_spawn_file_actions_init(&files);
  absl::Cleanup destroy_files = [&files] { posix_spawn_file_actions_destroy(&files); };
  posix_spawn_file_actions_adddup2(&files, input, STDIN_FILENO);
  posix_spawn_file_actions_adddup2(&files, output, STDOUT_FILENO);
  posix_spawn_file_actions_adddup2(&files, error_output, STDERR_FILENO);
  // Libraries open descriptors that are not closed by themselves.
  posix_spawn_file_actions_addclosefrom_np(&files, STDERR_FILENO + 1);
  posix_spawnattr_t attributes;
  posix_spawnattr_init(&attributes);
  absl::Cleanup destroy_attributes = [&attributes] { posix_spawnattr_destroy(&attributes); };
  SetSignals(&attributes);
  std::vector<std::string> arguments = {command.program};
  arguments.insert(arguments.end(), command.arguments.begin(), command.arguments.end());
  std::vector<std::string> environment = EnvironmentOf(command);
  pid_t pid = -1;
  const int error = posix_spawnp(&pid, command.program.c_str(), &files, &attributes,
                                 PointersTo(&arguments).data(), PointersTo(&environment).data());
  if (error != 0) return CannotRun(command.program, error);
  return pid;
}

// Appends what can be read now, as far as `max_bytes` allow; the rest is dropped. Closes `from` at
// its end. False if anything was dropped.
bool Drain(Descriptor* from, size_t max_bytes, std::string* to) {
  // As much as a pipe can hold (pipe(7)), and not for as long as somebody fills it.
  constexpr size_t kMaxBytesAtOnce = 1 << 20;
  char buffer[4096];
  bool kept_all = true;
  for (size_t total = 0; from->is_open() && total < kMaxBytesAtOnce;) {
    const ssize_t count = read(from->get(), buffer, sizeof(buffer));
    if (count < 0 && errno == EINTR) continue;
    if (count < 0 && errno == EAGAIN) break;
    if (count <= 0) {
      from->Close();
      break;
    }
    total += count;
    const size_t kept = std::min<size_t>(count, max_bytes - to->size());
    to->append(buffer, kept);
    if (kept < static_cast<size_t>(count)) kept_all = false;
  }
  return kept_all;
}

bool HasEnded(pid_t pid) {
  siginfo_t ended = {};
  return waitid(P_PID, pid, &ended, WEXITED | WNOHANG | WNOWAIT) != 0 || ended.si_pid == pid;
}

absl::Status Ended(const Command& command) {
  return absl::CancelledError(absl::StrCat(command.program, " was ended"));
}

// Reads what the process prints until it ends. It is then still a zombie, so that its number, and
// that of its group, mean nobody else.
absl::Status Follow(const Command& command, pid_t pid, Descriptor output, Descriptor error_output,
                    absl::Time deadline, CommandResult* result) {
  // Without it (an old kernel, a strict sandbox) the process is looked at now and then.
  const Descriptor process(static_cast<int>(syscall(SYS_pidfd_open, pid, 0)));
  const int stop = command.stop == nullptr ? -1 : command.stop->descriptor();
  const absl::Duration longest = !process.is_open()             ? absl::Milliseconds(20)
                                 : command.is_wanted != nullptr ? absl::Milliseconds(100)
                                                                : absl::Minutes(1);
  while (true) {
    const bool has_ended = HasEnded(pid);
    if (!Drain(&output, command.max_output_bytes, &result->output)) {
      return absl::FailedPreconditionError(
          absl::StrCat(command.program, " printed more than ", command.max_output_bytes, " bytes"));
    }
    Drain(&error_output, command.max_error_bytes, &result->error_output);
    if (has_ended) return absl::OkStatus();
    const absl::Duration left = TimeLeft(deadline);
    if (left <= absl::ZeroDuration()) {
      return absl::DeadlineExceededError(absl::StrCat(command.program, " did not end in time"));
    }
    if (command.is_wanted != nullptr && !command.is_wanted()) return Ended(command);
    pollfd events[] = {{.fd = output.get(), .events = POLLIN, .revents = 0},
                       {.fd = error_output.get(), .events = POLLIN, .revents = 0},
                       {.fd = process.get(), .events = POLLIN, .revents = 0},
                       {.fd = stop, .events = POLLIN, .revents = 0}};
    const timespec timeout = absl::ToTimespec(std::min(left, longest));
    if (ppoll(events, std::size(events), &timeout, nullptr) > 0 && events[3].revents != 0) {
      return Ended(command);
    }
  }
}

}  // namespace

CommandStop::CommandStop() : descriptor_(eventfd(0, EFD_CLOEXEC)) {}

CommandStop::~CommandStop() {
  if (descriptor_ >= 0) close(descriptor_);
}

void CommandStop::Stop() {
  if (descriptor_ >= 0) eventfd_write(descriptor_, 1);
}

std::string CommandResult::HowItEnded() const {
  return signal != 0 ? absl::StrCat("ended by signal ", signal)
                     : absl::StrCat("exit status ", exit_status);
}

absl::StatusOr<CommandResult> RunCommand(const Command& command, absl::Time deadline) {
  if (HasPassed(deadline)) {
    return absl::DeadlineExceededError(
        absl::StrCat(command.program, " was not started: no time is left"));
  }
  Descriptor input;
  Pipe output;
  Pipe error_output;
  if (!OpenInput(command.input, &input) || !OpenPipe(&output) || !OpenPipe(&error_output)) {
    return absl::ResourceExhaustedError(
        absl::StrCat(command.program, " cannot be run: ", strerror(errno)));
  }
  CS_ASSIGN_OR_RETURN(const pid_t pid,
                      Spawn(command, input.get(), output.theirs.get(), error_output.theirs.get()));
  output.theirs.Close();
  error_output.theirs.Close();
  CommandResult result;
  const absl::Status followed =
      Follow(command, pid, std::move(output.ours), std::move(error_output.ours), deadline, &result);
  kill(-pid, SIGKILL);
  int status = 0;
  while (waitpid(pid, &status, 0) < 0) {
    if (errno != EINTR) return absl::InternalError(absl::StrCat(command.program, " is lost"));
  }
  CS_RETURN_IF_ERROR(followed);
  if (WIFEXITED(status)) result.exit_status = WEXITSTATUS(status);
  if (WIFSIGNALED(status)) result.signal = WTERMSIG(status);
  return result;
}

}  // namespace countersign::base
