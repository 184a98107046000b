/* SPDX-License-Identifier: MIT */
/* States a device's two ends show each other in their "state" nodes. */
#ifndef _XEN_PUBLIC_IO_XENBUS_H
#define _XEN_PUBLIC_IO_XENBUS_H

typedef enum xenbus_state {
    XenbusStateUnknown       = 0,
    XenbusStateInitialising  = 1,
    XenbusStateInitWait      = 2,   /* the backend has written what it offers, the frontend may go on */
    XenbusStateInitialised   = 3,   /* the frontend has written rings and ports */
    XenbusStateConnected     = 4,
    XenbusStateClosing       = 5,
    XenbusStateClosed        = 6,
    XenbusStateReconfiguring = 7,
    XenbusStateReconfigured  = 8
} XenbusState;

#endif
