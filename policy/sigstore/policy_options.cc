#include "policy/sigstore/policy_options.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "base/dns_name.h"
#include "base/json_place.h"
#include "base/printable.h"
#include "base/status_macros.h"
#include "cosign/identity.h"
#include "policy/object_reader.h"
#include "policy/rules/condition_reader.h"
#include "policy/sigstore/program_shares.h"

namespace countersign::policy {
namespace {

using base::JsonPlace;

constexpr std::string_view kApiVersion = "policy.countersign.dev/v1alpha1";
constexpr int64_t kMaxThreshold = 100;
constexpr size_t kMaxEntries = 64;
constexpr size_t kMaxTextBytes = 4096;
// To read an expression is work as well, and one that does not compile may be as much as the largest
// that does.
constexpr size_t kOfByte = 8;
constexpr size_t kOfFaulty = 32 << 10;

// Reads one object, and keeps its problems.
class Reader {
 public:
  PolicyOptions Read(const base::Json& json, absl::Time now) &&;

 private:
  absl::Status ReadObject(const JsonPlace& object);
  void ReadSpec(const JsonPlace& spec);
  absl::Status ReadGroup(const JsonPlace& spec);
  absl::Status ReadThreshold(const JsonPlace& spec);
  absl::Status ReadNamespaceSelector(const JsonPlace& spec);
  absl::Status ReadAnnotations(const JsonPlace& spec);
  absl::Status ReadIdentity(const JsonPlace& entry);
  absl::Status ReadCondition(const JsonPlace& entry);
  absl::Status ReadPlatforms(const JsonPlace& spec);
  absl::Status ReadPinning(const JsonPlace& spec);
  absl::Status ReadRemap(const JsonPlace& entry);
  absl::Status ReadDates(const JsonPlace& spec);
  absl::StatusOr<std::string> Text(const JsonPlace& object, std::string_view name);
  void ReadEach(const JsonPlace& spec, std::string_view name,
                absl::Status (Reader::*read)(const JsonPlace&));
  void Warn(absl::Time now);

  ObjectReader reader_;
  PolicyOptions options_;
  size_t instructions_ = 0;  // of the conditions' expressions, and what else is as much work
};

PolicyOptions Reader::Read(const base::Json& json, absl::Time now) && {
  reader_.AddFault(ReadObject(JsonPlace(json)));
  options_.problems = reader_.problems();
  if (const std::optional<Problem>& fault = reader_.fault()) {
    const std::string_view colon = fault->pointer.empty() ? "" : ": ";
    options_.broken = Broken{base::Printable(
        absl::StrCat("its PolicyOptions cannot be used: ", fault->pointer, colon, fault->reason))};
    return std::move(options_);
  }
  Warn(now);
  return std::move(options_);
}

absl::Status Reader::ReadObject(const JsonPlace& object) {
  // The name comes first: whatever else is wrong, the policy of that name must not be without its options.
  CS_ASSIGN_OR_RETURN(const JsonPlace metadata, object.RequiredObject("metadata"));
  CS_ASSIGN_OR_RETURN(options_.name, metadata.RequiredString("name"));
  if (!base::IsDnsSubdomain(options_.name)) {
    options_.name.clear();
    return metadata.MemberError("name", "must be that of a ClusterImagePolicy");
  }
  CS_RETURN_IF_ERROR(object.RefuseOthers({"apiVersion", "kind", "metadata", "spec", "status"}));
  CS_ASSIGN_OR_RETURN(const std::string version, object.RequiredString("apiVersion"));
  if (version != kApiVersion) {
    return object.MemberError("apiVersion", absl::StrCat("must be ", kApiVersion));
  }
  CS_ASSIGN_OR_RETURN(const std::string kind, object.RequiredString("kind"));
  if (kind != "PolicyOptions") return object.MemberError("kind", "must be PolicyOptions");
  CS_ASSIGN_OR_RETURN(const JsonPlace spec, object.RequiredObject("spec"));
  ReadSpec(spec);
  return absl::OkStatus();
}

void Reader::ReadSpec(const JsonPlace& spec) {
  reader_.AddFault(spec.RefuseOthers({"group", "threshold", "namespaceSelector", "annotations",
                                      "identities", "conditions", "platforms", "pinning", "remap",
                                      "effectiveFrom", "effectiveUntil"}));
  reader_.AddFault(ReadGroup(spec));
  reader_.AddFault(ReadThreshold(spec));
  reader_.AddFault(ReadNamespaceSelector(spec));
  reader_.AddFault(ReadAnnotations(spec));
  ReadEach(spec, "identities", &Reader::ReadIdentity);
  ReadEach(spec, "conditions", &Reader::ReadCondition);
  reader_.AddFault(ReadPlatforms(spec));
  reader_.AddFault(ReadPinning(spec));
  ReadEach(spec, "remap", &Reader::ReadRemap);
  reader_.AddFault(ReadDates(spec));
}

// A member that says nothing if it is absent, and something if it is there.
absl::StatusOr<std::string> Reader::Text(const JsonPlace& object, std::string_view name) {
  CS_ASSIGN_OR_RETURN(const std::optional<JsonPlace> member, object.Optional(name));
  if (!member.has_value()) return "";
  CS_ASSIGN_OR_RETURN(std::string text, member->String());
  if (text.empty()) return member->Error("is empty: leave it out if nothing is meant");
  if (text.size() > kMaxTextBytes) {
    return member->Error(absl::StrCat("is longer than ", kMaxTextBytes, " bytes"));
  }
  return text;
}

void Reader::ReadEach(const JsonPlace& spec, std::string_view name,
                      absl::Status (Reader::*read)(const JsonPlace&)) {
  const absl::StatusOr<std::optional<JsonPlace>> member = spec.Optional(name);
  if (!member.ok()) return reader_.AddFault(member.status());
  if (!member->has_value()) return;
  const absl::StatusOr<std::vector<JsonPlace>> entries = spec.OptionalObjects(name);
  if (!entries.ok()) return reader_.AddFault(entries.status());
  if (entries->empty()) {
    // Whether nothing is asked for, or everything refused, is not to be guessed.
    return reader_.AddFault((*member)->Error("is empty: leave it out if nothing is meant"));
  }
  if (entries->size() > kMaxEntries) {
    return reader_.AddFault(
        (*member)->Error(absl::StrCat("must hold at most ", kMaxEntries, " entries")));
  }
  for (const JsonPlace& entry : *entries) reader_.AddFault((this->*read)(entry));
}

absl::Status Reader::ReadGroup(const JsonPlace& spec) {
  CS_ASSIGN_OR_RETURN(options_.group, Text(spec, "group"));
  if (options_.group.empty() || base::IsDnsSubdomain(options_.group)) return absl::OkStatus();
  return spec.MemberError(
      "group", "must be lower-case letters, digits, '-' and '.', as names of objects are");
}

absl::Status Reader::ReadThreshold(const JsonPlace& spec) {
  CS_ASSIGN_OR_RETURN(const std::optional<JsonPlace> member, spec.Optional("threshold"));
  if (!member.has_value()) return absl::OkStatus();
  CS_ASSIGN_OR_RETURN(const int64_t threshold, member->Integer());
  if (threshold < 1 || threshold > kMaxThreshold) {
    return member->Error(absl::StrCat("must be from 1 to ", kMaxThreshold,
                                      ": so many authorities must pass (a static pass is an "
                                      "authority's, not a threshold of 0)"));
  }
  options_.threshold = static_cast<size_t>(threshold);
  return absl::OkStatus();
}

absl::Status Reader::ReadNamespaceSelector(const JsonPlace& spec) {
  CS_ASSIGN_OR_RETURN(const std::optional<JsonPlace> member,
                      spec.OptionalObject("namespaceSelector"));
  if (!member.has_value()) return absl::OkStatus();
  options_.namespace_selector = {.pointer = member->pointer(), .json = member->json()};
  return member->RefuseOthers({"matchLabels", "matchExpressions"});
}

absl::Status Reader::ReadAnnotations(const JsonPlace& spec) {
  CS_ASSIGN_OR_RETURN(const std::optional<JsonPlace> member, spec.OptionalObject("annotations"));
  if (!member.has_value()) return absl::OkStatus();
  CS_ASSIGN_OR_RETURN(const auto members, member->Members());
  if (members.empty()) return member->Error("is empty: leave it out if nothing is meant");
  if (members.size() > kMaxEntries) {
    return member->Error(absl::StrCat("must hold at most ", kMaxEntries, " annotations"));
  }
  for (const auto& [name, place] : members) {
    CS_ASSIGN_OR_RETURN(options_.annotations[name], place.String());
  }
  return absl::OkStatus();
}

absl::Status Reader::ReadIdentity(const JsonPlace& entry) {
  PolicyOptions::Identity identity;
  CS_ASSIGN_OR_RETURN(identity.authority, Text(entry, "authority"));
  CS_ASSIGN_OR_RETURN(const auto members, entry.Members());
  for (const auto& [name, place] : members) {
    if (name == "authority") continue;
    if (!cosign::IsExtensionName(name)) {
      return place.Error(
          "is not known: members are authority, and Fulcio's names, such as sourceRepositoryURI, "
          "sourceRepositoryRef, buildSignerURI, buildTrigger, runnerEnvironment");
    }
    CS_ASSIGN_OR_RETURN(identity.extensions[name], place.String());
    if (identity.extensions[name].empty()) {
      return place.Error("is empty: leave it out if anything will do");
    }
  }
  if (identity.extensions.empty()) {
    return entry.Error("must say something of the certificate, such as sourceRepositoryURI");
  }
  options_.identities.push_back(std::move(identity));
  return absl::OkStatus();
}

absl::Status Reader::ReadCondition(const JsonPlace& entry) {
  // What nobody could have anyway is not compiled.
  if (instructions_ > ProgramShares::kAll) return entry.Error(kNoRoomForExpressions);
  PolicyOptions::AttestationCondition read;
  CS_ASSIGN_OR_RETURN(read.authority, Text(entry, "authority"));
  CS_ASSIGN_OR_RETURN(read.attestation, Text(entry, "attestation"));
  const size_t problems = reader_.problems().size();
  std::optional<Condition> condition =
      policy::ReadCondition(entry, {"authority", "attestation"}, reader_);
  if (!condition.has_value()) {  // it is said
    instructions_ += (reader_.problems().size() - problems) * kOfFaulty;
    return absl::OkStatus();
  }
  read.condition = *std::move(condition);
  if (const size_t size = ProgramSize(read.condition); size > 0) {
    instructions_ += size + kOfByte * read.condition.text.size();
  }
  options_.conditions.push_back(std::move(read));
  return absl::OkStatus();
}

absl::Status Reader::ReadPlatforms(const JsonPlace& spec) {
  CS_ASSIGN_OR_RETURN(const std::string text, Text(spec, "platforms"));
  if (text == "anyLevel") options_.platforms = Platforms::kAnyLevel;
  if (text == "allChildren") options_.platforms = Platforms::kAllChildren;
  if (text.empty() || text == "index" || options_.platforms != Platforms::kIndex) {
    return absl::OkStatus();
  }
  return spec.MemberError("platforms", "must be index, anyLevel or allChildren");
}

absl::Status Reader::ReadPinning(const JsonPlace& spec) {
  CS_ASSIGN_OR_RETURN(const std::string text, Text(spec, "pinning"));
  options_.requires_pinning = text == "required";
  if (text.empty() || options_.requires_pinning) return absl::OkStatus();
  return spec.MemberError("pinning", "must be required, or be left out");
}

absl::Status Reader::ReadRemap(const JsonPlace& entry) {
  CS_RETURN_IF_ERROR(entry.RefuseOthers({"from", "to"}));
  CS_ASSIGN_OR_RETURN(const std::string from, entry.RequiredString("from"));
  CS_ASSIGN_OR_RETURN(const std::string to, entry.RequiredString("to"));
  absl::StatusOr<Remap> remap = Remap::Parse(from, to);
  if (!remap.ok()) return entry.Error(remap.status().message());
  options_.remaps.push_back(*std::move(remap));
  return absl::OkStatus();
}

absl::Status Reader::ReadDates(const JsonPlace& spec) {
  CS_ASSIGN_OR_RETURN(const std::optional<JsonPlace> from, spec.Optional("effectiveFrom"));
  if (from.has_value()) {
    CS_ASSIGN_OR_RETURN(options_.effective_from, from->Time());
  }
  CS_ASSIGN_OR_RETURN(const std::optional<JsonPlace> until, spec.Optional("effectiveUntil"));
  if (!until.has_value()) return absl::OkStatus();
  CS_ASSIGN_OR_RETURN(options_.effective_until, until->Time());
  if (options_.effective_until > options_.effective_from) return absl::OkStatus();
  return until->Error("must be after effectiveFrom: it would never be in force");
}

// Of an object without problems.
void Reader::Warn(absl::Time now) {
  const auto warn = [this](std::string_view pointer, std::string_view reason) {
    options_.warnings.push_back({std::string(pointer), std::string(reason)});
  };
  if (options_.effective_until <= now) {
    warn("/spec/effectiveUntil", "is past: the policy asks nothing of any image any more");
  }
  if (options_.namespace_selector.has_value() && options_.namespace_selector->json.empty()) {
    warn("/spec/namespaceSelector", "selects every namespace, as if it were not there");
  }
  for (size_t i = 0; i < options_.conditions.size(); ++i) {
    const std::optional<Comparison>& comparison = options_.conditions[i].condition.comparison;
    if (!comparison.has_value()) continue;
    const std::string pointer = absl::StrCat("/spec/conditions/", i);
    if (comparison->op == Operator::kBefore && !comparison->negate && comparison->moment < now) {
      warn(pointer, "takes nothing that states a moment after one that is past");
    }
    if (comparison->op == Operator::kOlderThan && !comparison->negate) {
      warn(pointer, "takes only what is older: for what is not older, add negate: true");
    }
  }
}

}  // namespace

PolicyOptions ReadPolicyOptions(const base::Json& object, absl::Time now) {
  return Reader().Read(object, now);
}

}  // namespace countersign::policy
