#include "policy/registry_away.h"

#include <cstddef>
#include <cstdint>

#include "absl/strings/cord.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "base/printable.h"

namespace countersign::policy {
namespace {

// The mark of such an error, as payloads of a status are told apart.
constexpr char kAway[] = "countersign/registry-away";
constexpr size_t kMaxImageBytes = 512;

std::string Counted(int64_t count, std::string_view unit) {
  return absl::StrCat(count, " ", unit, count == 1 ? "" : "s");
}

std::string Rounded(absl::Duration age) {
  if (age < absl::Minutes(2)) return Counted(absl::ToInt64Seconds(age), "second");
  return Counted(absl::ToInt64Minutes(age), "minute");
}

}  // namespace

absl::Status RegistryAway(const absl::Status& why, absl::Time since) {
  if (why.ok() || IsRegistryAway(why)) return why;
  absl::Status away(
      why.code(), absl::StrCat(why.message(), "; the registry could not be reached since ",
                               absl::FormatTime("%Y-%m-%dT%H:%M:%SZ", since, absl::UTCTimeZone())));
  why.ForEachPayload([&away](absl::string_view name, const absl::Cord& payload) {
    away.SetPayload(name, payload);
  });
  away.SetPayload(kAway, absl::Cord());
  return away;
}

bool IsRegistryAway(const absl::Status& why) { return why.GetPayload(kAway).has_value(); }

std::string SayAged(std::string_view image, absl::Duration age) {
  return absl::StrCat("The image: ", base::Printable(image, kMaxImageBytes),
                      " is admitted by what was verified ", Rounded(age),
                      " ago, as its registry cannot be reached.");
}

}  // namespace countersign::policy
