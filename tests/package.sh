#!/bin/sh
# What `make dist` made, unpacked in folders of its own and run there: `sh tests/package.sh dist`. As root the Debian
# package is run in a root of its own, which has nothing but what it brings and the libraries that it needs.
set -eu
dist=$(realpath "$1")
cd "$(dirname "$0")/.."
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

fail() {
    echo "package: $*" >&2
    exit 1
}
# Fails unless a text has a line like a pattern.
has() {
    printf '%s\n' "$1" | grep -qE -- "$2" || fail "no \"$2\" in: $1"
}

version=$(sed -n 's/^version = "\(.*\)"/\1/p' Cargo.toml | head -n 1)
name=sonicfg-$version-$(uname -m)
deb=$(ls "$dist"/*.deb)

echo "checksums"
(cd "$dist" && sha256sum --check --quiet --strict SHA256SUMS)
[ "$(wc -l < "$dist/SHA256SUMS")" = 2 ] || fail "SHA256SUMS names $(wc -l < "$dist/SHA256SUMS") files"

echo "the same bytes again"
cp "$dist/SHA256SUMS" "$scratch/before"
make -s dist > "$scratch/log" 2>&1 || fail "make dist: $(cat "$scratch/log")"
cmp "$scratch/before" "$dist/SHA256SUMS" || fail "make dist made other bytes"

echo "the tarball"
tar -tvf "$dist/$name.tar.gz" --numeric-owner > "$scratch/list"
[ "$(awk '{ print $2, $4, $5 }' "$scratch/list" | sort -u | wc -l)" = 1 ] || fail "more than one owner or time"
awk '{ print $6 }' "$scratch/list" | LC_ALL=C sort -c || fail "the names are not sorted"
! grep -vq " $name/" "$scratch/list" || fail "something stands outside of $name/"
tar -C "$scratch" -xzf "$dist/$name.tar.gz"
has "$("$scratch/$name/bin/sonicfg" --version)" "^sonicfg $version\$"
for file in share/man/man1/sonicfg.1 share/sonicfg/yang/sonic-system-defaults.yang share/sonicfg/shim/config \
    share/doc/sonicfg/README.md share/doc/sonicfg/docs/policy.md share/doc/sonicfg/LICENSE \
    lib/systemd/system/sonicfg-recover.service etc/policy.toml; do
    [ -s "$scratch/$name/$file" ] || fail "the tarball has no $file"
done

echo "libraries"
libraries=$(ldd "$scratch/$name/bin/sonicfg" | awk '{ print $1 }' | sed 's,.*/,,' | LC_ALL=C sort | tr '\n' ' ')
for library in $libraries; do
    case $library in
        libc.so.* | libm.so.* | libgcc_s.so.* | ld-linux* | linux-vdso.so.*) ;;
        *) fail "it needs $library" ;;
    esac
done
echo "  $libraries"

echo "the Debian package"
has "$(dpkg-deb -f "$deb" Package Version Depends)" "^Package: sonicfg\$"
has "$(dpkg-deb -f "$deb" Depends)" "^libc6 \(>= "
dpkg-deb -e "$deb" "$scratch/control"
has "$(cat "$scratch/control/conffiles")" "^/etc/sonicfg/policy.toml\$"
has "$(cat "$scratch/control/postinst")" "deb-systemd-helper enable .?sonicfg-recover.service"
root=$scratch/root
mkdir "$root"
dpkg -x "$deb" "$root"
[ -s "$root/usr/share/doc/sonicfg/copyright" ] || fail "it has no copyright"
unit=$(find "$root" -name sonicfg-recover.service)
has "$(cat "$unit")" "^ExecStart=/usr/bin/sonicfg recover --watch"

# The command, as somebody runs it who has nothing else.
mkdir "$root/work"
cp fixtures/config_db.json fixtures/patches/*.json "$root/work"
if [ "$(id -u)" = 0 ]; then
    ldd "$root/usr/bin/sonicfg" | grep -o '/[^ ]*' | while read -r library; do
        mkdir -p "$root$(dirname "$library")"
        cp -L "$library" "$root$library"
    done
    alone() { env -i HOME=/work PATH=/usr/bin "$(command -v chroot)" "$root" /usr/bin/sonicfg "$@"; }
    work=/work machine=/etc/sonicfg/policy.toml models=/usr/share/sonicfg/yang
else
    alone() { env -i HOME="$root/work" PATH="$root/usr/bin" SONICFG_POLICY="$machine" sonicfg "$@"; }
    work=$root/work machine=$root/etc/sonicfg/policy.toml models=$root/usr/share/sonicfg/yang
fi

echo "the command"
has "$(alone validate "$work/config_db.json")" "config_db.json: valid"
has "$(alone validate --yang-dir "$models" "$work/config_db.json")" "config_db.json: valid"
has "$(alone validate --base "$work/config_db.json" "$work/refused.json" 2>&1 || true)" "^Error: 3 errors found\$"
has "$(alone apply-patch "$work/good.json" --config "$work/config_db.json")" "^Patch applied successfully"
has "$(alone history --config "$work/config_db.json")" "apply-patch: 1 step, 4 entries"

echo "the machine's rules"
printf '[max-unavailable]\nPORT = 2\n' > "$root/etc/sonicfg/policy.toml"
has "$(alone validate "$work/config_db.json" 2>&1 || true)" "^Error: .*/etc/sonicfg/policy.toml:2:8: 2 is no fraction"

echo "man pages"
for page in sonicfg sonicfg-validate sonicfg-apply-patch sonicfg-recover sonicfg-flags-show; do
    file=$root/usr/share/man/man1/$page.1.gz
    [ -s "$file" ] || fail "no man page $page"
    has "$(zcat "$file")" '^\.TH '
    if command -v man > /dev/null; then
        said=$(MANROFFSEQ='' man --warnings -E UTF-8 -l "$file" 2>&1 > "$scratch/page") || fail "man $page: $said"
        [ -z "$said" ] || fail "man $page: $said"
        has "$(cat "$scratch/page")" "SYNOPSIS"
    fi
done

echo "completions"
complete=$root/usr/share/bash-completion/completions/sonicfg
if command -v bash > /dev/null; then
    has "$(bash -c '. "$1" && complete -p sonicfg' - "$complete")" "sonicfg\$"
fi
zsh=$root/usr/share/zsh/vendor-completions/_sonicfg
has "$(cat "$zsh")" "^#compdef sonicfg"
! command -v zsh > /dev/null || zsh -n "$zsh"
fish=$root/usr/share/fish/vendor_completions.d/sonicfg.fish
has "$(cat "$fish")" "complete .*sonicfg"
! command -v fish > /dev/null || fish -n "$fish"

echo "the shim"
[ -x "$root/usr/share/sonicfg/shim/config" ] || fail "the shim is no program"
if [ -x /usr/bin/python3 ]; then
    has "$("$root/usr/share/sonicfg/shim/config" apply-patch --help)" "PATCH_FILE_PATH"
fi

ls -l "$dist"
echo "all is right with the packages"
