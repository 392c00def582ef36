#include "policy/sigstore/part_reader.h"

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "base/json_pointer.h"
#include "base/printable.h"
#include "policy/sigstore/go_url.h"

namespace countersign::policy {

using base::JsonPlace;

PartReader::PartReader(const JsonPlace& place, std::vector<Problem>& problems)
    : place_(place), problems_(problems) {
  // The only way to fail is that here is no object.
  if (!place.json().is_object()) Note(place.Members().status());
}

std::optional<JsonPlace> PartReader::Find(std::string_view name) {
  known_.insert(std::string(name));
  return place_.Optional(name).value_or(std::nullopt);
}

Problem PartReader::Note(const absl::Status& error) {
  Problem problem = base::FaultOf(error).value_or(Problem{place_.pointer(), "cannot be read"});
  Add(problem);
  return problem;
}

void PartReader::Add(Problem problem) {
  BreakWith(problem);
  problems_.push_back(std::move(problem));
}

void PartReader::Read(std::string_view name, std::string& value) {
  std::optional<std::string> text;
  Read(name, text);
  if (text.has_value()) value = *std::move(text);
}

void PartReader::Read(std::string_view name, std::optional<std::string>& value) {
  const std::optional<JsonPlace> member = Find(name);
  if (!member.has_value()) return;
  absl::StatusOr<std::string> text = member->String();
  if (text.ok()) {
    value = *std::move(text);
  } else {
    Note(text.status());
  }
}

void PartReader::Read(std::string_view name, std::optional<bool>& value) {
  const std::optional<JsonPlace> member = Find(name);
  if (!member.has_value()) return;
  const absl::StatusOr<bool> is_so = member->Bool();
  if (is_so.ok()) {
    value = *is_so;
  } else {
    Note(is_so.status());
  }
}

void PartReader::Read(std::string_view name, std::vector<std::string>& values) {
  const std::optional<JsonPlace> member = Find(name);
  if (!member.has_value()) return;
  const absl::StatusOr<std::vector<JsonPlace>> elements = member->Elements();
  if (!elements.ok()) Note(elements.status());
  for (const JsonPlace& element : elements.value_or(std::vector<JsonPlace>())) {
    absl::StatusOr<std::string> text = element.String();
    if (text.ok()) {
      values.push_back(*std::move(text));
    } else {
      Note(text.status());
    }
  }
}

void PartReader::Read(std::string_view name, std::map<std::string, std::string>& values) {
  const std::optional<JsonPlace> member = Find(name);
  if (!member.has_value()) return;
  const auto members = member->Members();
  if (!members.ok()) {
    Note(members.status());
    return;
  }
  for (const auto& [key, value] : *members) {
    absl::StatusOr<std::string> text = value.String();
    if (text.ok()) {
      values.emplace(key, *std::move(text));
    } else {
      Note(text.status());
    }
  }
}

void PartReader::ReadUrl(std::string_view name, std::optional<std::string>& url) {
  Read(name, url);
  if (url.has_value() && !ParseGoUrl(*url).has_value()) {
    Add({base::JsonPointer(place_.pointer(), name),
         absl::StrCat("is no URL: ", base::Quoted(*url))});
  }
}

std::optional<Problem> PartReader::Finish() {
  const auto members = place_.Members();
  if (!members.ok()) return broken_;
  for (const auto& [name, value] : *members) {
    if (known_.contains(name)) continue;
    Add({value.pointer(), absl::StrCat("json: unknown field ", base::Quoted(name))});
  }
  return broken_;
}

}  // namespace countersign::policy
