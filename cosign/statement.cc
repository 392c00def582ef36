#include "cosign/statement.h"

#include <algorithm>
#include <functional>
#include <iterator>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "base/json_extract.h"
#include "base/json_place.h"
#include "base/status_macros.h"

namespace countersign::cosign {
namespace {

using base::JsonPlace;

constexpr std::string_view kTypes[] = {
    "https://in-toto.io/Statement/v1",
    "https://in-toto.io/Statement/v0.1",
};

const base::JsonParts& Wanted() {
  static const base::JsonParts* const kWanted = [] {
    auto* parts = new base::JsonParts;
    parts->At("/_type");
    parts->At("/predicateType");
    base::JsonParts& subject = parts->At("/subject").Elements();
    subject.At("/name");
    subject.At("/digest").all = true;
    subject.At("/annotations").all = true;
    return parts;
  }();
  return *kWanted;
}

absl::StatusOr<std::map<std::string, std::string, std::less<>>> ReadDigests(
    const JsonPlace& subject) {
  std::map<std::string, std::string, std::less<>> digests;
  CS_ASSIGN_OR_RETURN(const auto place, subject.OptionalObject("digest"));
  if (!place) return digests;
  CS_ASSIGN_OR_RETURN(const auto members, place->Members());
  if (members.size() > kMaxDigestsOfSubject) {
    return place->Error(absl::StrCat("must hold at most ", kMaxDigestsOfSubject));
  }
  for (const auto& [algorithm, member] : members) {
    CS_ASSIGN_OR_RETURN(digests[algorithm], member.String());
  }
  return digests;
}

absl::StatusOr<Subject> ReadSubject(const JsonPlace& place) {
  Subject subject;
  CS_ASSIGN_OR_RETURN(subject.name, place.OptionalString("name"));
  CS_ASSIGN_OR_RETURN(subject.digests, ReadDigests(place));
  CS_ASSIGN_OR_RETURN(const auto annotations, place.OptionalObject("annotations"));
  if (!annotations) return subject;
  CS_ASSIGN_OR_RETURN(const auto members, annotations->Members());
  for (const auto& [name, member] : members) {
    if (!member.json().is_string()) continue;
    CS_ASSIGN_OR_RETURN(subject.annotations[name], member.String());
  }
  return subject;
}

}  // namespace

absl::StatusOr<Statement> ParseStatement(std::string_view payload) {
  CS_ASSIGN_OR_RETURN(const base::ExtractedJson extracted,
                      base::ExtractJson(payload, Wanted(),
                                        {.max_bytes = kMaxStatementBytes,
                                         .max_depth = kMaxStatementDepth,
                                         .max_values = kMaxStatementValues}));
  if (!extracted.is_complete) {
    return absl::InvalidArgumentError(
        absl::StrCat("its subjects hold more than ", kMaxStatementValues, " values"));
  }
  const JsonPlace place(extracted.value);
  Statement statement;
  CS_ASSIGN_OR_RETURN(const std::string type, place.RequiredString("_type"));
  if (std::find(std::begin(kTypes), std::end(kTypes), type) == std::end(kTypes)) {
    return place.MemberError("_type", "must be that of an in-toto statement, version 1 or 0.1");
  }
  CS_ASSIGN_OR_RETURN(statement.predicate_type, place.RequiredString("predicateType"));
  CS_ASSIGN_OR_RETURN(const std::vector<JsonPlace> subjects, place.OptionalObjects("subject"));
  if (subjects.empty()) return place.MemberError("subject", "must hold at least one");
  if (subjects.size() > kMaxSubjects) {
    return place.MemberError("subject", absl::StrCat("must hold at most ", kMaxSubjects));
  }
  for (const JsonPlace& element : subjects) {
    CS_ASSIGN_OR_RETURN(Subject subject, ReadSubject(element));
    statement.subjects.push_back(std::move(subject));
  }
  return statement;
}

const Subject* FindSubject(const Statement& statement, std::string_view algorithm,
                           std::string_view digest) {
  for (const Subject& subject : statement.subjects) {
    const auto found = subject.digests.find(algorithm);
    if (found != subject.digests.end() && found->second == digest) return &subject;
  }
  return nullptr;
}

}  // namespace countersign::cosign
