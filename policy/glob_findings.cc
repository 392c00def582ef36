#include "policy/glob_findings.h"

#include <bitset>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "base/printable.h"
#include "oci/host_and_port.h"
#include "oci/registry_name.h"

namespace countersign::policy {
namespace {

using base::Quoted;

// How far one may be in a name that the Policy Controller compares in a cluster:
// `host/path@sha256:digits`, where the host has a '.' or a ':'.
enum NameState : size_t {
  kStart,
  kHost,         // without '.' and ':' so far
  kRegistry,     // with one of them
  kComponent,    // at the beginning of a component of the path
  kInComponent,  // after its first character
  kDigestStart,  // after the '@'
  kDigits = kDigestStart + 7,
  kEnd = kDigits + 64,
};
using NameStates = std::bitset<kEnd + 1>;

constexpr std::string_view kAlgorithm = "sha256:";

bool IsHex(char c) { return absl::ascii_isdigit(c) || (c >= 'a' && c <= 'f'); }

// The state after one more character; nullopt if it may not stand there.
std::optional<size_t> After(size_t state, char c) {
  if (state >= kDigits) return state < kEnd && IsHex(c) ? std::optional(state + 1) : std::nullopt;
  if (state >= kDigestStart) {
    return c == kAlgorithm[state - kDigestStart] ? std::optional(state + 1) : std::nullopt;
  }
  if (state >= kComponent) {
    if (absl::ascii_islower(c) || absl::ascii_isdigit(c) || absl::StrContains("._-", c)) {
      return kInComponent;
    }
    if (state == kInComponent && c == '/') return kComponent;
    return state == kInComponent && c == '@' ? std::optional<size_t>(kDigestStart) : std::nullopt;
  }
  if (c == '/') return state == kRegistry ? std::optional<size_t>(kComponent) : std::nullopt;
  if (c == '.' || c == ':') return kRegistry;
  if (!absl::ascii_isalnum(c) && c != '-' && c != '_') return std::nullopt;
  return state == kRegistry ? kRegistry : kHost;
}

// All that may follow, any number of characters on.
NameStates AfterStar(NameStates states, bool takes_slashes) {
  if (states[kStart]) states.set(kHost);
  if (states[kHost]) states.set(kRegistry);
  if (takes_slashes && states[kRegistry]) states.set(kComponent);
  if (states[kComponent]) states.set(kInComponent);
  if (takes_slashes && states[kInComponent]) states.set(kComponent);
  for (size_t state = kInComponent; state < kEnd; ++state) {
    if (states[state]) states.set(state + 1);
  }
  return states;
}

// Whether there is a name in the Policy Controller that the glob matches.
bool MatchesThere(std::string_view glob) {
  NameStates states;
  states.set(kStart);
  for (size_t i = 0; i < glob.size(); ++i) {
    if (glob[i] == '*') {
      const bool takes_slashes = i + 1 < glob.size() && glob[i + 1] == '*';
      states = AfterStar(states, takes_slashes);
      i += takes_slashes;
      continue;
    }
    NameStates next;
    for (size_t state = 0; state <= kEnd; ++state) {
      if (!states[state]) continue;
      if (const std::optional<size_t> after = After(state, glob[i])) next.set(*after);
    }
    states = next;
  }
  return states[kEnd];
}

// A glob in its parts, as far as they matter here.
struct Parts {
  std::optional<std::string_view> host;  // before the first '/'; nullopt without one
  std::string_view rest;                 // after it, without tag and digest
  bool has_tag = false;
  bool ends_open = false;  // with a star, where no tag and no digest is named
};

Parts PartsOf(std::string_view text) {
  Parts parts;
  if (const size_t slash = text.find('/'); slash != std::string_view::npos) {
    parts.host = text.substr(0, slash);
    text.remove_prefix(slash + 1);
  }
  text = text.substr(0, text.find('@'));
  const size_t last_slash = text.rfind('/');
  const size_t colon = text.find(':', last_slash == std::string_view::npos ? 0 : last_slash);
  parts.has_tag = colon != std::string_view::npos;
  parts.rest = text.substr(0, colon);
  parts.ends_open = absl::EndsWith(parts.rest, "*");
  return parts;
}

bool HasStar(std::string_view text) { return absl::StrContains(text, '*'); }

// What matches there: the glob with this host, and any digest.
std::string Rewritten(std::string_view host, const Parts& parts) {
  return Quoted(absl::StrCat(host, "/", parts.rest, parts.ends_open ? "" : "@**"));
}

// `rest` as a path of Docker Hub, with its "library/".
std::string OnDockerHub(const Parts& parts) {
  const bool is_official =
      !absl::StrContains(parts.rest, "/") && !absl::StrContains(parts.rest, "**");
  return Rewritten(absl::StrCat(oci::kDockerHub, is_official ? "/library" : ""), parts);
}

// Why it matches nothing in the Policy Controller; empty if it may match something.
std::string NeverThere(std::string_view text, const Parts& parts) {
  constexpr std::string_view kNever = "never matches in the Policy Controller, which ";
  const std::string_view host = parts.host.value_or("");
  const bool is_short = host == "localhost"
                            ? false
                            : !HasStar(host) && host.find_first_of(".:") == std::string_view::npos;
  if (absl::EqualsIgnoreCase(host, oci::kDockerHubShortName)) {
    return absl::StrCat(Quoted(text), " ", kNever,
                        "calls Docker Hub index.docker.io: to work there too, write ",
                        OnDockerHub(parts));
  }
  if (host == oci::kDockerHub && OnDockerHub(parts) != Rewritten(oci::kDockerHub, parts)) {
    return absl::StrCat(Quoted(text), " ", kNever,
                        "writes \"library/\" before the names of official images: to work there "
                        "too, write ",
                        OnDockerHub(parts));
  }
  if (MatchesThere(text)) return "";
  if (is_short) {
    const bool is_user = parts.host.has_value();
    return absl::StrCat(
        Quoted(text), " ", kNever, "compares full names: to work there too, write ",
        is_user ? Rewritten(absl::StrCat(oci::kDockerHub, "/", host), parts) : OnDockerHub(parts));
  }
  if (host == "localhost") return "";  // has a sentence of its own
  return absl::StrCat(Quoted(text), " ", kNever, "compares names with a digest and without a tag",
                      parts.has_tag ? "; here it is matched with the tag that was written" : "",
                      ": to work there too, write ", Rewritten(host, parts));
}

// The host part with each run of stars before more of it made one star.
std::string Anchored(std::string_view host) {
  std::string anchored;
  for (const char c : host) {
    if (c != '*' || anchored.empty() || anchored.back() != '*') anchored += c;
  }
  return anchored;
}

// Of the text before the first '/', or of all where there is none: that it takes the hosts of others.
std::string TakesOtherHosts(std::string_view text, const Parts& parts) {
  const std::string_view host = parts.host.value_or(text);
  const std::string_view without_end = host.substr(0, host.find_last_not_of('*') + 1);
  if (parts.host.has_value() && absl::StrContains(without_end, "**")) {
    return absl::StrCat(
        Quoted(text),
        " selects images of other registries, too, as the \"**\" in its host takes "
        "\"/\" (and for those it does not count as a policy that covers them): write ",
        Quoted(absl::StrCat(Anchored(host), text.substr(host.size()))));
  }
  const size_t end_stars = host.size() - without_end.size();
  const bool ends_open = parts.host.has_value() ? end_stars > 0 : end_stars > 1;
  const std::string_view start = host.substr(0, host.find('*'));
  const bool is_port = end_stars == 1 && absl::EndsWith(without_end, ":");
  if (!ends_open || start.empty() || is_port) return "";
  return absl::StrCat(Quoted(text), " selects images of every registry whose name begins with ",
                      Quoted(start), ", ", Quoted(absl::StrCat(start, ".evil.example")),
                      " among them: write the whole host and then \"/\", as in ",
                      Quoted(absl::StrCat(absl::StripSuffix(start, "."), "/**")));
}

// That images are not compared in this spelling of the host.
std::string OtherSpelling(std::string_view text, std::string_view host) {
  const std::string lower = absl::AsciiStrToLower(host);
  std::string better(oci::WithoutHttpsPort(lower));
  if (oci::IsDockerHub(better) && better != oci::kDockerHubShortName) {
    better = std::string(oci::kDockerHub);
  }
  if (better == host) return "";
  return absl::StrCat(
      Quoted(text),
      " matches only images whose registry is written like that: names are compared "
      "with the host in lower case, without the port 443 and with one name for "
      "Docker Hub: write ",
      Quoted(absl::StrCat(better, text.substr(host.size()))));
}

}  // namespace

std::vector<std::string> FindGlobOddities(const ImageGlob& glob) {
  const std::string& text = glob.text();
  if (text == "*") {
    return {"\"*\" stands for \"index.docker.io/library/*\": write that, or \"**\" for all images"};
  }
  if (text == "*/*") {
    return {"\"*/*\" stands for \"index.docker.io/*/*\": write that, or \"**\" for all images"};
  }
  const Parts parts = PartsOf(text);
  std::vector<std::string> found;
  const auto add = [&found](std::string sentence) {
    if (!sentence.empty()) found.push_back(std::move(sentence));
  };
  add(NeverThere(text, parts));
  add(TakesOtherHosts(text, parts));
  if (parts.host.has_value()) add(OtherSpelling(text, *parts.host));
  if (parts.host == "localhost") {
    add(absl::StrCat(Quoted(text),
                     " never matches in the Policy Controller, which takes localhost for a user of "
                     "Docker Hub: to work there too, write ",
                     Rewritten(absl::StrCat(oci::kDockerHub, "/localhost"), parts)));
  }
  return found;
}

}  // namespace countersign::policy
