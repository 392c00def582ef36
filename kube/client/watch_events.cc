#include "kube/client/watch_events.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "base/json_place.h"
#include "base/printable.h"
#include "base/status_macros.h"

namespace countersign::kube {
namespace {

using base::Json;
using base::JsonPlace;
using Type = WatchEvent::Type;

absl::StatusOr<Type> ReadType(const JsonPlace& event) {
  CS_ASSIGN_OR_RETURN(const std::string type, event.OptionalString("type"));
  if (type == "ADDED") return Type::kAdded;
  if (type == "MODIFIED") return Type::kModified;
  if (type == "DELETED") return Type::kDeleted;
  if (type == "BOOKMARK") return Type::kBookmark;
  if (type == "ERROR") return Type::kError;
  return event.MemberError("type", absl::StrCat("no known kind of event: ", base::Quoted(type)));
}

}  // namespace

absl::Status LineSplitter::Add(std::string_view bytes) {
  bytes_.erase(0, start_);
  looked_ -= std::exchange(start_, 0);
  bytes_.append(bytes);
  if (bytes_.size() <= kApiJsonLimits.max_bytes ||
      bytes_.find('\n', looked_) != std::string::npos) {
    return absl::OkStatus();
  }
  bytes_.clear();
  looked_ = 0;
  return absl::ResourceExhaustedError("an event is larger than 16 MiB");
}

std::optional<std::string> LineSplitter::Next() {
  while (true) {
    const size_t end = bytes_.find('\n', looked_);
    looked_ = end == std::string::npos ? bytes_.size() : end + 1;
    if (end == std::string::npos) return std::nullopt;
    std::string line = bytes_.substr(start_, end - start_);
    start_ = end + 1;
    if (line.ends_with('\r')) line.pop_back();
    if (!line.empty()) return line;
  }
}

absl::StatusOr<WatchEvent> ParseWatchEvent(std::string_view line) {
  CS_ASSIGN_OR_RETURN(Json json, base::ParseJson(line, kApiJsonLimits));
  const JsonPlace place(json);
  if (!json.is_object()) return place.Error("not an object");
  WatchEvent event;
  CS_ASSIGN_OR_RETURN(event.type, ReadType(place));
  CS_RETURN_IF_ERROR(place.RequiredObject("object").status());
  event.object = std::move(json["object"]);
  return event;
}

}  // namespace countersign::kube
