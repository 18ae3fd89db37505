# SPDX-License-Identifier: MIT
# Sourced by the scripts beside it: hf_apt_sources FOLDER sets up a private apt below FOLDER, which uses the machine's mirrors and asks them for sources.
# It only reads the machine's own settings. It copies the lists each time, because a mistake in them may have been corrected.
hf_apt_sources() {
    local list work=$1
    rm -rf "$work/lists" "$work/parts"
    mkdir -p "$work/lists/partial" "$work/parts"
    for list in /etc/apt/sources.list.d/*.sources; do
        [ ! -e "$list" ] || sed 's/^Types:.*/Types: deb-src/' "$list" > "$work/parts/$(basename "$list")"
    done
    for list in /etc/apt/sources.list /etc/apt/sources.list.d/*.list; do
        [ ! -e "$list" ] || sed -n 's/^deb /deb-src /p' "$list" > "$work/parts/$(basename "$list" .list).list"
    done
    cat > "$work/apt.conf" << CONF
Dir::State::lists "$work/lists";
Dir::Cache "$work";
Dir::Etc::sourcelist "/dev/null";
Dir::Etc::sourceparts "$work/parts";
APT::Sandbox::User "$(id -un)";
CONF
    export APT_CONFIG=$work/apt.conf
}
