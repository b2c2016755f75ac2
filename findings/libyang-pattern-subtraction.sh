#!/bin/sh
# libyang 2.1.30 (yanglint of Debian 12): character class subtraction in a `pattern` is not subtraction.
#
# RFC 7950, section 9.4.5, takes the regular expressions of XML Schema, in which "[a-z-[aeiou]]+" means consonants only.
# libyang compiles the pattern with PCRE2 and rewrites \p{Is...} blocks, anchors and the like, but not this: PCRE2 ends the
# class at the first "]". It reads one character of "a" to "z", "-" or "[" or a vowel, and then literal "]".
#   - "bcd", which the model's author meant, is refused;
#   - "b]]", which the author excluded, is accepted.
# No warning is given when the module is loaded.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
apt-get -qq download libyang2=2.1.30-2 libyang2-tools=2.1.30-2 libpcre2-8-0 2>/dev/null
for package in *.deb; do dpkg -x "$package" root; done
library=$(dirname "$(find "$folder/root" -name 'libyang.so.2' | head -n 1)")
yanglint() { LD_LIBRARY_PATH="$library" root/usr/bin/yanglint "$@"; }
yanglint --version

cat > consonants.yang <<'YANG'
module consonants {
    yang-version 1.1;
    namespace "urn:example:consonants";
    prefix c;
    leaf word {
        type string {
            pattern "[a-z-[aeiou]]+";
        }
    }
}
YANG

failed=0
check() { # VALUE EXPECTED
    printf '{"consonants:word": "%s"}\n' "$1" > data.json
    if yanglint consonants.yang data.json > output 2>&1; then seen=accepted; else seen=refused; fi
    printf '"%s": %s\n' "$1" "$seen"
    [ "$seen" = "$2" ] || { echo "  changed: it was $2"; failed=1; }
}
check "bcd" refused
check "b]]" accepted
check "e]" accepted
exit $failed
