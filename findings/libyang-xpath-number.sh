#!/bin/sh
# libyang 2.1.30 (yanglint of Debian 12): number() in a `must` reads more than XPath 1.0 allows, and less.
#
# XPath 1.0, section 4.4: a string that is an optional minus sign and a Number (digits, one point), with whitespace
# around it, is that number; any other string is NaN. libyang hands the string to strtod() instead, and takes it only if
# nothing is left over:
#   - "0x10", "1.6E1" and "+16" are 16 (XPath: NaN);
#   - " 16 " is NaN (XPath: 16).
# A config can thus pass on a switch that checks it with libyang, and fail in a validator that follows XPath, or the
# other way round.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
apt-get -qq download libyang2=2.1.30-2 libyang2-tools=2.1.30-2 libpcre2-8-0 2>/dev/null
for package in *.deb; do dpkg -x "$package" root; done
library=$(dirname "$(find "$folder/root" -name 'libyang.so.2' | head -n 1)")
yanglint() { LD_LIBRARY_PATH="$library" root/usr/bin/yanglint "$@"; }
yanglint --version

cat > sixteen.yang <<'YANG'
module sixteen {
    yang-version 1.1;
    namespace "urn:example:sixteen";
    prefix s;
    leaf value {
        type string;
        must "number(.) = 16";
    }
}
YANG

failed=0
check() { # VALUE EXPECTED
    printf '{"sixteen:value": "%s"}\n' "$1" > data.json
    if yanglint sixteen.yang data.json > output 2>&1; then seen=16; else seen="not 16"; fi
    printf 'number("%s"): %s\n' "$1" "$seen"
    [ "$seen" = "$2" ] || { echo "  changed: it was $2"; failed=1; }
}
check "16" 16
check "16.0" 16
check "0x10" 16
check "1.6E1" 16
check "+16" 16
check " 16 " "not 16"
exit $failed
