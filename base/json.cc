#include "base/json.h"

#include <iterator>
#include <utility>
#include <vector>

#include "absl/strings/cord.h"
#include "absl/strings/str_cat.h"
#include "base/status_macros.h"

namespace countersign::base {
namespace {

// Names the payload of a status (absl::Status::SetPayload), which IsTooLargeJson goes by.
constexpr char kTooLarge[] = "countersign/too-large-json";

absl::Status MarkTooLarge(absl::Status status) {
  status.SetPayload(kTooLarge, absl::Cord());
  return status;
}

absl::Status ErrorAt(size_t byte, std::string_view what) {
  return absl::InvalidArgumentError(absl::StrCat("byte ", byte, ": ", what));
}

// Walks over the text and tells how many bytes have been read, which nlohmann's parser does not
// tell its events.
class CountingIterator {
 public:
  using iterator_category = std::input_iterator_tag;
  using value_type = char;
  using difference_type = std::ptrdiff_t;
  using pointer = const char*;
  using reference = const char&;

  CountingIterator(const char* at, size_t* count) : at_(at), count_(count) {}

  reference operator*() const { return *at_; }
  CountingIterator& operator++() {
    ++at_;
    ++*count_;
    return *this;
  }
  CountingIterator operator++(int) {
    CountingIterator before = *this;
    ++*this;
    return before;
  }
  friend bool operator==(const CountingIterator& a, const CountingIterator& b) {
    return a.at_ == b.at_;
  }

 private:
  const char* at_;
  size_t* count_;
};

// Builds the value from the events of nlohmann's parser, which is iterative and stops at the first
// event that returns false.
class Builder final : public nlohmann::json_sax<Json> {
 public:
  Builder(const JsonLimits& limits, const size_t* bytes_read)
      : limits_(limits), bytes_read_(bytes_read) {}

  const absl::Status& status() const { return status_; }
  Json TakeValue() { return std::move(root_); }

  bool null() override { return Add(nullptr); }
  bool boolean(bool value) override { return Add(value); }
  bool number_integer(number_integer_t value) override { return Add(value); }
  bool number_unsigned(number_unsigned_t value) override { return Add(value); }
  bool number_float(number_float_t value, const string_t&) override { return Add(value); }
  bool string(string_t& value) override { return Add(std::move(value)); }
  bool binary(binary_t&) override { return Fail("binary values are no JSON"); }
  bool start_object(std::size_t) override { return Open(Json::object()); }
  bool start_array(std::size_t) override { return Open(Json::array()); }
  bool end_object() override { return Close(); }
  bool end_array() override { return Close(); }

  bool key(string_t& name) override {
    auto [member, inserted] =
        open_.back()->get_ptr<Json::object_t*>()->try_emplace(std::move(name));
    if (!inserted) {
      return Fail("a second member of the same name");
    }
    member_ = &member->second;
    return true;
  }

  bool parse_error(std::size_t position, const std::string&,
                   const nlohmann::detail::exception& error) override {
    constexpr int kNumberOverflow = 406;
    if (error.id == kNumberOverflow) {
      status_ = ErrorAt(position, "a number that is too large");
    } else if (position > *bytes_read_) {
      // At its end the text counts one byte more than it has.
      status_ = ErrorAt(*bytes_read_, "it ends too early");
    } else {
      status_ = ErrorAt(position, "not JSON");
    }
    return false;
  }

 private:
  bool Fail(std::string_view what) {
    status_ = ErrorAt(*bytes_read_, what);
    return false;
  }

  // Puts a value where it belongs, and points added_ at it.
  bool Add(Json value) {
    if (++values_ > limits_.max_values) {
      Fail(absl::StrCat("more than ", limits_.max_values, " values"));
      status_ = MarkTooLarge(status_);
      return false;
    }
    if (open_.empty()) {
      root_ = std::move(value);
      added_ = &root_;
    } else if (auto* array = open_.back()->get_ptr<Json::array_t*>()) {
      added_ = &array->emplace_back(std::move(value));
    } else {
      *member_ = std::move(value);
      added_ = member_;
    }
    return true;
  }

  bool Open(Json container) {
    if (open_.size() >= static_cast<size_t>(limits_.max_depth)) {
      return Fail(absl::StrCat("nested more than ", limits_.max_depth, " deep"));
    }
    if (!Add(std::move(container))) return false;
    open_.push_back(added_);
    return true;
  }

  bool Close() {
    open_.pop_back();
    return true;
  }

  const JsonLimits& limits_;
  const size_t* const bytes_read_;
  absl::Status status_;
  Json root_;
  size_t values_ = 0;
  // The containers that have begun and not ended. An element of one moves only when a later one is
  // added to it, and by then that element has ended, so the pointers hold.
  std::vector<Json*> open_;
  Json* member_ = nullptr;
  Json* added_ = nullptr;
};

// What nlohmann's parser lets pass, and RFC 8259 does not or need not.
absl::Status CheckBytes(std::string_view text, size_t* bytes_read) {
  if (text.starts_with("\xEF\xBB\xBF")) {
    *bytes_read = 1;
    return ErrorAt(*bytes_read, "it begins with a byte order mark");
  }
  // To the parser a zero byte is the end of the text, whatever follows.
  if (const size_t zero = text.find('\0'); zero != std::string_view::npos) {
    *bytes_read = zero + 1;
    return ErrorAt(*bytes_read, "a zero byte");
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<Json> ParseJson(std::string_view text, const JsonLimits& limits,
                               size_t* bytes_read) {
  size_t unwanted = 0;
  if (bytes_read == nullptr) bytes_read = &unwanted;
  *bytes_read = 0;
  if (text.size() > limits.max_bytes) {
    return MarkTooLarge(
        absl::InvalidArgumentError(absl::StrCat("larger than ", limits.max_bytes, " bytes")));
  }
  CS_RETURN_IF_ERROR(CheckBytes(text, bytes_read));
  Builder builder(limits, bytes_read);
  if (!Json::sax_parse(CountingIterator(text.data(), bytes_read),
                       CountingIterator(text.data() + text.size(), bytes_read), &builder)) {
    return builder.status();
  }
  return builder.TakeValue();
}

bool IsTooLargeJson(const absl::Status& status) { return status.GetPayload(kTooLarge).has_value(); }

const Json* FindMember(const Json& object, std::string_view name) {
  const auto* members = object.get_ptr<const Json::object_t*>();
  if (members == nullptr) return nullptr;
  const auto member = members->find(name);
  if (member == members->end() || member->second.is_null()) return nullptr;
  return &member->second;
}

std::string FindString(const Json& object, std::string_view name) {
  const Json* const member = FindMember(object, name);
  return member != nullptr && member->is_string() ? member->get<std::string>() : "";
}

std::string FindStringIn(const Json& object, std::string_view outer, std::string_view name) {
  const Json* const member = FindMember(object, outer);
  return member == nullptr ? "" : FindString(*member, name);
}

}  // namespace countersign::base
