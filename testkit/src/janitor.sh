# Stops the Postgres of the tests when no test process is left. See janitor.rs.
# $1: the folder with `users`, $2: the process id of Postgres, $3: how many seconds to wait before stopping it
cd "$1" || exit 1
server=$2
linger=$3

# True when a registered process lives; forgets those that do not.
anyone() {
    found=1
    for file in users/*; do
        [ -e "$file" ] || continue
        if kill -0 "${file#users/}" 2>/dev/null; then found=0; else rm -f "$file"; fi
    done
    return "$found"
}

idle=0
while kill -0 "$server" 2>/dev/null; do
    sleep 1
    if anyone; then
        idle=0
        continue
    fi
    idle=$((idle + 1))
    [ "$idle" -ge "$linger" ] || continue
    mkdir closing 2>/dev/null || exit 0
    if anyone; then
        rmdir closing
        idle=0
        continue
    fi
    kill -INT "$server"
    # At most 15 s: a server whose parent does not reap it stays in the process table.
    turn=0
    while [ "$turn" -lt 150 ] && kill -0 "$server" 2>/dev/null; do
        sleep 0.1
        turn=$((turn + 1))
    done
    rmdir closing
    exit 0
done
