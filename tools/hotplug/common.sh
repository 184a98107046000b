# SPDX-License-Identifier: GPL-2.0-only
# Read by the scripts beside it. Plain sh, and of tools only what busybox has: they must work in an initramfs.
#
# Domain 0's toolstack runs them, one at a time, with the device's backend directory in XENBUS_PATH. A script
# answers there: hotplug-status = connected, or error with the reason in hotplug-error; its exit status says
# the same.

PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
export PATH
set -e

# fatal TEXT: the device can't be set up.
fatal() {
    trap - EXIT
    [ -n "$XENBUS_PATH" ] &&
        xenstore-write -R "$XENBUS_PATH/hotplug-error" "$*" "$XENBUS_PATH/hotplug-status" error ||
        echo "${0##*/}: $*" >&2
    exit 1
}

# A command that failed without being asked about it ends the script; the backend must hear of that.
unexpected() {
    status=$?
    [ "$status" -eq 0 ] || fatal "unexpected failure (status $status)"
}
trap unexpected EXIT

# node NAME [DEFAULT]: a node of the backend, as it is: names of files hold any character.
node() {
    xenstore-read -R "$XENBUS_PATH/$1" 2>/dev/null || echo "$2"
}

# succeed: the device is ready.
succeed() {
    xenstore-write "$XENBUS_PATH/hotplug-status" connected
}

# forget NODE...: remove nodes this script has written; they may be gone already.
forget() {
    for forgotten; do
        xenstore-rm "$XENBUS_PATH/$forgotten" 2>/dev/null || true
    done
}

need_backend() {
    [ -n "$XENBUS_PATH" ] || fatal "XENBUS_PATH is not set: the toolstack runs this script"
}
