#include "kube/client/absence_log.h"

#include <string_view>

#include "absl/strings/str_cat.h"
#include "base/log.h"
#include "base/printable.h"

namespace countersign::kube {
namespace {

constexpr std::string_view kLogger = "kubernetes";

}  // namespace

void LogAbsent(const ObjectSelection& selection, const ObjectSet::Absent& before,
               const ObjectSet::Absent& now) {
  const Resource& resource = selection.resource;
  for (const auto& [name, bytes] : now.too_large) {
    if (before.too_large.contains(name)) continue;
    base::LogWarning(
        kLogger,
        absl::StrCat("A ", resource.kind, " takes too much memory and is taken as absent: ",
                     selection.if_absent, ". Remove labels of it, or shorten them."),
        {{"name", base::Printable(name)},
         {"bytes", absl::StrCat(bytes)},
         {"most", absl::StrCat(selection.max_bytes_of_one)}});
  }
  if (before.no_room.empty() && !now.no_room.empty()) {
    base::LogWarning(
        kLogger,
        absl::StrCat("There is no room for all ", resource.kinds,
                     ", and the youngest are taken as absent: ", selection.if_absent, "."),
        {{"error", now.no_room}});
  } else if (!before.no_room.empty() && now.no_room.empty()) {
    base::LogInfo(kLogger, absl::StrCat("There is room for all ", resource.kinds, " again."));
  }
}

}  // namespace countersign::kube
