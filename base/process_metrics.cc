#include "base/process_metrics.h"

#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string_view>
#include <system_error>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "base/file.h"

namespace countersign::base {
namespace {

// The numbers of /proc/PID/stat (proc(5)), by their places among those that follow the program's name,
// which stands in brackets and may hold anything.
enum StatField : size_t { kUserTicks = 11, kSystemTicks = 12, kStartTicks = 19, kPages = 21 };

std::optional<double> NumberIn(const absl::StatusOr<std::string>& text) {
  uint64_t number = 0;
  if (!text.ok() || !absl::SimpleAtoi(absl::StripAsciiWhitespace(*text), &number)) {
    return std::nullopt;
  }
  return static_cast<double>(number);
}

std::optional<double> ReadStat(const std::string& proc, StatField field) {
  const absl::StatusOr<std::string> text = LoadFile(proc + "/self/stat");
  if (!text.ok()) return std::nullopt;
  const size_t bracket = text->rfind(')');
  if (bracket == std::string::npos) return std::nullopt;
  const std::vector<std::string> fields =
      absl::StrSplit(text->substr(bracket + 1), ' ', absl::SkipEmpty());
  if (fields.size() <= field) return std::nullopt;
  return NumberIn(fields[field]);
}

std::optional<double> ReadTicks(const std::string& proc, StatField field) {
  const std::optional<double> ticks = ReadStat(proc, field);
  if (!ticks.has_value()) return std::nullopt;
  return *ticks / static_cast<double>(sysconf(_SC_CLK_TCK));
}

// What stands in a line `NAME NUMBER …` of a file.
std::optional<double> ReadLine(const std::string& file, std::string_view name) {
  const absl::StatusOr<std::string> text = LoadFile(file);
  if (!text.ok()) return std::nullopt;
  for (const std::string& line : std::vector<std::string>(absl::StrSplit(*text, '\n'))) {
    const std::vector<std::string> words = absl::StrSplit(line, ' ', absl::SkipEmpty());
    if (words.size() > 1 && words[0] == name) return NumberIn(words[1]);
  }
  return std::nullopt;
}

// Of a control group with this path below `root`, and of those above it: the least number in `file`.
std::optional<double> LeastLimit(const std::string& root, std::string path, const char* file) {
  std::optional<double> least;
  while (true) {
    const std::optional<double> limit = NumberIn(LoadFile(absl::StrCat(root, path, "/", file)));
    if (limit.has_value()) least = std::min(*limit, least.value_or(*limit));
    const size_t slash = path.rfind('/');
    if (slash == std::string::npos) return least;
    path.resize(slash);
  }
}

// By /proc/self/cgroup, whose lines are `NUMBER:CONTROLLERS:PATH` (cgroups(7)). Without a limit version 2
// says "max", and version 1 a number larger than any machine.
std::optional<double> GroupLimit(const KernelFolders& folders) {
  const absl::StatusOr<std::string> text = LoadFile(folders.proc + "/self/cgroup");
  if (!text.ok()) return std::nullopt;
  std::optional<double> least;
  for (const std::string& line : std::vector<std::string>(absl::StrSplit(*text, '\n'))) {
    const std::vector<std::string> parts = absl::StrSplit(line, absl::MaxSplits(':', 2));
    if (parts.size() != 3) continue;
    std::optional<double> limit;
    if (parts[1].empty()) {
      limit = LeastLimit(folders.cgroup, parts[2], "memory.max");
    } else if (parts[1] == "memory") {
      limit = LeastLimit(folders.cgroup + "/memory", parts[2], "memory.limit_in_bytes");
    }
    if (limit.has_value()) least = std::min(*limit, least.value_or(*limit));
  }
  return least;
}

std::optional<double> MemoryLimit(const KernelFolders& folders) {
  std::optional<double> least = GroupLimit(folders);
  const std::optional<double> kib = ReadLine(folders.proc + "/meminfo", "MemTotal:");
  if (kib.has_value()) least = std::min(*kib * 1024, least.value_or(*kib * 1024));
  return least;
}

std::optional<double> OpenFiles(const std::string& proc) {
  std::error_code error;
  double count = 0;
  for (std::filesystem::directory_iterator entry(proc + "/self/fd", error), end;
       !error && entry != end; entry.increment(error)) {
    ++count;
  }
  if (error) return std::nullopt;
  return count;
}

std::optional<double> MostOpenFiles() {
  rlimit limit = {};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return std::nullopt;
  return static_cast<double>(limit.rlim_cur);
}

}  // namespace

void AddProcessMetrics(Metrics* metrics, const KernelFolders& folders) {
  const std::string proc = folders.proc;
  metrics->SampleCounter("process_cpu_seconds_total", "Processor time of this process, in seconds.",
                         {}, [proc]() -> std::optional<double> {
                           const std::optional<double> user = ReadTicks(proc, kUserTicks);
                           const std::optional<double> system = ReadTicks(proc, kSystemTicks);
                           if (!user.has_value() || !system.has_value()) return std::nullopt;
                           return *user + *system;
                         });
  metrics->SampleGauge("process_resident_memory_bytes", "Memory of this process that is resident.",
                       {}, [proc]() -> std::optional<double> {
                         const std::optional<double> pages = ReadStat(proc, kPages);
                         if (!pages.has_value()) return std::nullopt;
                         return *pages * static_cast<double>(sysconf(_SC_PAGESIZE));
                       });
  metrics->SampleGauge("process_start_time_seconds", "When this process began.", {},
                       [proc]() -> std::optional<double> {
                         const std::optional<double> booted = ReadLine(proc + "/stat", "btime");
                         const std::optional<double> after = ReadTicks(proc, kStartTicks);
                         if (!booted.has_value() || !after.has_value()) return std::nullopt;
                         return *booted + *after;
                       });
  metrics->SampleGauge("process_open_fds", "File descriptors that are open.", {},
                       [proc] { return OpenFiles(proc); });
  metrics->SampleGauge("process_max_fds", "How many may be open.", {}, &MostOpenFiles);
  metrics->SampleGauge("countersign_memory_limit_bytes",
                       "Memory that there may be before the kernel ends this process: the least of "
                       "its control groups' limits and of what the machine has.",
                       {}, [folders] { return MemoryLimit(folders); });
}

}  // namespace countersign::base
