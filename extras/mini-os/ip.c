/* SPDX-License-Identifier: MIT */
/*
 * The network's upper half, as small as it can be and still be of use: it only answers. So it needs no routes
 * and no table of neighbours: an answer is the question, turned round, to where it came from.
 */
#include "ip.h"

#include "print.h"
#include "string.h"

#define PACKED __attribute__((packed))

/* Numbers in packets have their highest byte first. */
static inline uint16_t swap16(uint16_t number)
{
    return __builtin_bswap16(number);
}

#define ETHERTYPE_IP  0x0800
#define ETHERTYPE_ARP 0x0806
#define ARP_ETHERNET  1
#define ARP_REQUEST   1
#define ARP_REPLY     2
#define PROTOCOL_ICMP 1
#define PROTOCOL_UDP  17
#define ICMP_REPLY    0
#define ICMP_REQUEST  8
#define PORT_ECHO     7
#define IP_FRAGMENT   0x3fff    /* "more fragments" and where this one belongs */
#define TIME_TO_LIVE  64

struct ethernet {
    uint8_t to[MAC_SIZE], from[MAC_SIZE];
    uint16_t type;
} PACKED;

struct arp {
    struct ethernet ethernet;
    uint16_t hardware, protocol;
    uint8_t hardware_size, protocol_size;
    uint16_t operation;
    uint8_t from_mac[MAC_SIZE];
    uint32_t from;
    uint8_t to_mac[MAC_SIZE];
    uint32_t to;
} PACKED;

struct ip {
    uint8_t version_length;     /* of the header, in words, in the low half */
    uint8_t service;
    uint16_t length, id, fragment;
    uint8_t time, protocol;
    uint16_t checksum;
    uint32_t from, to;
} PACKED;

struct icmp {
    uint8_t type, code;
    uint16_t checksum;
} PACKED;

struct udp {
    uint16_t from, to, length, checksum;
} PACKED;

static uint32_t our_address;    /* as in packets; 0: none */

bool ip_init(const char *text)
{
    uint8_t bytes[4];

    if (!text)
        return false;
    for (unsigned int i = 0; i < 4; i++) {
        bytes[i] = parse_number(text, &text);
        if (*text && i < 3)
            text++;
    }
    memcpy(&our_address, bytes, sizeof(bytes));
    return our_address;
}

/* ---- checksums: the complement of the sum of 16-bit words, carries added in */

static uint32_t sum(uint32_t start, const void *data, size_t length)
{
    const uint8_t *bytes = data;

    for (size_t i = 0; i < length; i++)
        start += i % 2 ? bytes[i] : bytes[i] << 8;
    return start;
}

static uint16_t checksum(uint32_t total)
{
    while (total >> 16)
        total = (total & 0xffff) + (total >> 16);
    return swap16(~total);
}

/* ---- ARP */

static void send_arp(struct net *net, uint16_t operation, const uint8_t *to_mac, uint32_t to)
{
    static const uint8_t everybody[MAC_SIZE] = { 0xff, 0xff, 0xff, 0xff, 0xff, 0xff };
    struct arp arp = {
        .ethernet.type = swap16(ETHERTYPE_ARP),
        .hardware = swap16(ARP_ETHERNET), .protocol = swap16(ETHERTYPE_IP),
        .hardware_size = MAC_SIZE, .protocol_size = sizeof(to), .operation = swap16(operation),
        .from = our_address, .to = to,
    };

    memcpy(arp.ethernet.to, operation == ARP_REPLY ? to_mac : everybody, MAC_SIZE);
    memcpy(arp.ethernet.from, net_mac(net), MAC_SIZE);
    memcpy(arp.from_mac, net_mac(net), MAC_SIZE);
    memcpy(arp.to_mac, to_mac, MAC_SIZE);
    net_send(net, &arp, sizeof(arp));
}

void ip_announce(struct net *net)
{
    static const uint8_t nobody[MAC_SIZE];

    /* A question about ourselves: all who hear it learn who asks. */
    if (our_address)
        send_arp(net, ARP_REQUEST, nobody, our_address);
}

static void receive_arp(struct net *net, const struct arp *arp, size_t length)
{
    if (length >= sizeof(*arp) && arp->operation == swap16(ARP_REQUEST) && arp->to == our_address)
        send_arp(net, ARP_REPLY, arp->from_mac, arp->from);
}

/* ---- IP: a packet is changed into its answer; false if there is none */

static bool answer_icmp(struct icmp *icmp, size_t length)
{
    if (length < sizeof(*icmp) || icmp->type != ICMP_REQUEST)
        return false;
    icmp->type = ICMP_REPLY;
    icmp->checksum = 0;
    icmp->checksum = checksum(sum(0, icmp, length));
    return true;
}

static bool answer_udp(const struct ip *ip, struct udp *udp, size_t length)
{
    uint16_t from = udp->from;

    if (length < sizeof(*udp) || swap16(udp->length) != length || udp->to != swap16(PORT_ECHO) ||
        from == udp->to)
        return false;
    udp->from = udp->to;
    udp->to = from;
    udp->checksum = 0;
    /* The sum is over both addresses, the protocol and the length, too; 0 would mean that there is none. */
    udp->checksum = checksum(sum(sum(PROTOCOL_UDP + length, &ip->from, 2 * sizeof(ip->from)), udp, length));
    if (!udp->checksum)
        udp->checksum = 0xffff;
    return true;
}

static bool answer_ip(struct ip *ip, size_t length)
{
    size_t head, total;
    uint32_t from;

    if (length < sizeof(*ip) || ip->version_length >> 4 != 4 || ip->to != our_address)
        return false;
    head = (ip->version_length & 15) * 4;
    total = swap16(ip->length);
    if (head < sizeof(*ip) || total < head || total > length || ip->fragment & swap16(IP_FRAGMENT))
        return false;
    from = ip->from;
    ip->from = our_address;
    ip->to = from;
    ip->time = TIME_TO_LIVE;
    ip->checksum = 0;
    ip->checksum = checksum(sum(0, ip, head));
    switch (ip->protocol) {
    case PROTOCOL_ICMP:
        return answer_icmp((void *)((char *)ip + head), total - head);
    case PROTOCOL_UDP:
        return answer_udp(ip, (void *)((char *)ip + head), total - head);
    default:
        return false;
    }
}

void ip_receive(struct net *net, void *packet, size_t length)
{
    struct ethernet *ethernet = packet;

    if (!our_address || length < sizeof(*ethernet) || length > PACKET_MAX)
        return;
    if (ethernet->type == swap16(ETHERTYPE_ARP))
        receive_arp(net, packet, length);
    else if (ethernet->type == swap16(ETHERTYPE_IP) &&
             answer_ip((struct ip *)(ethernet + 1), length - sizeof(*ethernet))) {
        memcpy(ethernet->to, ethernet->from, MAC_SIZE);
        memcpy(ethernet->from, net_mac(net), MAC_SIZE);
        net_send(net, packet, length);
    }
}
