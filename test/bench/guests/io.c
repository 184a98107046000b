/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * io: reads and writes of the disk /dev/xvda and traffic with peer.c in domain 0, each kind between two marks: "begin NAME
 * TIMES" and "end NAME". Each is done a few times before, so that connections, buffers and grants are there.
 */
#include <arpa/inet.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include "io.h"
#include "mark.h"
#include "need.h"

#define DISK_SIZE (64u << 20)
#define SMALL     (4u << 10)
#define LARGE     (1u << 20)
#define WARM_UP   32
#define PATIENCE  5         /* seconds */

struct operation {
    const char *name;
    void (*run)(const struct operation *);
    unsigned int times, size, random;
};

static char *buffer;
static int disk, udp;
static uint32_t place;      /* on the disk */

/* ---- disk */

/* In turn, or anywhere, by the same sequence in each run. */
static off_t next_place(const struct operation *o)
{
    uint32_t pieces = DISK_SIZE / o->size;

    place = o->random ? place * 1664525 + 1013904223 : place + 1;
    return (off_t)((o->random ? place >> 8 : place) % pieces) * o->size;
}

static void read_disk(const struct operation *o)
{
    need(pread(disk, buffer, o->size, next_place(o)) == (ssize_t)o->size, "read");
}

static void write_disk(const struct operation *o)
{
    need(pwrite(disk, buffer, o->size, next_place(o)) == (ssize_t)o->size, "write");
}

/* ---- network */

static struct sockaddr_in peer(uint16_t port)
{
    struct sockaddr_in address = { .sin_family = AF_INET, .sin_port = htons(port) };

    inet_pton(AF_INET, PEER_ADDRESS, &address.sin_addr);
    return address;
}

static void send_packet(const struct operation *o, char kind)
{
    buffer[0] = kind;
    need(send(udp, buffer, o->size, 0) == (ssize_t)o->size, "send");
}

static void receive_packet(const struct operation *o)
{
    need(recv(udp, buffer, o->size, 0) == (ssize_t)o->size, "recv");
}

static void round_trip(const struct operation *o)
{
    send_packet(o, ECHO);
    receive_packet(o);
}

static void send_burst(const struct operation *o)
{
    for (int i = 1; i < BURST; i++)
        send_packet(o, PASS);
    round_trip(o);
}

static void receive_burst(const struct operation *o)
{
    send_packet(o, SEND);
    for (int i = 0; i < BURST; i++)
        receive_packet(o);
}

static int connection(char kind)
{
    struct sockaddr_in address = peer(TCP_PORT);
    int fd = socket(AF_INET, SOCK_STREAM, 0);

    need(fd >= 0 && !connect(fd, (void *)&address, sizeof(address)), "connect");
    need(write(fd, &kind, 1) == 1, "write");
    return fd;
}

static void pull(const struct operation *o)
{
    int fd = connection(PULL);

    for (size_t left = o->size; left;) {
        ssize_t n = read(fd, buffer, PIECE);

        need(n > 0, "read");
        left -= n;
    }
    close(fd);
}

static void push(const struct operation *o)
{
    int fd = connection(PUSH);
    char c;

    for (size_t done = 0; done < o->size; done += PIECE)
        need(write(fd, buffer, PIECE) == PIECE, "write");
    need(read(fd, &c, 1) == 1, "read");
    close(fd);
}

/* ---- */

static const struct operation operations[] = {
    { "read_4k_sequential", read_disk, 400, SMALL, 0 }, { "read_4k_random", read_disk, 400, SMALL, 1 },
    { "write_4k_sequential", write_disk, 400, SMALL, 0 }, { "write_4k_random", write_disk, 400, SMALL, 1 },
    { "read_1m_sequential", read_disk, 32, LARGE, 0 }, { "read_1m_random", read_disk, 32, LARGE, 1 },
    { "write_1m_sequential", write_disk, 32, LARGE, 0 }, { "write_1m_random", write_disk, 32, LARGE, 1 },
    { "udp_64_round_trip", round_trip, 400, 64, 0 }, { "udp_1400_round_trip", round_trip, 400, 1400, 0 },
    { "udp_64_send", send_burst, 20, 64, 0 }, { "udp_1400_send", send_burst, 20, 1400, 0 },
    { "udp_64_receive", receive_burst, 20, 64, 0 }, { "udp_1400_receive", receive_burst, 20, 1400, 0 },
    { "tcp_send", push, 4, BULK, 0 }, { "tcp_receive", pull, 4, BULK, 0 },
};

static void measure(const struct operation *o)
{
    char label[64];

    for (unsigned int i = 0; i < WARM_UP && i < o->times; i++)
        o->run(o);
    snprintf(label, sizeof(label), "begin %s %u", o->name, o->times);
    mark(label);
    for (unsigned int i = 0; i < o->times; i++)
        o->run(o);
    snprintf(label, sizeof(label), "end %s", o->name);
    mark(label);
}

static void prepare(void)
{
    const struct timeval patience = { .tv_sec = PATIENCE };
    struct sockaddr_in address = peer(UDP_PORT);

    buffer = mmap(NULL, LARGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
    need(buffer != MAP_FAILED, "mmap");
    memset(buffer, 1, LARGE);
    disk = open("/dev/xvda", O_RDWR | O_DIRECT);
    need(disk >= 0, "/dev/xvda");
    udp = socket(AF_INET, SOCK_DGRAM, 0);
    need(udp >= 0 && !connect(udp, (void *)&address, sizeof(address)), "socket");
    need(!setsockopt(udp, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience)), "timeout");
}

int main(void)
{
    prepare();
    for (size_t i = 0; i < sizeof(operations) / sizeof(*operations); i++)
        measure(&operations[i]);
    mark("all done");
    return 0;
}
