# SPDX-License-Identifier: GPL-2.0-only
# Read by the vif-* scripts, after common.sh: what they have in common.

# The name the configuration gives the interface.
name_interface() {
    need_backend
    : "${vif:?}"
    name=$(node vifname "$vif")
}

# The interface, under that name.
take_interface() {
    name_interface
    if [ "$name" != "$vif" ] && [ -e "/sys/class/net/$vif" ]; then
        ip link set "$vif" down
        ip link set "$vif" name "$name" || fatal "can't rename $vif to $name"
    fi
}

# bring_up MTU: size of packets, unless the configuration says it ('': as it is), then up.
bring_up() {
    mtu=$(node mtu "$1")
    [ -z "$mtu" ] || ip link set "$name" mtu "$mtu" || fatal "can't set the MTU of $name to $mtu"
    ip link set "$name" up
}

# Nothing is to be undone on an interface the kernel has removed already, nor on another one that has the name: if
# that was in use, ours has never got it.
still_there() {
    owner=$(readlink "/sys/class/net/$name/device") || return 1
    [ "${owner##*/}" = "$(echo "${XENBUS_PATH##*backend/}" | tr / -)" ]
}

usage() {
    echo "usage: ${0##*/} online|offline (with XENBUS_PATH and vif set)" >&2
    exit 2
}
