# Stops the Postgres of the tests when no test process is left. See janitor.rs.
# $1: the folder with `users`, $2: the process id of Postgres, $3: how many seconds to wait before stopping it
cd "$1" || exit 1
server=$2
linger=$3

# True when the process lives; one that only waits to be reaped does not.
alive() {
    kill -0 "$1" 2>/dev/null || return 1
    stat=
    { read -r stat <"/proc/$1/stat"; } 2>/dev/null
    case "${stat##*) }" in Z* | X*) return 1 ;; esac
}

# True when a registered process lives; forgets those that do not.
anyone() {
    found=1
    for file in users/*; do
        [ -e "$file" ] || continue
        if alive "${file#users/}"; then found=0; else rm -f "$file"; fi
    done
    return "$found"
}

idle=0
while alive "$server"; do
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
    # Not for ever: where zombies cannot be told, one that nobody reaps would be waited for.
    turn=0
    while [ "$turn" -lt 150 ] && alive "$server"; do
        sleep 0.1
        turn=$((turn + 1))
    done
    rmdir closing
    exit 0
done
