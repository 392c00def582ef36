#ifndef COUNTERSIGN_COSIGN_LOG_BODY_FIXTURE_H_
#define COUNTERSIGN_COSIGN_LOG_BODY_FIXTURE_H_

#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "base/json.h"
#include "cosign/log_body.h"
#include "cosign/log_entry_data.h"
#include "cosign/logged_signature.h"
#include "cosign/test_log.h"
#include "gmock/gmock.h"

namespace countersign::cosign {

// What tests of log bodies have in common: each kind of them, and what is said of one.

struct Kind {
  std::string_view name;
  std::string_view version;
  LoggedSignature::Content content;
};

inline constexpr Kind kHashedRekord1 = {"hashedrekord", "0.0.1",
                                        LoggedSignature::Content::kMessage};
inline constexpr Kind kRekord = {"rekord", "0.0.1", LoggedSignature::Content::kMessage};
inline constexpr Kind kHashedRekord2 = {"hashedrekord", "0.0.2",
                                        LoggedSignature::Content::kMessage};
inline constexpr Kind kHashedRekord2OfEnvelope = {"hashedrekord", "0.0.2",
                                                  LoggedSignature::Content::kEnvelope};
inline constexpr Kind kDsse = {"dsse", "0.0.1", LoggedSignature::Content::kEnvelope};
inline constexpr Kind kInToto = {"intoto", "0.0.2", LoggedSignature::Content::kEnvelope};
inline constexpr Kind kKinds[] = {kHashedRekord1,           kRekord, kHashedRekord2,
                                  kHashedRekord2OfEnvelope, kDsse,   kInToto};

inline LogEntry Entry(const Kind& kind, std::string body) {
  return {.kind = std::string(kind.name),
          .version = std::string(kind.version),
          .body = std::move(body)};
}

inline std::string Body(const Kind& kind, const LoggedSignature& signature) {
  return TestLogBody(kind.name, kind.version, signature);
}

// Of evidence with the signature `given`, where `logged` was logged.
inline std::optional<std::string> Why(const Kind& kind, const LoggedSignature& logged,
                                      const LoggedSignature& given) {
  return WhyLoggedOtherwise(Entry(kind, Body(kind, logged)), given);
}

inline std::optional<std::string> Why(const Kind& kind, const TestLoggedSignature& signature) {
  return Why(kind, signature.View(), signature.View());
}

// Of the signature whose body has `value` at the pointer.
inline std::optional<std::string> WhyWith(const Kind& kind, const TestLoggedSignature& signature,
                                          std::string_view pointer, const base::Json& value) {
  base::Json body = base::Json::parse(Body(kind, signature.View()));
  body[base::Json::json_pointer(std::string(pointer))] = value;
  return WhyLoggedOtherwise(Entry(kind, body.dump()), signature.View());
}

inline auto IsMalformed(std::string_view where) {
  return ::testing::Optional(::testing::AllOf(::testing::StartsWith("its body is malformed: "),
                                              ::testing::HasSubstr(std::string(where))));
}

}  // namespace countersign::cosign

#endif  // COUNTERSIGN_COSIGN_LOG_BODY_FIXTURE_H_
