#!/usr/bin/env bash
# Makes the Debian packages teiten and teiten-sensor from what lies in packaging/deb.
#   scripts/deb.sh OUT          builds both programs for release, the sensor static, and packs them into OUT
#   scripts/deb.sh OUT BUILT    packs the programs that lie in BUILT
# Prints the paths of the packages.
set -euo pipefail
here="$(cd "$(dirname "$0")/.." && pwd)"
[ $# -ge 1 ] || { sed -n '2,5p' "$0" >&2; exit 2; }
out="$1"
mkdir -p "$out"
built="${2:-}"
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT

if [ -z "$built" ]; then
  built="$work/built"
  mkdir "$built"
  (
    cd "$here"
    cargo build --release --locked --workspace --exclude teiten-cluster --exclude teiten-nats --bin teiten
    cp "${CARGO_TARGET_DIR:-target}/release/teiten" "$built/"
  )
  static="$("$here/scripts/sensor-static.sh" | tail -1)"
  cp "${static% * bytes}" "$built/"
fi
version="$(sed -n '/^\[workspace.package\]/,/^\[/s/^version = "\(.*\)"/\1/p' "$here/Cargo.toml")"
architecture="$(dpkg --print-architecture)"

for package in teiten teiten-sensor; do
  root="$work/$package"
  mkdir -p "$root/DEBIAN"
  while read -r what where mode; do
    case $what in '' | '#') continue ;; @built@/*) what="$built/${what#@built@/}" ;; *) what="$here/$what" ;; esac
    install -D -m "$mode" "$what" "$root/$where"
    case $where in etc/*) printf '/%s\n' "$where" >>"$root/DEBIAN/conffiles" ;; esac
  done <"$here/packaging/deb/$package/files"
  # Completions and pages for man: the program's own, or those drawn from its arguments beside the packaging.
  if [ "$package" = teiten ]; then
    mkdir -p "$work/completions" "$work/man"
    for shell in bash zsh fish; do "$built/teiten" completions "$shell" >"$work/completions/$package.$shell"; done
    "$built/teiten" man "$work/man"
    drawn="$work"
  else
    drawn="$here/packaging"
  fi
  install -D -m 644 "$drawn/completions/$package.bash" "$root/usr/share/bash-completion/completions/$package"
  install -D -m 644 "$drawn/completions/$package.zsh" "$root/usr/share/zsh/vendor-completions/_$package"
  install -D -m 644 "$drawn/completions/$package.fish" "$root/usr/share/fish/vendor_completions.d/$package.fish"
  for page in "$drawn"/man/*; do
    section="man${page##*.}"
    mkdir -p "$root/usr/share/man/$section"
    gzip -9n <"$page" >"$root/usr/share/man/$section/$(basename "$page").gz"
    chmod 644 "$root/usr/share/man/$section/$(basename "$page").gz"
  done
  for script in postinst prerm; do install -m 755 "$here/packaging/deb/$package/$script" "$root/DEBIAN/"; done
  {
    sed '/^Description:/,$d' "$here/packaging/deb/$package/control"
    printf 'Version: %s\nArchitecture: %s\nInstalled-Size: %s\n' "$version" "$architecture" "$(du -sk "$root" | cut -f1)"
    sed -n '/^Description:/,$p' "$here/packaging/deb/$package/control"
  } >"$root/DEBIAN/control"
  file="$out/${package}_${version}_$architecture.deb"
  dpkg-deb --root-owner-group --build "$root" "$file" >&2
  printf '%s\n' "$file"
done
