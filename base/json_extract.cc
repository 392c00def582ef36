#include "base/json_extract.h"

#include <algorithm>
#include <optional>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "base/json_names.h"
#include "base/json_token.h"
#include "base/status_macros.h"

namespace countersign::base {
namespace {

// What a number as it is written costs beside its text.
constexpr size_t kWrittenNumberBytes = 64;

class Extractor {
 public:
  Extractor(std::string_view text, const JsonLimits& limits, ExtractedNumbers numbers)
      : text_(text), limits_(limits), numbers_(numbers), keeper_(limits.max_values) {}

  absl::StatusOr<ExtractedJson> Run(const JsonParts& parts) {
    CS_RETURN_IF_ERROR(ReadValue(JsonWish::ForAll(parts), keeper_.Root()));
    while (depth_ > 0) {
      CS_RETURN_IF_ERROR(Top().is_object ? ReadMember() : ReadElement());
    }
    at_ = SkipJsonSpace(text_, at_);
    if (at_ < text_.size()) return NotJson(at_);
    return keeper_.Take();
  }

 private:
  // An object or array that has begun and not ended.
  struct Frame {
    bool is_object = false;
    bool is_empty = true;
    JsonWish wish;
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
    if (array.kept == nullptr) return ReadValue({}, nullptr);
    const JsonWish wish = array.wish.ForElement(array.kept->size());
    return ReadValue(wish, keeper_.Element(wish, *array.kept));
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
    Frame& object = Top();
    if (object.kept == nullptr) return ReadValue({}, nullptr);
    const std::string meaning = UnescapeJson(name);
    const JsonWish wish = object.wish.ForMember(meaning);
    if (wish.parts == nullptr) keeper_.KeepStray(object.wish, meaning, object.strays, *object.kept);
    return ReadValue(wish, keeper_.Member(wish, meaning, *object.kept));
  }

  // Reads a value at `at_`, of a container its beginning; `into` is null if it is left out.
  absl::Status ReadValue(const JsonWish& wish, Json* into) {
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
      keeper_.Count(token.size());
      *into = UnescapeJson(token.substr(1, token.size() - 2));
      return absl::OkStatus();
    }
    if (token.size() > kMaxJsonNumberBytes) return ErrorAt(*end - 1, "a number that is too long");
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
      keeper_.Count(kWrittenNumberBytes + token.size());
      *into = Json::binary({token.begin(), token.end()});
    } else {
      *into = *std::move(value);
    }
    return absl::OkStatus();
  }

  absl::Status Open(bool is_object, const JsonWish& wish, Json* into) {
    if (depth_ >= static_cast<size_t>(limits_.max_depth)) {
      return ErrorAt(at_, absl::StrCat("nested more than ", limits_.max_depth, " deep"));
    }
    ++at_;
    if (into != nullptr) *into = is_object ? Json::object() : Json::array();
    if (depth_ == frames_.size()) frames_.emplace_back();
    Frame& frame = frames_[depth_++];
    frame.is_object = is_object;
    frame.is_empty = true;
    frame.wish = wish;
    frame.kept = into;
    frame.strays = 0;
    return absl::OkStatus();
  }

  const std::string_view text_;
  const JsonLimits& limits_;
  const ExtractedNumbers numbers_;
  size_t at_ = 0;
  // The first `depth_` are in use; what the others have allocated is used again. An element that is
  // kept moves only when a later one comes, and by then it has ended, so that `kept` holds.
  std::vector<Frame> frames_;
  size_t depth_ = 0;
  JsonKeeper keeper_;
};

}  // namespace

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
