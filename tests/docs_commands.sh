#!/bin/sh
# What a reader does: every command block of README.md and docs/*.md, in order, each file in a fresh clone, and what
# it prints compared with what stands there.
#
#   sh tests/docs_commands.sh target/release/sonicfg [README.md docs/policy.md …]
#
# SONICFG_DOCS=write writes what differs into the files. How blocks are read:
#   ```console  Lines that begin with `$ ` are commands, `> ` continues one; what follows is what they print, on standard
#               output and standard error. A line `…` stands for any number of lines. A command succeeds, unless the last
#               line that it prints begins with `Error: `.
#   ```sh       A script that succeeds. `make TARGET` is checked to be a target of the Makefile, and not done: this
#               test is itself a part of `make test`.
# What is another each time, names of changes, times, users, processes and the clone's folder, is compared as if it were
# this:
steady() {
    sed -E \
        -e "s,$scratch/clone,/home/admin/sonicfg,g" \
        -e 's/[0-9]{8}T[0-9]{9}-[0-9a-f]{4}/20261121T143000123-5f2a/g' \
        -e 's/[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]+)?Z/2026-11-21T14:30:00Z/g' \
        -e 's/^(20261121T143000123-5f2a 2026-11-21T14:30:00Z) [^ ]+/\1 admin/' \
        -e 's/[^ ]+@[^ ]+ \(process [0-9]+/admin@switch (process 4711/g'
}
set -u

[ $# -gt 0 ] || { echo "usage: sh tests/docs_commands.sh SONICFG [FILE…]" >&2; exit 2; }
program=$(realpath "$1") || exit 2
shift
root=$(cd "$(dirname "$0")/.." && pwd) || exit 2
cd "$root" || exit 2
[ $# -gt 0 ] || set -- README.md docs/*.md

# Several at the same time; what each says is told in order.
if [ $# -gt 1 ]; then
    said=$(mktemp -d) || exit 2
    trap 'rm -rf "$said"' EXIT
    failed=0 pids=
    for file; do
        sh tests/docs_commands.sh "$program" "$file" > "$said/$(basename "$file")" 2>&1 &
        pids="$pids $!"
    done
    for pid in $pids; do wait "$pid" || failed=1; done
    cat "$said"/* >&2
    exit "$failed"
fi

scratch=$(mktemp -d) || exit 2
trap 'stop; rm -rf "$scratch"' EXIT
mkdir "$scratch/bin"
ln -s "$program" "$scratch/bin/sonicfg"

# Ends what a page left running, by the file that it names its process in.
stop() {
    for pid in "$scratch"/clone/*.pid; do
        [ ! -e "$pid" ] || kill "$(cat "$pid")" 2> /dev/null
    done
}

# A clone, with what is not committed yet.
clone() {
    mkdir "$scratch/home"
    git clone -q "$root" "$scratch/clone" || exit 2
    git ls-files -z --cached --others --exclude-standard |
        tar --null --files-from=- --ignore-failed-read -cf - 2> /dev/null | tar -C "$scratch/clone" -xf -
}

# Runs a script as a reader, in the clone.
reader() {
    (cd "$scratch/clone" && exec env -i HOME="$scratch/home" PATH="$scratch/bin:$PATH" LC_ALL=C.UTF-8 TZ=UTC \
        SONICFG_STATE_DIR="$scratch/home/state" timeout 60 sh "$@" < /dev/null)
}

# Whether the second file is what the first one says.
is_told() {
    awk -v of="$1" '
        function is_from(i, j) {
            for (; i <= told; i++ + j++) {
                if (tell[i] == "…") {
                    for (; j <= told_of; j++) if (is_from(i + 1, j)) return 1
                    return is_from(i + 1, j)
                }
                if (j > told_of || tell[i] != line[j]) return 0
            }
            return j > told_of
        }
        BEGIN { while ((getline text < of) > 0) tell[++told] = text }
        { line[++told_of] = $0 }
        END { exit !is_from(1, 1) }' "$2"
}

# Ends a command of a console block: what it prints goes into the page, as it was written where that is right.
finish() {
    [ -n "$command" ] || return 0
    reader -c "$command" > "$scratch/out" 2>&1
    code=$?
    steady < "$scratch/out" > "$scratch/printed"
    [ -z "$(tail -c 1 "$scratch/printed")" ] || echo >> "$scratch/printed"
    if is_told "$scratch/told" "$scratch/printed"; then
        cat "$scratch/told" >> "$scratch/page"
    else
        cat "$scratch/printed" >> "$scratch/page"
    fi
    case $code,$(tail -n 1 "$scratch/printed") in
        0,'Error: '*) complain "it ends with an error, and with exit code 0: $command" ;;
        0,* | *,'Error: '*) ;;
        *) complain "exit code $code: $command" ;;
    esac
    command=
}

complain() {
    echo "$file: $1" >&2
    failed=1
}

# Runs a file's blocks. The page is the file with what they really print.
walk() {
    block=text command=
    : > "$scratch/page"
    while IFS= read -r line; do
        case $block,$line in
            text,'```console' | text,'```sh') block=${line#'```'} && : > "$scratch/script" ;;
            text,'```'*) block=other ;;
            text,*) ;;
            *,'```')
                finish
                if [ "$block" = sh ]; then
                    reader -e "$scratch/script" > "$scratch/out" 2>&1 ||
                        complain "this fails: $(cat "$scratch/script" "$scratch/out")"
                fi
                block=text ;;
            sh,'make '*) printf '%s\n' "make -n ${line#make }" >> "$scratch/script" ;;
            sh,*) printf '%s\n' "$line" >> "$scratch/script" ;;
            console,'$ '*) finish && command=${line#'$ '} && : > "$scratch/told" ;;
            console,'> '* | console,'>')
                line=${line#>}
                command="$command
${line# }"
                line=">$line" ;;
            console,*) printf '%s\n' "$line" >> "$scratch/told" && continue ;;
        esac
        printf '%s\n' "$line" >> "$scratch/page"
    done < "$file"
    [ "$block" = text ] || complain "a block is not closed"
}

failed=0
file=$1
clone
walk
if ! cmp -s "$file" "$scratch/page"; then
    if [ "${SONICFG_DOCS-}" = write ]; then
        cp "$scratch/page" "$file"
    else
        failed=1
        diff -u --label "$file: what stands there" --label "$file: what is printed" "$file" "$scratch/page" >&2
        echo "SONICFG_DOCS=write sh tests/docs_commands.sh SONICFG $file writes what is printed" >&2
    fi
fi
exit "$failed"
