#ifndef COUNTERSIGN_POLICY_SIGSTORE_FIELD_ERRORS_H_
#define COUNTERSIGN_POLICY_SIGSTORE_FIELD_ERRORS_H_

#include <cstddef>
#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace countersign::policy {

enum class ErrorLevel {
  kError = 0,
  kWarning,
};

// One thing that is wrong with an object of policy.sigstore.dev, as the Policy Controller words it
// (apis.FieldError of knative.dev/pkg): what, where, and more about it.
struct FieldError {
  std::string message;
  // Such as "spec.authorities[0].key.data" (FieldPath).
  std::vector<std::string> paths;
  // "": none.
  std::string details;
  ErrorLevel level = ErrorLevel::kError;

  // "<message>: <path>, <path>", and the details in lines of their own.
  std::string Text() const;
};

// "spec" and "images", "spec" and "images" and 0: "spec.images", "spec.images[0]". Of the object
// itself, which is "", the member alone.
std::string FieldPath(std::string_view parent, std::string_view member);
std::string FieldPath(std::string_view parent, std::string_view member, size_t index);

// All that is wrong with an object. What is the same but for its paths is one entry; entries are in
// the order of their messages, then of their details, and paths in that of their bytes, so the order
// in which they were found does not show. Values of the author's come printable, and cut.
class FieldErrors {
 public:
  void Add(FieldError error) { errors_.push_back(std::move(error)); }

  // The Policy Controller's messages. Of `members` of the part at `path`.
  void AddMissing(std::string_view path, std::initializer_list<std::string_view> members);
  void AddNeither(std::string_view path, std::initializer_list<std::string_view> members);
  void AddBoth(std::string_view path, std::initializer_list<std::string_view> members);
  void AddForbidden(std::string_view path, std::initializer_list<std::string_view> members);
  // Of what is at `path` itself.
  void AddInvalid(std::string_view value, std::string path, std::string_view details = "",
                  ErrorLevel level = ErrorLevel::kError);

  // The entries of a level, merged and in their order.
  std::vector<FieldError> Entries(ErrorLevel level) const;
  // The same as text, an entry after the other. "": none.
  std::string Text(ErrorLevel level) const;

  // What the webhook refuses an object with: "validation failed: " and the errors' text; "": it does not.
  std::string Refusal() const;
  // The lines of the warnings' text.
  std::vector<std::string> WarningLines() const;

 private:
  void AddMembers(std::string_view message, std::string_view path,
                  std::initializer_list<std::string_view> members);

  std::vector<FieldError> errors_;
};

}  // namespace countersign::policy

#endif  // COUNTERSIGN_POLICY_SIGSTORE_FIELD_ERRORS_H_
