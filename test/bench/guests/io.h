/* SPDX-License-Identifier: GPL-2.0-only */
/* What io.c, in a guest, and peer.c, in domain 0, say to each other. */
#ifndef BENCH_IO_H
#define BENCH_IO_H

#define PEER_ADDRESS "10.0.0.1"
#define UDP_PORT     7
#define TCP_PORT     9

/* The first byte of each packet. */
#define PASS         'p'            /* no answer */
#define ECHO         'e'            /* send it back */
#define SEND         's'            /* send a burst of packets as long as this one */

#define BURST        32             /* fewer than sockets and rings hold, so that none is lost */

/* The first byte of each TCP connection. */
#define PULL         'd'            /* send BULK bytes */
#define PUSH         'u'            /* take BULK bytes, then send one */
#define BULK         (32u << 20)
#define PIECE        (64u << 10)    /* read or written at once */

#endif
