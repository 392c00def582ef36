#include "base/json_quick.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/cleanup/cleanup.h"
#include "absl/container/inlined_vector.h"
#include "absl/synchronization/mutex.h"

// Every call here tells its errors by a code.
#define SIMDJSON_EXCEPTIONS 0
#include "simdjson.h"

namespace countersign::base {
namespace {

namespace dom = simdjson::dom;

// Names of so many members are compared with each other, those of larger objects sorted.
constexpr size_t kMaxCompared = 16;
// Enough for most texts.
constexpr size_t kUsualDepth = 16;

// simdjson, and what a text is copied to, which it reads beyond the end of.
class Parser {
 public:
  // For texts of so many bytes.
  explicit Parser(size_t bytes) : bytes_(std::max<size_t>(bytes, dom::MINIMAL_DOCUMENT_CAPACITY)) {}

  // Whether it is as one would be that is made now: tests have others of simdjson's implementations at work.
  bool is_of_active() const { return made_by_ == nullptr || made_by_ == Active(); }

  // Nullopt: it cannot. What is given holds until the next.
  std::optional<dom::element> Parse(std::string_view text, size_t max_depth) {
    if (parser_.allocate(bytes_, max_depth) != simdjson::SUCCESS) return std::nullopt;
    if (made_by_ == nullptr) made_by_ = Active();
    if (parser_.doc.capacity() < bytes_ && parser_.doc.allocate(bytes_) != simdjson::SUCCESS) {
      return std::nullopt;
    }
    if (text_ == nullptr) {
      text_ = std::make_unique_for_overwrite<char[]>(bytes_ + simdjson::SIMDJSON_PADDING);
    }
    std::copy(text.begin(), text.end(), text_.get());
    dom::element root;
    if (parser_.parse(text_.get(), text.size(), /*realloc_if_needed=*/false).get(root) !=
        simdjson::SUCCESS) {
      return std::nullopt;
    }
    return root;
  }

 private:
  static const simdjson::implementation* Active() { return simdjson::get_active_implementation(); }

  const size_t bytes_;
  const simdjson::implementation* made_by_ = nullptr;  // null: not made so far
  dom::parser parser_;
  std::unique_ptr<char[]> text_;
};

// Parsers that are kept, for all threads. Thread-safe.
class KeptParsers {
 public:
  static KeptParsers& OfProcess() {
    static auto* const kept = new KeptParsers;
    return *kept;
  }

  // One for texts of up to kKeptQuickJsonBytes, to be given back. Null: all are at work.
  std::unique_ptr<Parser> TryTake() ABSL_LOCKS_EXCLUDED(mutex_) {
    {
      absl::MutexLock lock(&mutex_);
      if (idle_.empty() && made_ == kMaxKeptQuickParsers) return nullptr;
      if (idle_.empty()) {
        ++made_;
      } else {
        std::unique_ptr<Parser> parser = std::move(idle_.back());
        idle_.pop_back();
        if (parser->is_of_active()) return parser;
      }
    }
    return std::make_unique<Parser>(kKeptQuickJsonBytes);
  }

  void Give(std::unique_ptr<Parser> parser) ABSL_LOCKS_EXCLUDED(mutex_) {
    absl::MutexLock lock(&mutex_);
    idle_.push_back(std::move(parser));
  }

 private:
  KeptParsers() { idle_.reserve(kMaxKeptQuickParsers); }

  absl::Mutex mutex_;
  size_t made_ ABSL_GUARDED_BY(mutex_) = 0;
  std::vector<std::unique_ptr<Parser>> idle_ ABSL_GUARDED_BY(mutex_);
};

bool IsLess(std::string_view a, std::string_view b) {
  return a.size() != b.size() ? a.size() < b.size() : a < b;
}

// Reads what simdjson has made of a text, member by member and element by element. Each step says
// whether the text is as ExtractJson wants it.
class Walk {
 public:
  explicit Walk(const JsonLimits& limits) : limits_(limits), keeper_(limits.max_values) {}

  std::optional<ExtractedJson> Run(dom::element root, const JsonParts& parts) {
    if (!Read(root, JsonWish::ForAll(parts), keeper_.Root())) return std::nullopt;
    while (!frames_.empty()) {
      if (!(frames_.back().is_object ? ReadMember() : ReadElement())) return std::nullopt;
    }
    return keeper_.Take();
  }

 private:
  // An object or array that has begun and not ended.
  struct Frame {
    bool is_object = false;
    JsonWish wish;
    Json* kept = nullptr;
    size_t strays = 0;  // so many are kept
    dom::object::iterator member = {}, members_end = {};
    dom::array::iterator element = {}, elements_end = {};
  };

  bool ReadMember() {
    Frame& object = frames_.back();
    if (object.member == object.members_end) return Close();
    const std::string_view name = object.member.key();
    const dom::element value = object.member.value();
    ++object.member;
    if (object.kept == nullptr) return Read(value, {}, nullptr);
    const JsonWish wish = object.wish.ForMember(name);
    if (wish.parts == nullptr) keeper_.KeepStray(object.wish, name, object.strays, *object.kept);
    return Read(value, wish, keeper_.Member(wish, name, *object.kept));
  }

  bool ReadElement() {
    Frame& array = frames_.back();
    if (array.element == array.elements_end) return Close();
    const dom::element value = *array.element;
    ++array.element;
    if (array.kept == nullptr) return Read(value, {}, nullptr);
    const JsonWish wish = array.wish.ForElement(array.kept->size());
    return Read(value, wish, keeper_.Element(wish, *array.kept));
  }

  bool Close() {
    frames_.pop_back();
    return true;
  }

  // Reads a value, of a container its beginning; `into` is null if it is left out.
  bool Read(dom::element value, const JsonWish& wish, Json* into) {
    switch (value.type()) {
      case dom::element_type::OBJECT:
        return OpenObject(value.get_object().value_unsafe(), wish, into);
      case dom::element_type::ARRAY:
        return OpenArray(value.get_array().value_unsafe(), wish, into);
      default:
        if (into != nullptr) *into = Scalar(value);
        return true;
    }
  }

  Json Scalar(dom::element value) {
    switch (value.type()) {
      case dom::element_type::STRING: {
        const std::string_view text = value.get_string().value_unsafe();
        keeper_.Count(text.size() + 2);
        return Json(text);
      }
      case dom::element_type::INT64: {
        const int64_t number = value.get_int64().value_unsafe();
        // As ParseJson has it: what is not negative has no sign.
        return number < 0 ? Json(number) : Json(static_cast<uint64_t>(number));
      }
      case dom::element_type::UINT64:
        return Json(value.get_uint64().value_unsafe());
      case dom::element_type::DOUBLE:
        return Json(value.get_double().value_unsafe());
      case dom::element_type::BOOL:
        return Json(value.get_bool().value_unsafe());
      default:
        return Json();
    }
  }

  bool OpenObject(dom::object object, const JsonWish& wish, Json* into) {
    if (HasNameTwice(object) || !Open(wish, into)) return false;
    if (into != nullptr) *into = Json::object();
    Frame& frame = frames_.back();
    frame.is_object = true;
    frame.member = object.begin();
    frame.members_end = object.end();
    return true;
  }

  bool OpenArray(dom::array array, const JsonWish& wish, Json* into) {
    if (!Open(wish, into)) return false;
    if (into != nullptr) *into = Json::array();
    Frame& frame = frames_.back();
    frame.element = array.begin();
    frame.elements_end = array.end();
    return true;
  }

  bool Open(const JsonWish& wish, Json* into) {
    if (frames_.size() >= static_cast<size_t>(limits_.max_depth)) return false;
    frames_.push_back({.wish = wish, .kept = into});
    return true;
  }

  bool HasNameTwice(dom::object object) {
    names_.clear();
    names_.reserve(object.size());
    for (auto member = object.begin(); member != object.end(); ++member) {
      names_.push_back(member.key());
    }
    if (names_.size() > kMaxCompared) {
      std::sort(names_.begin(), names_.end(), IsLess);
      return std::adjacent_find(names_.begin(), names_.end()) != names_.end();
    }
    for (size_t i = 1; i < names_.size(); ++i) {
      const auto name = names_.begin() + static_cast<std::ptrdiff_t>(i);
      if (std::find(names_.begin(), name, *name) != name) return true;
    }
    return false;
  }

  const JsonLimits& limits_;
  JsonKeeper keeper_;
  // An element that is kept moves only when a later one comes, and by then it has ended, so that
  // `kept` holds.
  absl::InlinedVector<Frame, kUsualDepth> frames_;
  absl::InlinedVector<std::string_view, 2 * kMaxCompared> names_;  // of the object at hand
};

// Whether there may be a number of more than kMaxJsonNumberBytes: one character in so many is in it.
bool MayHaveLongNumber(std::string_view text) {
  constexpr auto kIsOfNumber = [] {
    std::array<bool, 256> is = {};
    for (const char c : std::string_view("0123456789+-.eE")) is[static_cast<uint8_t>(c)] = true;
    return is;
  }();
  const auto is_of_number = [&](size_t i) { return kIsOfNumber[static_cast<uint8_t>(text[i])]; };
  for (size_t at = kMaxJsonNumberBytes; at < text.size(); at += kMaxJsonNumberBytes) {
    size_t begin = at;
    size_t end = at;
    while (begin > 0 && is_of_number(begin - 1)) --begin;
    while (end < text.size() && is_of_number(end)) ++end;
    if (end - begin > kMaxJsonNumberBytes) return true;
  }
  return false;
}

// Nullopt: it is to be read by ExtractJson.
std::optional<ExtractedJson> TryToExtract(std::string_view text, const JsonParts& parts,
                                          const JsonLimits& limits) {
  constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";
  if (text.size() > std::min(kMaxQuickJsonBytes, limits.max_bytes)) return std::nullopt;
  if (text.starts_with(kByteOrderMark) || MayHaveLongNumber(text)) return std::nullopt;
  // It holds depth to less than it is told, and what is too deep is found by the walk.
  const size_t depth = static_cast<size_t>(limits.max_depth) + 2;
  const auto extract = [&](Parser& parser) -> std::optional<ExtractedJson> {
    const std::optional<dom::element> root = parser.Parse(text, depth);
    if (!root.has_value()) return std::nullopt;
    return Walk(limits).Run(*root, parts);
  };
  KeptParsers& kept = KeptParsers::OfProcess();
  std::unique_ptr<Parser> parser = text.size() > kKeptQuickJsonBytes ? nullptr : kept.TryTake();
  if (parser == nullptr) {
    Parser own(text.size());
    return extract(own);
  }
  const absl::Cleanup give_back = [&] { kept.Give(std::move(parser)); };
  return extract(*parser);
}

}  // namespace

absl::StatusOr<ExtractedJson> ExtractJsonQuickly(std::string_view text, const JsonParts& parts,
                                                 const JsonLimits& limits) {
  std::optional<ExtractedJson> extracted = TryToExtract(text, parts, limits);
  if (extracted.has_value()) return *std::move(extracted);
  return ExtractJson(text, parts, limits);
}

}  // namespace countersign::base
