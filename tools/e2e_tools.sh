#!/usr/bin/env bash
# Builds the programs of others that the end-to-end tests drive, as e2e/kubernetes/go.mod pins them, and prints
# the folder that they are in. Built once; what was built is kept in ~/.cache/countersign/go-tools.
#
# usage: e2e_tools.sh [NAME]...        (all of them unless named)
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

# The longest to build first.
readonly tools=(
  kube-apiserver=k8s.io/kubernetes/cmd/kube-apiserver
  kubectl=k8s.io/kubernetes/cmd/kubectl
  kube-controller-manager=k8s.io/kubernetes/cmd/kube-controller-manager
  cosign2=github.com/sigstore/cosign/v2/cmd/cosign
  cosign3=github.com/sigstore/cosign/v3/cmd/cosign
  helm=helm.sh/helm/v3/cmd/helm
  kubeconform=github.com/yannh/kubeconform/cmd/kubeconform
  grpcurl=github.com/fullstorydev/grpcurl/cmd/grpcurl
  crane=github.com/google/go-containerregistry/cmd/crane
)
readonly module=e2e/kubernetes
readonly cache=$HOME/.cache/countersign/go-tools

# Clients parse the version that the API server and kubectl tell; helm asks charts whether they want the one
# that it knows.
linker_flags() {
  local version major minor package=k8s.io/component-base/version helm=helm.sh/helm/v3/pkg
  version=$(sed -nE 's,^(require)?\s*k8s.io/kubernetes (v[0-9.]+).*,\2,p' "$module/go.mod")
  [[ -n $version ]] || { echo "e2e_tools: $module/go.mod pins no k8s.io/kubernetes" >&2; return 1; }
  IFS=. read -r major minor _ <<<"${version#v}"
  echo "-s -w -X $package.gitVersion=$version -X $package.gitMajor=$major -X $package.gitMinor=$minor" \
    "-X $package.gitTreeState=clean" \
    "-X $helm/chartutil.k8sVersionMajor=$major -X $helm/chartutil.k8sVersionMinor=$minor" \
    "-X $helm/lint/rules.k8sVersionMajor=$major -X $helm/lint/rules.k8sVersionMinor=$minor"
}

# The compiler collects garbage once there is much of it, which takes an eighth less of its processor time.
build() {  # GO FOLDER NAME PACKAGE
  local started=$SECONDS flags
  flags=$(linker_flags)
  (cd "$module" && GOGC=off GOMEMLIMIT=2GiB nice -n 10 "$1" build -o "$2/.$3.new" -ldflags "$flags" "$4")
  mv "$2/.$3.new" "$2/$3"
  echo "e2e_tools: built $3 in $((SECONDS - started)) s" >&2
}

main() {
  local wanted=" $* " go key folder tool name
  go=$(tools/setup_go.sh)
  # shellcheck source=go_env.sh
  source tools/go_env.sh
  key=$({ cat "$module/go.mod" "$module/go.sum" && linker_flags && echo "$GOFLAGS"; } | sha256sum | cut -c 1-16)
  folder=$cache/$key
  mkdir -p "$folder"
  # One at a time; others wait and find what it built.
  exec 9>"$folder/.lock"
  flock 9
  for tool in "${tools[@]}"; do
    name=${tool%%=*}
    if [[ $wanted == "  " || $wanted == *" $name "* ]] && [[ ! -x $folder/$name ]]; then
      build "$go" "$folder" "$name" "${tool#*=}" 9>&-
    fi
  done
  # Those of older go.mod files are not needed any more.
  find "$cache" -mindepth 1 -maxdepth 1 ! -path "$folder" -mtime +7 -exec rm -rf {} +
  echo "$folder"
}

main "$@"
