#include "kube/near_kind.h"

#include <cstddef>
#include <string_view>

#include "absl/algorithm/container.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "base/edit_distance.h"
#include "base/printable.h"

namespace countersign::kube {
namespace {

using base::Json;

constexpr size_t kMaxSlips = 3;
constexpr std::string_view kList = "List";

// How far a word is from what was meant; a sum of two says which of the known ones is nearest.
enum Nearness { kSame = 0, kNear = 1, kMissing = 3, kFar = 100 };

bool IsSlip(std::string_view written, std::string_view meant) {
  const size_t longest = meant.size() + kMaxSlips;
  return meant.size() >= 2 * kMaxSlips && written.size() <= longest &&
         base::EditDistance(written, meant) <= kMaxSlips;
}

class Finder {
 public:
  Finder(const Json& object, const std::vector<KnownKind>& known)
      : object_(object),
        known_(known),
        api_version_(base::FindString(object, "apiVersion")),
        kind_(base::FindString(object, "kind")) {
    const size_t slash = api_version_.find('/');
    if (slash != std::string::npos) {
      group_ = api_version_.substr(0, slash);
      version_ = api_version_.substr(slash + 1);
    }
    is_list_ = absl::EndsWithIgnoreCase(kind_, kList);
    single_ = is_list_ ? kind_.substr(0, kind_.size() - kList.size()) : kind_;
  }

  std::optional<base::JsonFault> Run() const {
    std::vector<const KnownKind*> nearest;
    int least = kFar;
    for (const KnownKind& known : known_) {
      const int nearness = KindNearness(known) + GroupNearness(known);
      if (nearness == kSame && !is_list_) return std::nullopt;
      if (nearness > least || nearness >= kFar || !IsMeant(nearness, known)) continue;
      if (nearness < least) nearest.clear();
      least = nearness;
      nearest.push_back(&known);
    }
    if (nearest.empty()) return std::nullopt;
    const bool is_of_kind = is_list_ || KindNearness(*nearest.front()) != kSame;
    return base::JsonFault{is_of_kind ? "/kind" : "/apiVersion", Reason(nearest)};
  }

 private:
  Nearness KindNearness(const KnownKind& known) const {
    if (kind_.empty()) return known.group.empty() ? kFar : kMissing;
    if (single_ == known.kind) return kSame;
    if (absl::EqualsIgnoreCase(single_, known.kind)) return kNear;
    return !known.group.empty() && IsSlip(single_, known.kind) ? kNear : kFar;
  }

  Nearness GroupNearness(const KnownKind& known) const {
    if (known.group.empty()) return !api_version_.empty() && group_.empty() ? kSame : kFar;
    if (group_ == known.group) return kSame;
    if (api_version_ == known.group) return kNear;  // without a version
    if (group_.empty()) return kMissing;
    const bool is_near =
        absl::EqualsIgnoreCase(group_, known.group) || IsSlip(group_, known.group) ||
        group_ == known.former_group ||
        absl::c_any_of(known_, [this](const KnownKind& other) { return other.group == group_; });
    return is_near ? kNear : kFar;
  }

  // An object without a kind and a group may be anything.
  bool IsMeant(int nearness, const KnownKind& known) const {
    if (nearness < 2 * kMissing) return true;
    const Json* const spec = base::FindMember(object_, "spec");
    return spec != nullptr && absl::c_any_of(known.spec_members, [spec](const std::string& name) {
             return base::FindMember(*spec, name) != nullptr;
           });
  }

  static std::string Said(std::string_view name, std::string_view text) {
    return text.empty() ? absl::StrCat("no ", name) : absl::StrCat(name, " ", base::Quoted(text));
  }

  std::string Reason(const std::vector<const KnownKind*>& nearest) const {
    const auto write = [this](std::string* text, const KnownKind* known) {
      const std::string& version = version_.empty() ? known->version : version_;
      absl::StrAppend(text, "\"apiVersion: ", known->group, known->group.empty() ? "" : "/",
                      base::Printable(version, 63), "\" and \"kind: ", known->kind,
                      is_list_ ? kList : "", "\"");
    };
    return absl::StrCat("is passed over, as it has ", Said("apiVersion", api_version_), " and ",
                        Said("kind", kind_), ": write ", absl::StrJoin(nearest, ", or ", write),
                        is_list_ ? ", and objects in /items" : "");
  }

  const Json& object_;
  const std::vector<KnownKind>& known_;
  const std::string api_version_;
  const std::string kind_;
  std::string group_;     // "": the core group, or none is written
  std::string version_;   // beside a group
  bool is_list_ = false;  // by its kind
  std::string single_;    // the kind, or that of which it is a list
};

}  // namespace

std::optional<base::JsonFault> FindNearKind(const Json& object,
                                            const std::vector<KnownKind>& known) {
  if (!object.is_object()) return std::nullopt;
  return Finder(object, known).Run();
}

}  // namespace countersign::kube
