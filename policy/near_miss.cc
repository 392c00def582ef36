#include "policy/near_miss.h"

#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "base/edit_distance.h"
#include "base/printable.h"

namespace countersign::policy {
namespace {

using ::countersign::base::Quoted;

// A text of the form [host/]path[:tag][@digest], in parts; each with what comes before it.
struct Parts {
  std::string_view host;  // without the '/'; "": there is none
  std::string_view path;
  std::string_view tag;     // ":v1"
  std::string_view digest;  // "@sha256:…"
};

Parts PartsOf(std::string_view text) {
  Parts parts;
  const size_t slash = text.find('/');
  if (slash != std::string_view::npos) {
    parts.host = text.substr(0, slash);
    text.remove_prefix(slash + 1);
  }
  if (const size_t at = text.find('@'); at != std::string_view::npos) {
    parts.digest = text.substr(at);
    text.remove_suffix(parts.digest.size());
  }
  const size_t colon = text.rfind(':');
  if (colon != std::string_view::npos && !absl::StrContains(text.substr(colon), '/')) {
    parts.tag = text.substr(colon);
    text.remove_suffix(parts.tag.size());
  }
  parts.path = text;
  return parts;
}

std::string TextOf(const Parts& parts) {
  return absl::StrCat(parts.host, parts.host.empty() ? "" : "/", parts.path, parts.tag,
                      parts.digest);
}

// With every run of stars made two.
std::string WithDoubleStars(std::string_view text) {
  std::string doubled;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '*') {
      doubled += text[i];
    } else if (i == 0 || text[i - 1] != '*') {
      doubled += "**";
    }
  }
  return doubled;
}

std::string_view WithoutPort(std::string_view host) { return host.substr(0, host.rfind(':')); }

bool IsBelow(std::string_view host, std::string_view above) {
  return absl::EndsWith(host, above) && host.size() > above.size() + 1 &&
         host[host.size() - above.size() - 1] == '.';
}

bool AreSimilarHosts(std::string_view a, std::string_view b) {
  if (absl::StrContains(a, '*') || a == b || a.empty()) return false;
  if (WithoutPort(a) == WithoutPort(b) || IsBelow(a, b) || IsBelow(b, a)) return true;
  constexpr size_t kMaxTypos = 2;
  return a.size() > 2 * kMaxTypos && base::EditDistance(a, b) <= kMaxTypos;
}

class Search {
 public:
  Search(std::string_view text, const oci::ImageReference& image, std::string_view below,
         absl::FunctionRef<bool(const std::string& text)> matches)
      : text_(text), parts_(PartsOf(text)), image_(image), below_(below), matches_(matches) {}

  std::optional<NearMiss> Run() {
    TrySchemeAndCase();
    TryDigestAndTag();
    TryPath();
    TryHost();
    return std::move(found_);
  }

 private:
  void Try(std::string other, std::string why) {
    if (found_.has_value() || other.empty() || other == text_ || !matches_(other)) return;
    found_ = {.why = std::move(why), .would_match = std::move(other)};
  }

  void TrySchemeAndCase() {
    for (const std::string_view scheme : {"https://", "http://"}) {
      if (!absl::StartsWith(text_, scheme)) continue;
      Try(std::string(text_.substr(scheme.size())),
          absl::StrCat("names of images have no ", scheme));
    }
    Try(absl::AsciiStrToLower(text_), "it has upper-case letters, and the image's name has not");
  }

  void TryDigestAndTag() {
    Parts other = parts_;
    other.digest = {};
    if (!parts_.digest.empty()) {
      Try(TextOf(other), image_.digest().has_value() ? "it is for another digest"
                                                     : "it is for images that are named by digest");
    }
    other = parts_;
    other.tag = {};
    if (parts_.tag.empty()) return;
    Try(TextOf(other), image_.tag().has_value()
                           ? absl::StrCat("it is for the tag ", Quoted(parts_.tag.substr(1)),
                                          ", and the image's is ", Quoted(*image_.tag()))
                           : absl::StrCat("it is for the tag ", Quoted(parts_.tag.substr(1)),
                                          ", and the image is named by digest alone"));
  }

  void TryPath() {
    Try(WithDoubleStars(text_), "a single * stands for no /, and ** does");
    Parts other = parts_;
    std::string path(parts_.path);
    if (absl::EndsWith(path, "/")) path.pop_back();
    path += below_;
    other.path = path;
    Try(TextOf(other), "it is for that repository alone, and the image is below it");
    if (absl::EndsWith(parts_.path, "/*") || absl::EndsWith(parts_.path, "/**")) {
      other.path = parts_.path.substr(0, parts_.path.rfind('/'));
      Try(TextOf(other), "it is for what is below that repository, and the image is in it");
    }
  }

  void TryHost() {
    const std::string& registry = image_.repository().registry;
    Try(absl::StrCat(registry, "/", text_), "it names no registry, so that it is for Docker Hub's");
    if (!AreSimilarHosts(absl::AsciiStrToLower(parts_.host), registry)) return;
    Parts other = parts_;
    other.host = registry;
    Try(TextOf(other), absl::StrCat("it is for the registry ", Quoted(parts_.host),
                                    ", and the image's is ", Quoted(registry)));
  }

  const std::string_view text_;
  const Parts parts_;
  const oci::ImageReference& image_;
  const std::string_view below_;
  const absl::FunctionRef<bool(const std::string& text)> matches_;
  std::optional<NearMiss> found_;
};

}  // namespace

std::optional<NearMiss> FindNearMiss(std::string_view text, const oci::ImageReference& image,
                                     std::string_view below,
                                     absl::FunctionRef<bool(const std::string& text)> matches) {
  if (text.size() > kMaxNearMissBytes) return std::nullopt;
  return Search(text, image, below, matches).Run();
}

}  // namespace countersign::policy
