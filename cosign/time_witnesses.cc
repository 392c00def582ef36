#include "cosign/time_witnesses.h"

#include <set>
#include <string_view>
#include <utility>
#include <variant>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "crypto/timestamp.h"

namespace countersign::cosign {
namespace {

using crypto::TimestampFault;
using crypto::TimestampRefusal;

Refusal ToRefusal(const TimestampRefusal& why) {
  return {why.fault == TimestampFault::kLimit ? Refused::kLimit : Refused::kBadTimestamp,
          absl::StrCat("its timestamp does not count: ", why.sentence)};
}

// Of the one of the two that it is of.
std::variant<TimestampRefusal, absl::Time> VerifyOfEither(
    const crypto::TimestampToken& token, const crypto::Message& stamped,
    const crypto::Message* text, const crypto::TimestampAuthority& authority) {
  auto result = crypto::VerifyTimestamp(token, stamped, authority);
  const auto* why = std::get_if<TimestampRefusal>(&result);
  const bool is_of_other = why != nullptr && why->fault == TimestampFault::kWrongImprint;
  return is_of_other && text != nullptr ? crypto::VerifyTimestamp(token, *text, authority) : result;
}

std::variant<Refusal, TimeWitness> Verify(
    std::string_view timestamp, const crypto::Message& stamped, const crypto::Message* text,
    const std::vector<TrustedTimestampAuthority>& authorities) {
  const absl::StatusOr<crypto::TimestampToken> token = crypto::TimestampToken::FromDer(timestamp);
  if (!token.ok()) {
    return Refusal{Refused::kBadTimestamp,
                   absl::StrCat("its timestamp cannot be read: ", token.status().message())};
  }
  Refusal refusal = {Refused::kBadTimestamp, "no timestamp authority is trusted"};
  bool is_of_known = false;
  for (const TrustedTimestampAuthority& trusted : authorities) {
    const auto result = VerifyOfEither(*token, stamped, text, trusted.authority);
    if (const auto* time = std::get_if<absl::Time>(&result)) return TimeWitness{&trusted, *time};
    const auto& why = std::get<TimestampRefusal>(result);
    // What the authority that made it says is what is wrong with it.
    if (is_of_known) continue;
    is_of_known = why.fault != TimestampFault::kUnknownAuthority;
    refusal = ToRefusal(why);
  }
  return refusal;
}

// Who is one witness, however often he is listed.
std::string NameOf(const TrustedTimestampAuthority& authority) {
  if (!authority.operator_name.empty()) return absl::StrCat("operator ", authority.operator_name);
  if (!authority.uri.empty()) return absl::StrCat("uri ", authority.uri);
  return absl::StrCat("anchor ", authority.authority.chain.back().der());
}

}  // namespace

TimeWitnesses FindTimeWitnesses(const std::vector<std::string>& timestamps,
                                const crypto::Message& stamped,
                                const std::vector<TrustedTimestampAuthority>& authorities,
                                const crypto::Message* text) {
  TimeWitnesses found;
  for (const std::string& timestamp : timestamps) {
    auto result = Verify(timestamp, stamped, text, authorities);
    if (const auto* witness = std::get_if<TimeWitness>(&result)) {
      found.witnesses.push_back(*witness);
    } else if (!found.refusal.has_value()) {
      found.refusal = std::move(std::get<Refusal>(result));
    }
  }
  return found;
}

size_t CountIndependent(absl::Span<const TimeWitness> witnesses) {
  std::set<std::string> who;
  for (const TimeWitness& witness : witnesses) who.insert(NameOf(*witness.authority));
  return who.size();
}

}  // namespace countersign::cosign
