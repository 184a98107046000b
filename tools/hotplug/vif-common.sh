# SPDX-License-Identifier: GPL-2.0-only
# Read by the vif-* scripts, after common.sh: what they have in common.

# The interface, under the name the configuration gives it.
take_interface() {
    need_backend
    : "${vif:?}"
    name=$(node vifname "$vif")
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

# Nothing is to be undone on an interface the kernel has removed already.
still_there() {
    [ -e "/sys/class/net/$name" ]
}

usage() {
    echo "usage: ${0##*/} online|offline (with XENBUS_PATH and vif set)" >&2
    exit 2
}
