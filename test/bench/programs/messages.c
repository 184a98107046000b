/* SPDX-License-Identifier: GPL-2.0-only */
/* A byte to another process and back, by pipes and sockets: two switches between processes. */
#include <arpa/inet.h>
#include <net/if.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "bench.h"

#define PORT  5000
#define TIMES 20               /* in a round, which is to be over before the next tick of the clock */

/* What this process reads from and writes to, and what the other one does. */
static struct end {
    int from, to;
} ours, theirs;

static void ping_pong(void)
{
    char c = 0;

    need(write(ours.to, &c, 1) == 1 && read(ours.from, &c, 1) == 1, "ping-pong");
}

static void close_end(struct end *end)
{
    close(end->from);
    close(end->to);
}

/* The other process answers until there is nobody to answer. */
static void echo(void)
{
    char c;

    close_end(&ours);
    while (read(theirs.from, &c, 1) == 1 && write(theirs.to, &c, 1) == 1)
        ;
    _exit(0);
}

static void cost_of_messages(const char *name)
{
    if (!fork())
        echo();
    close_end(&theirs);
    cost(name, ping_pong, TIMES, 1);
    close_end(&ours);
    reap();
}

static void connect_pipes(void)
{
    int there[2], back[2];

    need(!pipe(there) && !pipe(back), "pipe");
    ours = (struct end){ back[0], there[1] };
    theirs = (struct end){ there[0], back[1] };
}

static void connect_sockets(int our_end, int their_end)
{
    ours = (struct end){ our_end, our_end };
    theirs = (struct end){ their_end, their_end };
}

static void connect_unix_sockets(void)
{
    int ends[2];

    need(!socketpair(AF_UNIX, SOCK_STREAM, 0, ends), "socketpair");
    connect_sockets(ends[0], ends[1]);
}

static void start_loopback(void)
{
    struct ifreq request = { .ifr_name = "lo", .ifr_flags = IFF_UP | IFF_RUNNING };
    int fd = socket(AF_INET, SOCK_DGRAM, 0);

    need(fd >= 0 && !ioctl(fd, SIOCSIFFLAGS, &request), "loopback");
    close(fd);
}

static void connect_tcp_sockets(void)
{
    struct sockaddr_in address = {
        .sin_family = AF_INET, .sin_port = htons(PORT), .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
    };
    const struct sockaddr *generic = (const struct sockaddr *)&address;
    int listening = socket(AF_INET, SOCK_STREAM, 0), calling = socket(AF_INET, SOCK_STREAM, 0), now = 1;

    need(!bind(listening, generic, sizeof(address)) && !listen(listening, 1), "listen");
    need(!connect(calling, generic, sizeof(address)), "connect");
    connect_sockets(calling, accept(listening, NULL, NULL));
    need(!setsockopt(ours.to, IPPROTO_TCP, TCP_NODELAY, &now, sizeof(now)) &&
         !setsockopt(theirs.to, IPPROTO_TCP, TCP_NODELAY, &now, sizeof(now)), "TCP_NODELAY");
    close(listening);
}

void messages(void)
{
    connect_pipes();
    cost_of_messages("pipe_ping_pong");
    connect_unix_sockets();
    cost_of_messages("unix_socket_ping_pong");
    start_loopback();
    connect_tcp_sockets();
    cost_of_messages("tcp_ping_pong");
}
