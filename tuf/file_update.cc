#include "tuf/file_update.h"

#include <utility>

namespace countersign::tuf {

std::variant<Failure, Done> UpdateFromFiles(Files files, std::string root, absl::Time now,
                                            const TargetNames& names) {
  const TrustedState state = {.root = std::move(root)};
  Update update(&state, now, names);
  Step step = update.Begin();
  while (const auto* const wanted = std::get_if<Wanted>(&step.next)) {
    const auto file = files.find(wanted->path);
    step = file == files.end() ? update.TakeNone() : update.Take(std::move(file->second));
  }
  if (auto* const failure = std::get_if<Failure>(&step.next)) return std::move(*failure);
  return std::get<Done>(std::move(step.next));
}

}  // namespace countersign::tuf
