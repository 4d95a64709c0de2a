#!/usr/bin/env bash
# Makes Debian packages from what lies in packaging/deb.
#   scripts/deb.sh OUT                      builds teiten and teiten-sensor for release, the sensor static, packs them into OUT
#   scripts/deb.sh OUT BUILT [PACKAGE..]    the same of other packages; BUILT is a folder of programs, or `-` to build them
# Packages: teiten, teiten-sensor; for more machines teiten-with-cluster (teiten with --cluster, in its place; its program
# lies in BUILT/with-cluster), teiten-cluster (a worker) and teiten-nats (relay and bridge).
# Prints the paths of the packages.
set -euo pipefail
here="$(cd "$(dirname "$0")/.." && pwd)"
[ $# -ge 1 ] || { sed -n '2,7p' "$0" >&2; exit 2; }
out="$1"
built="${2:--}"
shift "$(($# < 2 ? $# : 2))"
packages=("$@")
[ ${#packages[@]} -gt 0 ] || packages=(teiten teiten-sensor)
mkdir -p "$out"
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT

release() { (cd "$here" && cargo build --release --locked "$@"); }
take() { (cd "$here" && install -D "${CARGO_TARGET_DIR:-target}/release/$1" "$2"); }
build() {
  case $1 in
  teiten)
    release --workspace --exclude teiten-cluster --exclude teiten-nats --bin teiten
    take teiten "$built/teiten"
    ;;
  teiten-with-cluster)
    release -p teiten-app --features cluster
    take teiten "$built/with-cluster/teiten"
    ;;
  teiten-sensor)
    local static
    static="$("$here/scripts/sensor-static.sh" | tail -1)"
    cp "${static% * bytes}" "$built/"
    ;;
  *)
    release -p "$1"
    take "$1" "$built/$1"
    ;;
  esac
}

for package in "${packages[@]}"; do
  [ -d "$here/packaging/deb/$package" ] || { printf 'deb: there is no package %s\n' "$package" >&2; exit 2; }
done
if [ "$built" = - ]; then
  built="$work/built"
  mkdir "$built"
  for package in "${packages[@]}"; do build "$package"; done
fi
version="$(sed -n '/^\[workspace.package\]/,/^\[/s/^version = "\(.*\)"/\1/p' "$here/Cargo.toml")"
architecture="$(dpkg --print-architecture)"

for package in "${packages[@]}"; do
  # What a package is made of: its files and scripts, where its programs lie, whose arguments its pages are drawn from.
  of="$package" from="$built" program="$package"
  case $package in
  teiten) drawn="$work/teiten" ;;
  teiten-with-cluster) of=teiten from="$built/with-cluster" program=teiten drawn="$work/teiten" ;;
  teiten-sensor) drawn="$here/packaging" ;;
  *) drawn="$here/packaging/${package#teiten-}" ;;
  esac
  root="$work/$package-root"
  mkdir -p "$root/DEBIAN"
  while read -r what where mode; do
    case $what in '' | '#') continue ;; @built@/*) what="$from/${what#@built@/}" ;; *) what="$here/$what" ;; esac
    install -D -m "$mode" "$what" "$root/$where"
    case $where in etc/*) printf '/%s\n' "$where" >>"$root/DEBIAN/conffiles" ;; esac
  done <"$here/packaging/deb/$of/files"
  # Completions and pages for man: the program's own, or those drawn from its arguments beside the packaging.
  if [ "$program" = teiten ]; then
    rm -rf "$drawn"
    mkdir -p "$drawn/completions" "$drawn/man"
    for shell in bash zsh fish; do "$from/teiten" completions "$shell" >"$drawn/completions/teiten.$shell"; done
    "$from/teiten" man "$drawn/man"
  fi
  install -D -m 644 "$drawn/completions/$program.bash" "$root/usr/share/bash-completion/completions/$program"
  install -D -m 644 "$drawn/completions/$program.zsh" "$root/usr/share/zsh/vendor-completions/_$program"
  install -D -m 644 "$drawn/completions/$program.fish" "$root/usr/share/fish/vendor_completions.d/$program.fish"
  for page in "$drawn"/man/*; do
    section="man${page##*.}"
    mkdir -p "$root/usr/share/man/$section"
    gzip -9n <"$page" >"$root/usr/share/man/$section/$(basename "$page").gz"
    chmod 644 "$root/usr/share/man/$section/$(basename "$page").gz"
  done
  for script in postinst prerm; do install -m 755 "$here/packaging/deb/$of/$script" "$root/DEBIAN/"; done
  {
    sed '/^Description:/,$d' "$here/packaging/deb/$package/control"
    printf 'Version: %s\nArchitecture: %s\nInstalled-Size: %s\n' "$version" "$architecture" "$(du -sk "$root" | cut -f1)"
    sed -n '/^Description:/,$p' "$here/packaging/deb/$package/control"
  } >"$root/DEBIAN/control"
  file="$out/${package}_${version}_$architecture.deb"
  dpkg-deb --root-owner-group --build "$root" "$file" >&2
  printf '%s\n' "$file"
done
