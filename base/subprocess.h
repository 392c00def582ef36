#ifndef COUNTERSIGN_BASE_SUBPROCESS_H_
#define COUNTERSIGN_BASE_SUBPROCESS_H_

#include <cstddef>
#include <functional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"

namespace countersign::base {

// Ends the commands that were given it, and those that are given it later. Thread-safe.
class CommandStop {
 public:
  CommandStop();
  ~CommandStop();
  CommandStop(const CommandStop&) = delete;
  CommandStop& operator=(const CommandStop&) = delete;

  void Stop();

  // Becomes readable with Stop; -1 if the system had none to give, and Stop does nothing.
  int descriptor() const { return descriptor_; }

 private:
  const int descriptor_;
};

// A program to run, and what to give it.
struct Command {
  // A path, or a name without a slash, which is looked for on this process's PATH.
  std::string program;
  // Without the program's own name.
  std::vector<std::string> arguments;
  struct Variable {
    std::string name;
    std::string value;
  };
  // Added to the inherited environment, in place of what has the same name there; or, without
  // inherit_environment, all of it.
  std::vector<Variable> environment;
  bool inherit_environment = true;
  // All of its standard input: a file in memory, so that a program that reads none of it is fine.
  std::string input;
  // A program that prints more is ended.
  size_t max_output_bytes = 64 << 10;
  // What it prints on standard error beyond this is read and dropped.
  size_t max_error_bytes = 4 << 10;
  // Must outlive the run.
  const CommandStop* stop = nullptr;
  // Whether the answer is wanted still, asked several times a second if it is given.
  std::function<bool()> is_wanted;
};

struct CommandResult {
  // -1 if a signal ended it.
  int exit_status = -1;
  // The signal that ended it, or 0.
  int signal = 0;
  std::string output;
  // The beginning of its standard error. Foreign text, which can hold secrets: for a person's eyes
  // it must be made Printable.
  std::string error_output;

  bool Succeeded() const { return exit_status == 0; }
  // "exit status 3", "ended by signal 11".
  std::string HowItEnded() const;
};

// Runs a program until it ends; that it fails is a result, not an error. Errors name the program
// and nothing that it was given or printed:
//   FailedPrecondition  it cannot be run, or printed too much;
//   DeadlineExceeded    it was ended, since it took longer than until `deadline`;
//   Cancelled           it was ended, or not started, because of Command::stop or is_wanted;
//   ResourceExhausted   this process has no file descriptor, memory or process left for it.
//
// The program is the leader of a process group of its own, which is killed when the program has
// ended or must end: what it started and left in that group ends with it. It inherits no file
// descriptor, and has the default signal dispositions and no signal blocked. No zombie and no file
// descriptor stays behind. Thread-safe, as far as nobody changes this process's environment
// meanwhile; blocks until `deadline` at most, but for what the system takes to end a killed
// process.
absl::StatusOr<CommandResult> RunCommand(const Command& command, absl::Time deadline);

}  // namespace countersign::base

#endif  // COUNTERSIGN_BASE_SUBPROCESS_H_
