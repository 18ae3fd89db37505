#!/bin/bash -eu
# SPDX-License-Identifier: MIT
exec "$SRC/hostfault/fuzz/oss-fuzz-build.sh"
