#include "cli/evidence_json.h"

#include <cstdint>
#include <string>
#include <utility>

#include "absl/time/time.h"
#include "proto/verdicts.h"

namespace countersign::cli {
namespace {

// Leaves what is empty out.
void AddMember(base::Json& object, const char* name, base::Json value) {
  const bool is_empty =
      value.is_string() ? value.get_ref<const std::string&>().empty() : value.empty();
  if (!is_empty) object[name] = std::move(value);
}

base::Json WriteIdentity(const v1::Identity& identity) {
  base::Json extensions = base::Json::object();
  for (const auto& [name, text] : identity.extensions()) extensions[name] = text;
  base::Json object = base::Json::object();
  AddMember(object, "issuer", identity.issuer());
  AddMember(object, "subject", identity.subject());
  AddMember(object, "extensions", std::move(extensions));
  return object;
}

std::string WriteTime(const google::protobuf::Timestamp& time) {
  return absl::FormatTime("%Y-%m-%dT%H:%M:%E*SZ",
                          absl::FromUnixSeconds(time.seconds()) + absl::Nanoseconds(time.nanos()),
                          absl::UTCTimeZone());
}

}  // namespace

base::Json WriteEvidence(const v1::Evidence& evidence) {
  base::Json times = base::Json::array();
  for (const google::protobuf::Timestamp& time : evidence.times()) times.push_back(WriteTime(time));
  base::Json log_indexes = base::Json::array();
  for (const uint64_t index : evidence.log_indexes()) log_indexes.push_back(index);
  base::Json object = base::Json::object();
  AddMember(object, "authority", evidence.authority());
  if (evidence.form() != v1::EVIDENCE_FORM_UNSPECIFIED) {
    AddMember(object, "form", v1::NameOf(evidence.form()));
  }
  AddMember(object, "keySha256", evidence.key_sha256());
  AddMember(object, "identity", WriteIdentity(evidence.identity()));
  AddMember(object, "times", std::move(times));
  AddMember(object, "logIndexes", std::move(log_indexes));
  AddMember(object, "predicateType", evidence.predicate_type());
  return object;
}

}  // namespace countersign::cli
