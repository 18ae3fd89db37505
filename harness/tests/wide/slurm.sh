#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# A wide sweep on a real Slurm: one controller and two nodes on this machine. One node is killed during the sweep. No point may be lost or run twice,
# and the merged database must have the findings of a single sweep. usage: slurm.sh HOSTFAULT SCRIPTS_WIDE
# Exit status 77, with the reason: Slurm is not installed, or this user may not run it.
set -uo pipefail

tool=$(realpath "$1") wide=$(realpath "$2")
skip() { echo "SKIPPED: $1"; exit 77; }
fail() { echo "FAILED: $1"; tail -n 20 "$work"/*.log "$work"/sweep/*.log 2> /dev/null; exit 1; }
for program in slurmctld slurmd sbatch munged; do
    command -v "$program" > /dev/null || PATH=$PATH:/usr/sbin
    command -v "$program" > /dev/null || skip "$program is not installed (Debian: slurmctld slurmd slurm-client munge)"
done
[ "$(id -u)" = 0 ] || skip "Slurm's daemons need root here"

work=$(mktemp -d "${TMPDIR:-/tmp}/hostfault-slurm.XXXXXX")
daemons=()
end_all() {
    for pid in "${daemons[@]}"; do kill "$pid" 2> /dev/null; done
    pkill -9 -f "$work/" 2> /dev/null
    wait
    rm -rf "$work"
}
trap end_all EXIT

# A key, a socket and ports of our own: whatever else runs on this machine is left alone.
port=$((20000 + $$ % 20000))
mkdir -p "$work"/{spool-a,spool-b,state,munge}
chmod 0711 "$work"
chmod 0700 "$work/munge"
head -c 1024 /dev/urandom > "$work/munge/key"
chmod 0600 "$work/munge/key"
munged --foreground --force --socket="$work/munge/socket" --key-file="$work/munge/key" --pid-file="$work/munge/pid" --log-file="$work/munge/log" \
    --seed-file="$work/munge/seed" > "$work/munged.log" 2>&1 &
daemons+=($!)

host=$(hostname -s)
cat > "$work/slurm.conf" << EOF
ClusterName=hostfault
SlurmctldHost=$host(127.0.0.1)
SlurmctldPort=$port
SlurmUser=root
AuthType=auth/munge
AuthInfo=socket=$work/munge/socket
CredType=cred/munge
StateSaveLocation=$work/state
SlurmdSpoolDir=$work/spool-%n
SlurmctldPidFile=$work/slurmctld.pid
SlurmdPidFile=$work/slurmd-%n.pid
SlurmctldLogFile=$work/slurmctld.log
SlurmdLogFile=$work/slurmd-%n.log
ProctrackType=proctrack/pgid
TaskPlugin=task/none
SelectType=select/cons_tres
SelectTypeParameters=CR_Core
MpiDefault=none
ReturnToService=2
SlurmdTimeout=10
JobRequeue=1
NodeName=a NodeHostname=$host NodeAddr=127.0.0.1 Port=$((port + 1)) CPUs=2 State=UNKNOWN
NodeName=b NodeHostname=$host NodeAddr=127.0.0.1 Port=$((port + 2)) CPUs=2 State=UNKNOWN
PartitionName=all Nodes=ALL Default=YES MaxTime=INFINITE State=UP
EOF
export SLURM_CONF=$work/slurm.conf HOSTFAULT=$tool
slurmctld -D > "$work/slurmctld.out.log" 2>&1 &
daemons+=($!)
slurmd -D -N a > "$work/slurmd-a.out.log" 2>&1 &
daemons+=($!)
slurmd -D -N b > "$work/slurmd-b.out.log" 2>&1 &
node_b=$!
daemons+=("$node_b")

await() { # await SECONDS COMMAND...: until it succeeds
    local left=$(($1 * 5))
    shift
    until "$@"; do
        left=$((left - 1))
        [ "$left" -gt 0 ] || return 1
        sleep 0.2
    done
}
nodes_idle() { [ "$(sinfo -h -N -o '%N %t' 2> /dev/null | grep -c ' idle')" = 2 ]; }
await 60 nodes_idle || skip "Slurm does not come up here: $(tail -n 1 "$work/slurmctld.log" 2> /dev/null)"

# Bad use is told, and starts nothing.
"$wide/slurm" 6 "$work/sweep" --caller lua > "$work/usage.log" 2>&1
[ $? = 2 ] || fail "a command line without -- is not refused"

shards=6
arguments=(--caller lua --failures E_OUTOFMEMORY --sites 'luaH*' --isolate rerun --no-proof --jobs 1)
"$wide/slurm" "$shards" "$work/sweep" -- "${arguments[@]}" > "$work/submit.log" 2>&1 || fail "sbatch"

# Node b dies while it runs a shard: its daemon, its jobs' steps and all they started.
runs_on_b() { squeue -h -t R -w b -o %i | grep -q . && ls "$work"/sweep/shard-*/hostfault.db > /dev/null 2>&1; }
await 120 runs_on_b || fail "no shard ran on node b"
squeue -h -t R -w b -o '%i %K' > "$work/killed.log"
kill -9 "$node_b"
pkill -9 -f "slurmstepd: .*" 2> /dev/null
for index in $(awk '{print $2}' "$work/killed.log"); do pkill -9 -f "$work/sweep/shard-$index\b"; done

"$wide/collect" "$work/sweep" "$shards" > "$work/early.log" 2>&1
[ $? = 3 ] || fail "collect did not say that shards are missing"

slurmd -D -N b > "$work/slurmd-b.again.log" 2>&1 &
daemons+=($!)
# Slurm lets a job that it queues again wait two minutes; that is not what is tested.
queue_is_empty() {
    for job in $(squeue -h -t PD -o %i); do scontrol update "JobId=$job" StartTime=now > /dev/null 2>&1; done
    [ -z "$(squeue -h)" ]
}
await 240 queue_is_empty || fail "the array does not end: $(squeue -h | head -3)"

# Shards that Slurm gave up are started again by the same command.
if ! "$wide/collect" "$work/sweep" "$shards" > "$work/collect.log" 2>&1; then
    [ "$(ls -d "$work"/sweep/shard-*/done 2> /dev/null | wc -l)" = "$shards" ] || "$wide/slurm" "$shards" "$work/sweep" -- "${arguments[@]}" >> "$work/submit.log" 2>&1
    await 240 queue_is_empty || fail "the second array does not end"
    "$wide/collect" "$work/sweep" "$shards" > "$work/collect.log" 2>&1
    [ $? -le 1 ] || fail "shards are missing after the second array"
fi

# What the database says of points, of the whole and of one sweep without shards: the same, each point once.
"$tool" sweep --quiet --results "$work/one" "${arguments[@]}" > "$work/one.log" 2>&1
[ $? -le 1 ] || fail "the sweep without shards"
points() {
    python3 -B - "$1" << 'EOF'
import sqlite3, sys
rows = sqlite3.connect(sys.argv[1]).execute(
    "SELECT s.method, s.key, p.thread, p.ordinal, p.result, p.onwards, p.variant, p.second, p.outcome, p.response"
    " FROM point AS p JOIN site AS s ON s.id = p.site ORDER BY 1, 2, 3, 4, 5, 6, 7, 8").fetchall()
for row in rows:
    print(row)
EOF
}
points "$work/sweep/hostfault.db" > "$work/merged.txt" || fail "the merged database"
points "$work/one/hostfault.db" > "$work/whole.txt" || fail "the database of one sweep"
count=$(wc -l < "$work/whole.txt")
[ "$count" -gt 100 ] || fail "only $count points"
[ -z "$(uniq -d "$work/merged.txt")" ] || fail "a point was made twice"
diff "$work/whole.txt" "$work/merged.txt" > "$work/difference.log" || fail "merged is not what one sweep finds: $(head -5 "$work/difference.log")"

echo "6 shards on 2 nodes, one killed while it ran shard $(awk '{print $2}' "$work/killed.log" | tr '\n' ' '); $count points merged, as of one sweep"
