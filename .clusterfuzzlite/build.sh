#!/bin/bash -eu
exec "$SRC/hostfault/fuzz/oss-fuzz-build.sh"
