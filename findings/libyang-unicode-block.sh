#!/bin/sh
# libyang 2.1.30 (yanglint of Debian 12): every Unicode block in a `pattern` is the same block.
#
# RFC 7950, section 9.4.5, takes the regular expressions of XML Schema, in which \p{IsGreek} is a character of the block
# Greek, U+0370 to U+03FF. libyang replaces the name by a range before PCRE2 compiles the pattern. It looks the name up in a
# table, but then takes the row by the number of open brackets before the name, not by what it found:
#   - \p{IsGreek} takes "a" and refuses "α": it is U+0000 to U+007F (row 0, BasicLatin);
#   - [\p{IsGreek}] takes "ü": it is U+0080 to U+00FF (row 1, Latin-1Supplement).
# An unknown name is an error when the module is loaded; a known one that means another block is not noticed.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
apt-get -qq download libyang2=2.1.30-2 libyang2-tools=2.1.30-2 libpcre2-8-0 2>/dev/null
for package in *.deb; do dpkg -x "$package" root; done
library=$(dirname "$(find "$folder/root" -name 'libyang.so.2' | head -n 1)")
yanglint() { LD_LIBRARY_PATH="$library" root/usr/bin/yanglint "$@"; }
yanglint --version

cat > blocks.yang <<'YANG'
module blocks {
    yang-version 1.1;
    namespace "urn:example:blocks";
    prefix b;
    leaf alone {
        type string {
            pattern '\p{IsGreek}';
        }
    }
    leaf inside {
        type string {
            pattern '[\p{IsGreek}]';
        }
    }
}
YANG

failed=0
check() { # LEAF VALUE EXPECTED
    printf '{"blocks:%s": "%s"}\n' "$1" "$2" > data.json
    if yanglint blocks.yang data.json > output 2>&1; then seen=accepted; else seen=refused; fi
    printf '%s "%s": %s\n' "$1" "$2" "$seen"
    [ "$seen" = "$3" ] || { echo "  changed: it was $3"; failed=1; }
}
check alone "α" refused
check alone "a" accepted
check alone "ü" refused
check inside "α" refused
check inside "ü" accepted
exit $failed
