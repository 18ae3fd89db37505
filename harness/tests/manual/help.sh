# SPDX-License-Identifier: MIT
# Makes what the examples of the help texts need, in the folder where they run: a user's program, scripts, results of sweeps in shards, and a baseline.
# Sourced by the test's shell, with the tool on PATH. A line "stand-in SHOWN REAL", between tabs, gives the real name for a name that an example shows.
hf_set_up() {
    local bin finding folder shard
    bin=$(dirname "$(command -v hostfault)")
    echo 'local words = {} for i = 1, 20 do words[i] = ("word "):rep(i) end print(#table.concat(words))' > words.lua
    printf '#!/bin/sh\nexec "%s/hf-caller-clr" --program jit\n' "$bin" > my-engine
    printf '#!/bin/sh\nexec "%s/hf-caller-lua" "%s/words.lua"\n' "$bin" "$PWD" > my-program
    chmod +x my-engine my-program
    mkdir -p scenarios/mine results/baseline
    cat > scenarios/mine/storm.yaml << 'END'
name: storm
caller: clr
args: [--program, jit]
faults:
  - { call: Malloc.Alloc, phase: running, when: 3, return: E_OUTOFMEMORY, optional: true }
  - { call: VirtualAlloc, where: { type: commit }, from: reserve_block, phase: running, when: 1, return: E_OUTOFMEMORY }
expect: { outcome: reported }
END
    for shard in 1 2 3 4; do
        hostfault sweep --caller clr --shard $shard/4 --failures E_OUTOFMEMORY --results shard-$shard --quiet > /dev/null || [ $? -eq 1 ] || return
    done
    finding=$(hostfault sweep --caller clr | sed -n 's/.*hostfault replay \([0-9a-f]*\).*/\1/p' | head -1)
    hostfault report --findings results/baseline/findings.json > /dev/null || return
    cp scenarios/mine/storm.yaml my-scenario.yaml
    hostfault run my-scenario.yaml > /dev/null || return
    folder=$(ls -d results/runs/* | head -1)
    [ -n "$finding" ] && [ -n "$folder" ] || { echo "no finding '$finding' or no run '$folder' to stand for those of the examples"; return 1; }
    printf 'stand-in\t3f2a\t%s\n' "$finding"
    for shown in results/runs/20260131-235959.123-commit-fails-1a2b3c results/runs/20260131-235959.123-oom-1a2b3c; do
        printf 'stand-in\t%s\t%s\n' "$shown" "$folder"
    done
}
hf_set_up
