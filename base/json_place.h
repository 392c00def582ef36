#ifndef COUNTERSIGN_BASE_JSON_PLACE_H_
#define COUNTERSIGN_BASE_JSON_PLACE_H_

#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "base/base64.h"
#include "base/json.h"
#include "base/json_pointer.h"

namespace countersign::base {

// A value in foreign JSON, and the JSON pointer (RFC 6901) that leads to it: what a strict reader
// walks with, so that each of its errors says where. Nothing here throws or quotes a value.
//
// All errors are InvalidArgument "<pointer>: <reason>", or the reason alone about the document
// itself, whose pointer is empty; FaultOf takes them apart. They are about the value here unless it
// says otherwise. JSON null is an absent member, and of a wrong kind anywhere else.
//
// A cheap value that refers to the JSON it was made of, which must outlive it.
class JsonPlace {
 public:
  // A whole document.
  explicit JsonPlace(const Json& document) : json_(&document) {}

  const Json& json() const { return *json_; }
  const std::string& pointer() const { return pointer_; }

  // The member `name` of the object here. Of Required, an error about the member if it is absent.
  absl::StatusOr<JsonPlace> Required(std::string_view name) const;
  absl::StatusOr<std::optional<JsonPlace>> Optional(std::string_view name) const;
  // The same of a member that must be an object.
  absl::StatusOr<JsonPlace> RequiredObject(std::string_view name) const;
  absl::StatusOr<std::optional<JsonPlace>> OptionalObject(std::string_view name) const;

  // The value of the member `name` of the object here, or "", false, 0, none if it is absent. Of
  // RequiredString, an error about the member if it is absent or empty.
  absl::StatusOr<std::string> RequiredString(std::string_view name) const;
  absl::StatusOr<std::string> OptionalString(std::string_view name) const;
  absl::StatusOr<bool> OptionalBool(std::string_view name) const;
  absl::StatusOr<int64_t> OptionalInteger(std::string_view name) const;
  absl::StatusOr<std::vector<JsonPlace>> OptionalElements(std::string_view name) const;
  // The same of an array whose elements must all be objects.
  absl::StatusOr<std::vector<JsonPlace>> OptionalObjects(std::string_view name) const;

  // What the array here holds, in order.
  absl::StatusOr<std::vector<JsonPlace>> Elements() const;

  // What the object here holds, by name: of an object that is a map.
  absl::StatusOr<std::vector<std::pair<std::string, JsonPlace>>> Members() const;

  // The value here. An integer is written without fraction and exponent, within 64 bits.
  absl::StatusOr<std::string> String() const;
  absl::StatusOr<bool> Bool() const;
  absl::StatusOr<int64_t> Integer() const;

  // The bytes that the string here encodes in base64 (base/base64.h).
  absl::StatusOr<std::string> Bytes(LineBreaks line_breaks = LineBreaks::kRefused) const;

  // The time that the string here is (RFC 3339, with any offset).
  absl::StatusOr<absl::Time> Time() const;

  // The value here as JSON of Protocol Buffers has it ("ProtoJSON"), held to one spelling:
  //   an int64: an integer, or a string of one without spare zeros and plus sign
  //   bytes: DecodeProtoBase64 (base/base64.h)
  //   a Timestamp: RFC 3339 with at most nine digits of a second, upper-case T and Z
  absl::StatusOr<int64_t> ProtoInt64() const;
  absl::StatusOr<std::string> ProtoBytes() const;
  absl::StatusOr<absl::Time> ProtoTimestamp() const;
  // The same of the member `name` of the object here, or 0, "" if it is absent. Of
  // RequiredProtoBytes, an error about the member if it is absent or there are none.
  absl::StatusOr<int64_t> OptionalProtoInt64(std::string_view name) const;
  absl::StatusOr<std::string> OptionalProtoBytes(std::string_view name) const;
  absl::StatusOr<std::string> RequiredProtoBytes(std::string_view name) const;

  // An error, about the first of them, if the object here has members other than the known ones. A
  // member with a typing error would otherwise be one that is not set.
  absl::Status RefuseOthers(std::initializer_list<std::string_view> known,
                            std::string_view reason = "is not known") const;

  // An error with a reason of the caller's; of MemberError, about the member `name`, which need not
  // be there.
  absl::Status Error(std::string_view reason) const;
  absl::Status MemberError(std::string_view name, std::string_view reason) const;

 private:
  JsonPlace(const Json& json, std::string pointer) : json_(&json), pointer_(std::move(pointer)) {}

  JsonPlace At(std::string_view name, const Json& member) const;
  absl::StatusOr<const Json*> Find(std::string_view name) const;
  absl::Status CheckIs(Json::value_t kind) const;

  const Json* json_;
  std::string pointer_;
};

// Where in a document something is wrong, and what.
struct JsonFault {
  std::string pointer;
  std::string reason;
};

// The two parts of an error that a JsonPlace made; nullopt for others, and where a phrase was put
// before its message (Annotate).
std::optional<JsonFault> FaultOf(const absl::Status& error);

}  // namespace countersign::base

#endif  // COUNTERSIGN_BASE_JSON_PLACE_H_
