#!/bin/sh
# Lays out what a package holds: `sh packaging/stage.sh target/dist/release/sonicfg target/dist/stage`.
set -eu
program=$1
stage=$2

rm -rf "$stage"
mkdir -p "$stage/bin" "$stage/etc" "$stage/lib/systemd/system"
strip -o "$stage/bin/sonicfg" "$program"

share=$stage/share
mkdir -p "$share/man/man1" "$share/bash-completion/completions" "$share/zsh/vendor-completions" \
    "$share/fish/vendor_completions.d" "$share/sonicfg/yang" "$share/sonicfg/shim" "$share/doc/sonicfg/docs"
"$stage/bin/sonicfg" man --dir "$share/man/man1" >&2
"$stage/bin/sonicfg" completions bash > "$share/bash-completion/completions/sonicfg"
"$stage/bin/sonicfg" completions zsh > "$share/zsh/vendor-completions/_sonicfg"
"$stage/bin/sonicfg" completions fish > "$share/fish/vendor_completions.d/sonicfg.fish"
cp yang/*.yang "$share/sonicfg/yang/"
cp policy/default.toml "$share/sonicfg/"
cp integrations/shim/config "$share/sonicfg/shim/"
cp README.md CHANGELOG.md MIGRATION.md LICENSE "$share/doc/sonicfg/"
cp docs/*.md "$share/doc/sonicfg/docs/"
cp packaging/policy.toml "$stage/etc/"
cp packaging/systemd/*.service "$stage/lib/systemd/system/"
