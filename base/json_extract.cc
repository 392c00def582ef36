#include "base/json_extract.h"

#include <algorithm>
#include <optional>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "base/json_names.h"
#include "base/json_pointer.h"
#include "base/json_token.h"
#include "base/status_macros.h"

namespace countersign::base {
namespace {

// What a value costs in its container, and a member with its node and name.
constexpr size_t kValueBytes = 32;
constexpr size_t kMemberBytes = 128;
constexpr size_t kMaxNumberBytes = 1000;
// What a number as it is written costs beside its text.
constexpr size_t kWrittenNumberBytes = 64;

class Extractor {
 public:
  Extractor(std::string_view text, const JsonLimits& limits, ExtractedNumbers numbers)
      : text_(text), limits_(limits), numbers_(numbers) {}

  absl::StatusOr<ExtractedJson> Run(const JsonParts& parts) {
    CS_RETURN_IF_ERROR(ReadValue({.parts = &parts, .counts = parts.all}, &extracted_.value));
    while (depth_ > 0) {
      CS_RETURN_IF_ERROR(Top().is_object ? ReadMember() : ReadElement());
    }
    at_ = SkipJsonSpace(text_, at_);
    if (at_ < text_.size()) return NotJson(at_);
    return std::move(extracted_);
  }

 private:
  // What is done with a value.
  struct Wish {
    const JsonParts* parts;  // null: it is left out
    bool counts;             // against max_values
  };
  // An object or array that has begun and not ended.
  struct Frame {
    bool is_object = false;
    bool is_empty = true;
    Wish wish = {};
    Json* kept = nullptr;
    size_t strays = 0;  // so many are kept
    JsonNames names;
  };

  Frame& Top() { return frames_[depth_ - 1]; }

  absl::Status ErrorAt(size_t at, std::string_view what) const {
    return absl::InvalidArgumentError(
        absl::StrCat("byte ", std::min(at + 1, text_.size()), ": ", what));
  }
  absl::Status NotJson(size_t at) const {
    return ErrorAt(at, at >= text_.size() ? "it ends too early" : "not JSON");
  }

  // What stands at `at_`, which moves behind it; '\0' at the end of the text.
  char Take() { return at_ < text_.size() ? text_[at_++] : '\0'; }

  // Moves to the next thing in the topmost container; whether there is one, or it has ended.
  absl::StatusOr<bool> Next(char end) {
    at_ = SkipJsonSpace(text_, at_);
    const size_t before = at_;
    const bool was_empty = std::exchange(Top().is_empty, false);
    const char c = Take();
    if (c == end) {
      Top().names.Clear();
      --depth_;
      return false;
    }
    if (was_empty) {
      at_ = before;
    } else if (c != ',') {
      return NotJson(before);
    }
    at_ = SkipJsonSpace(text_, at_);
    return true;
  }

  absl::Status ReadElement() {
    CS_ASSIGN_OR_RETURN(const bool has_more, Next(']'));
    if (!has_more) return absl::OkStatus();
    const Frame& array = Top();
    Wish wish = {.parts = nullptr, .counts = true};
    if (array.wish.parts != nullptr) {
      wish.parts = array.wish.parts->all ? array.wish.parts : array.wish.parts->elements.get();
    }
    if (wish.parts != nullptr && array.kept->size() >= array.wish.parts->max_elements) wish = {};
    if (!HasRoom(wish)) return ReadValue({}, nullptr);
    return ReadValue(wish, &array.kept->get_ptr<Json::array_t*>()->emplace_back());
  }

  absl::Status ReadMember() {
    CS_ASSIGN_OR_RETURN(const bool has_more, Next('}'));
    if (!has_more) return absl::OkStatus();
    const size_t quote = at_;
    const std::optional<size_t> end = SkipJsonString(text_, quote);
    if (!end.has_value()) return NotJson(quote);
    const std::string_view name = text_.substr(quote + 1, *end - quote - 2);
    if (!Top().names.Insert(text_, quote, name.size())) {
      return ErrorAt(*end - 1, "a second member of the same name");
    }
    at_ = SkipJsonSpace(text_, *end);
    const size_t colon = at_;
    if (Take() != ':') return NotJson(colon);
    at_ = SkipJsonSpace(text_, at_);
    if (Top().wish.parts == nullptr) return ReadValue({}, nullptr);
    std::string meaning = UnescapeJson(name);
    const Wish wish = WishFor(Top().wish, meaning);
    if (wish.parts == nullptr) KeepStray(Top(), meaning);
    if (!HasRoom(wish)) return ReadValue({}, nullptr);
    extracted_.memory_bytes += kMemberBytes + meaning.size();
    Json::object_t& members = *Top().kept->get_ptr<Json::object_t*>();
    return ReadValue(wish, &members[std::move(meaning)]);
  }

  static Wish WishFor(const Wish& object, std::string_view name) {
    if (object.parts->all) return object;
    const auto member = object.parts->members.find(name);
    if (member != object.parts->members.end()) {
      return {.parts = &member->second, .counts = object.counts || member->second.all};
    }
    static const JsonParts* const kScalar = new JsonParts;
    const std::string& prefix = object.parts->prefix;
    const bool has_prefix = !prefix.empty() && name.starts_with(prefix);
    return {.parts = has_prefix ? kScalar : nullptr, .counts = true};
  }

  // Keeps the name of a member that is not wanted.
  void KeepStray(Frame& object, std::string_view name) {
    if (object.strays >= object.wish.parts->max_strays) return;
    ++object.strays;
    size_t size = std::min(name.size(), kMaxStrayNameBytes);
    while (size < name.size() && (static_cast<unsigned char>(name[size]) & 0xC0) == 0x80) --size;
    extracted_.memory_bytes += kMemberBytes + kValueBytes + size;
    object.kept->get_ptr<Json::object_t*>()->try_emplace(std::string(name.substr(0, size)));
  }

  // Whether a value is kept: it is wanted, and there is room for it.
  bool HasRoom(const Wish& wish) {
    if (wish.parts == nullptr || !wish.counts) return wish.parts != nullptr;
    if (counted_ < limits_.max_values) {
      ++counted_;
      return true;
    }
    extracted_.is_complete = false;
    return false;
  }

  // Reads a value at `at_`, of a container its beginning; `into` is null if it is left out.
  absl::Status ReadValue(const Wish& wish, Json* into) {
    if (into != nullptr) extracted_.memory_bytes += kValueBytes;
    const size_t begin = at_ = SkipJsonSpace(text_, at_);
    if (begin >= text_.size()) return NotJson(begin);
    const char first = text_[begin];
    if (first == '{' || first == '[') return Open(first == '{', wish, into);
    const bool is_string = first == '"';
    const bool is_number = first == '-' || (first >= '0' && first <= '9');
    const std::optional<size_t> end = is_string   ? SkipJsonString(text_, begin)
                                      : is_number ? SkipJsonNumber(text_, begin)
                                                  : SkipJsonWord(text_, begin);
    if (!end.has_value()) return NotJson(begin);
    at_ = *end;
    const std::string_view token = text_.substr(begin, *end - begin);
    if (is_string) {
      if (into == nullptr) return absl::OkStatus();
      extracted_.memory_bytes += token.size();
      *into = UnescapeJson(token.substr(1, token.size() - 2));
      return absl::OkStatus();
    }
    if (token.size() > kMaxNumberBytes) return ErrorAt(*end - 1, "a number that is too long");
    // Numbers that are left out are looked at where they could be too large.
    constexpr size_t kSurelySmall = 18;
    if (into == nullptr && token.size() <= kSurelySmall &&
        token.find_first_of("eE") == std::string_view::npos) {
      return absl::OkStatus();
    }
    absl::StatusOr<Json> value = ParseJson(token);
    if (!value.ok()) return ErrorAt(*end - 1, "a number that is too large");
    if (into == nullptr) return absl::OkStatus();
    if (numbers_ == ExtractedNumbers::kAsWritten && is_number) {
      extracted_.memory_bytes += kWrittenNumberBytes + token.size();
      *into = Json::binary({token.begin(), token.end()});
    } else {
      *into = *std::move(value);
    }
    return absl::OkStatus();
  }

  absl::Status Open(bool is_object, const Wish& wish, Json* into) {
    if (depth_ >= static_cast<size_t>(limits_.max_depth)) {
      return ErrorAt(at_, absl::StrCat("nested more than ", limits_.max_depth, " deep"));
    }
    ++at_;
    if (into != nullptr) *into = is_object ? Json::object() : Json::array();
    if (depth_ == frames_.size()) frames_.emplace_back();
    Frame& frame = frames_[depth_++];
    frame.is_object = is_object;
    frame.is_empty = true;
    frame.wish = into == nullptr ? Wish{} : wish;
    frame.kept = into;
    frame.strays = 0;
    return absl::OkStatus();
  }

  const std::string_view text_;
  const JsonLimits& limits_;
  const ExtractedNumbers numbers_;
  size_t at_ = 0;
  size_t counted_ = 0;
  // The first `depth_` are in use; what the others have allocated is used again. An element that is
  // kept moves only when a later one comes, and by then it has ended, so that `kept` holds.
  std::vector<Frame> frames_;
  size_t depth_ = 0;
  ExtractedJson extracted_;
};

}  // namespace

JsonParts& JsonParts::At(std::string_view pointer) {
  JsonParts* parts = this;
  for (const std::string& token : TokensOf(pointer)) parts = &parts->members[token];
  return *parts;
}

JsonParts& JsonParts::Elements() {
  if (elements == nullptr) elements = std::make_shared<JsonParts>();
  return *elements;
}

absl::StatusOr<ExtractedJson> ExtractJson(std::string_view text, const JsonParts& parts,
                                          const JsonLimits& limits, ExtractedNumbers numbers) {
  if (text.size() > limits.max_bytes) {
    return absl::InvalidArgumentError(absl::StrCat("larger than ", limits.max_bytes, " bytes"));
  }
  if (text.starts_with("\xEF\xBB\xBF")) {
    return absl::InvalidArgumentError("byte 1: it begins with a byte order mark");
  }
  return Extractor(text, limits, numbers).Run(parts);
}

}  // namespace countersign::base
