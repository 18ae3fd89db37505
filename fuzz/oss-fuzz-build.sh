#!/bin/bash -eu
# SPDX-License-Identifier: MIT
# Builds the fuzz targets as OSS-Fuzz and ClusterFuzzLite require: with $CC, $CFLAGS and $LIB_FUZZING_ENGINE, into $OUT, each with its seed corpus, its
# dictionary and its options. $SRC/hostfault is this tree, $WORK a folder for the build.
cd "${SRC:?}/hostfault"
build=${WORK:?}/hostfault
cmake -S . -B "$build" -G Ninja -DCMAKE_BUILD_TYPE=None -DCMAKE_C_COMPILER="${CC:?}" -DCMAKE_C_FLAGS="${CFLAGS:-}" \
    -DHF_FUZZ=ON -DHF_FUZZ_ENGINE="${LIB_FUZZING_ENGINE:?}" -DHF_SANITIZED=ON -DHF_DEVELOPER_MODE=ON
cmake --build "$build" --target fuzz-targets

export HF_FUZZ_BIN=$build/bin
scripts/fuzz seeds "$build/seeds"
for target in schedule engine host scenario trace pdb; do
    cp "$build/bin/fuzz_$target" "${OUT:?}/"
    (cd "$build/seeds/$target" && zip -q -r "$OUT/fuzz_${target}_seed_corpus.zip" .)
    [ ! -f "fuzz/$target.dict" ] || cp "fuzz/$target.dict" "$OUT/fuzz_$target.dict"
    printf '[libfuzzer]\nmax_len = %s\ntimeout = 60\n' "$([[ $target = trace || $target = pdb ]] && echo 65536 || echo 8192)" > "$OUT/fuzz_$target.options"
done
