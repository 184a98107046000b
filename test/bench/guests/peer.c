/* SPDX-License-Identifier: GPL-2.0-only */
/* peer: the end in domain 0 of io.c's traffic. It goes to the background when it can be reached. */
#include <arpa/inet.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "io.h"

static char buffer[PIECE];

static void need(int good, const char *what)
{
    if (good)
        return;
    perror(what);
    exit(1);
}

static int bound(int kind, uint16_t port)
{
    struct sockaddr_in address = { .sin_family = AF_INET, .sin_port = htons(port) };
    int fd = socket(AF_INET, kind, 0);

    need(fd >= 0 && !bind(fd, (void *)&address, sizeof(address)), "bind");
    return fd;
}

static void packet(int udp)
{
    struct sockaddr_in from;
    socklen_t length = sizeof(from);
    ssize_t size = recvfrom(udp, buffer, sizeof(buffer), 0, (void *)&from, &length);
    int answers = size < 1 || buffer[0] == PASS ? 0 : buffer[0] == SEND ? BURST : 1;

    while (answers--)
        need(sendto(udp, buffer, size, 0, (void *)&from, length) == size, "sendto");
}

static void serve(int fd)
{
    char kind = 0;
    size_t left = BULK;

    need(read(fd, &kind, 1) == 1, "read");
    while (left) {
        ssize_t n = kind == PULL ? write(fd, buffer, PIECE) : read(fd, buffer, PIECE);

        need(n > 0, "connection");
        left -= n;
    }
    if (kind == PUSH)
        need(write(fd, &kind, 1) == 1, "write");
    close(fd);
}

int main(void)
{
    struct pollfd ends[2] = {
        { .fd = bound(SOCK_DGRAM, UDP_PORT), .events = POLLIN },
        { .fd = bound(SOCK_STREAM, TCP_PORT), .events = POLLIN },
    };

    need(!listen(ends[1].fd, 1) && !daemon(1, 1), "listen");
    while (poll(ends, 2, -1) > 0) {
        if (ends[0].revents)
            packet(ends[0].fd);
        if (ends[1].revents)
            serve(accept(ends[1].fd, NULL, NULL));
    }
    return 1;
}
