#!/bin/sh
# Shows what sonicfg does, on files of its own: `sh tests/demo.sh path/to/sonicfg`.
set -eu
sonicfg=$1
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
config=$folder/config_db.json
cp fixtures/config_db.json "$config"

say() { printf '\n\033[1m%s\033[0m\n' "$1"; }
[ -t 1 ] || say() { printf '\n%s\n' "$1"; }

say '$ sonicfg validate fixtures/config_db.json'
"$sonicfg" validate fixtures/config_db.json

say '$ sonicfg apply-patch fixtures/patches/refused.json --config config_db.json'
status=0
"$sonicfg" apply-patch fixtures/patches/refused.json --config "$config" 2>&1 || status=$?
[ "$status" = 1 ] || { echo "demo: the bad patch was not refused" >&2; exit 1; }
cmp -s fixtures/config_db.json "$config" || { echo "demo: a refused patch changed the file" >&2; exit 1; }

say '$ sonicfg apply-patch fixtures/patches/good.json --config config_db.json'
"$sonicfg" apply-patch fixtures/patches/good.json --config "$config"

say '$ diff -u fixtures/config_db.json config_db.json'
diff -u --label fixtures/config_db.json --label config_db.json fixtures/config_db.json "$config" || true

say '$ sonicfg history --config config_db.json'
"$sonicfg" history --config "$config"

say '$ sonicfg rollback --to 2 --config config_db.json'
"$sonicfg" rollback --to 2 --config "$config"
cmp -s fixtures/config_db.json "$config" || { echo "demo: the rollback left something" >&2; exit 1; }

say '$ sonicfg plan --patch fixtures/plan/change.json --current fixtures/plan/config_db.json --yang-dir fixtures/yang-plan'
"$sonicfg" plan --patch fixtures/plan/change.json --current fixtures/plan/config_db.json \
    --yang-dir fixtures/yang-plan
