#!/bin/sh
# Redis 7.0.15 (Debian 12): table.sort() in a script orders strings by the locale that the server was started in.
#
# Lua compares strings with strcoll(), and Redis calls setlocale(LC_COLLATE, "") when it starts, so one script gives
# another order, and a digest over sorted keys another value, on two servers of the same version with the same data:
#   LC_ALL=C            A B Z _ a b
#   LC_ALL=en_US.UTF-8  _ a A b B Z
# `CONFIG GET locale-collate` prints an empty string in both cases and so does not tell them apart. A script that needs
# one order has to compare bytes itself.
set -eu
folder=$(mktemp -d)
server=
stop() { [ -z "$server" ] || kill "$server" 2>/dev/null || true; rm -rf "$folder"; }
trap stop EXIT
cd "$folder"
apt-get -qq download redis-server=5:7.0.15-1~deb12u10 redis-tools=5:7.0.15-1~deb12u10 locales libhiredis0.14 liblua5.1-0 \
    liblzf1 libjemalloc2 libatomic1 2>/dev/null
for package in *.deb; do dpkg -x "$package" root; done
LD_LIBRARY_PATH=$(find "$folder/root/usr/lib" -maxdepth 1 -type d -name '*-linux-gnu*' | head -n 1)
export LD_LIBRARY_PATH
PATH="$folder/root/usr/bin:$PATH"
redis-server --version
mkdir locales
I18NPATH=root/usr/share/i18n localedef -i root/usr/share/i18n/locales/en_US -f UTF-8 locales/en_US.UTF-8 2>/dev/null

failed=0
check() { # LOCALE EXPECTED
    LOCPATH="$folder/locales" LC_ALL=$1 redis-server --port 0 --unixsocket "$folder/socket" --save "" \
        --logfile "$folder/log" &
    server=$!
    tries=0
    until redis-cli -s "$folder/socket" ping > /dev/null 2>&1; do
        tries=$((tries + 1))
        [ $tries -lt 100 ] || { cat "$folder/log"; exit 1; }
        sleep 0.1
    done
    seen=$(redis-cli -s "$folder/socket" eval \
        'local t = {"a", "B", "_", "A", "b", "Z"} table.sort(t) return table.concat(t, " ")' 0)
    printf '%s: %s; locale-collate: "%s"\n' "$1" "$seen" \
        "$(redis-cli -s "$folder/socket" config get locale-collate | sed -n 2p)"
    [ "$seen" = "$2" ] || { echo "  changed: it was $2"; failed=1; }
    kill "$server"
    wait "$server" || true
    server=
}
check C "A B Z _ a b"
check en_US.UTF-8 "_ a A b B Z"
exit $failed
