/* SPDX-License-Identifier: GPL-2.0-only */
/* echo ADDRESS: send some bytes to UDP port 7 there and see whether the same come back. */
#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#define PORT 7

int main(int argc, char **argv)
{
    struct sockaddr_in to = { .sin_family = AF_INET, .sin_port = htons(PORT) };
    struct timeval patience = { .tv_sec = 10 };
    char sent[1001], come[sizeof(sent) + 1];
    int s = socket(AF_INET, SOCK_DGRAM, 0);

    if (argc != 2 || s < 0 || !inet_aton(argv[1], &to.sin_addr))
        return 2;
    for (size_t i = 0; i < sizeof(sent); i++)
        sent[i] = i * 7;
    setsockopt(s, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
    if (connect(s, (struct sockaddr *)&to, sizeof(to)) || send(s, sent, sizeof(sent), 0) != sizeof(sent)) {
        perror("echo: send");
        return 1;
    }
    if (recv(s, come, sizeof(come), 0) != sizeof(sent) || memcmp(sent, come, sizeof(sent))) {
        perror("echo: other data, or none");
        return 1;
    }
    close(s);
    return 0;
}
