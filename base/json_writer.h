#ifndef COUNTERSIGN_BASE_JSON_WRITER_H_
#define COUNTERSIGN_BASE_JSON_WRITER_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

namespace countersign::base {

// Appends `text` as a JSON string (RFC 8259, section 7): with the escapes that must be, and what is
// not UTF-8 as U+FFFD, a character of which some is missing as one.
void AppendJsonString(std::string_view text, std::string& json);

// Writes compact JSON from its beginning to its end: values, each within an object behind a name.
// What is written is JSON if every Begin has its End. Byte for byte what nlohmann's dump writes,
// where the names of each object come in their order.
//
//   JsonWriter json;
//   json.BeginObject().Name("allowed").Bool(true).EndObject();
//   json.Take()  // {"allowed":true}
class JsonWriter {
 public:
  JsonWriter() { json_.reserve(kUsualBytes); }

  JsonWriter& BeginObject() { return Begin('{'); }
  JsonWriter& EndObject() { return End('}'); }
  JsonWriter& BeginArray() { return Begin('['); }
  JsonWriter& EndArray() { return End(']'); }

  JsonWriter& Name(std::string_view name);

  JsonWriter& String(std::string_view text);
  JsonWriter& Integer(int64_t number);
  JsonWriter& Bool(bool value);
  // A value that is JSON already.
  JsonWriter& Raw(std::string_view json);

  std::string Take() { return std::move(json_); }

 private:
  JsonWriter& Begin(char bracket);
  JsonWriter& End(char bracket);
  // Puts a comma where the value or name that follows is not the first.
  void Next();

  // One allocation is enough for most.
  static constexpr size_t kUsualBytes = 256;

  std::string json_;
  bool needs_comma_ = false;
};

}  // namespace countersign::base

#endif  // COUNTERSIGN_BASE_JSON_WRITER_H_
