/* SPDX-License-Identifier: GPL-2.0-only */
#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config.h"
#include "spec.h"

#define VIF_KEYS "mac, bridge, script, ip, gatewaydev, vifname, backend, rate, mtu, devid"

#define RATE_DEFAULT_USEC   50000u
#define RATE_MAX_USEC       3600000000u

static int set_mac(const struct spec_reader *r, const struct spec_part *part, struct vif *vif)
{
    char tail;
    uint8_t *m = vif->mac;

    if (sscanf(part->text, "%2hhx:%2hhx:%2hhx:%2hhx:%2hhx:%2hhx%c", &m[0], &m[1], &m[2], &m[3], &m[4], &m[5],
               &tail) != 6 || strlen(part->text) != 17 || part->text[strspn(part->text, "0123456789abcdefABCDEF:")])
        return cfg_error(r->value, part->at, "'%s' is no MAC address: write six pairs of digits, as in "
                         "00:16:3e:12:34:56", part->text);
    if (m[0] & 1)
        return cfg_error(r->value, part->at, "%s is a multicast address: the first pair must be even",
                         part->text);
    vif->has_mac = true;
    return 0;
}

static uint32_t interval_usec(const char *unit)
{
    return unit[0] == 's' ? 1000000 : unit[0] == 'm' ? 1000 : 1;
}

/* "10Mb/s", "250KB/s@20ms": bits or bytes a second, and how often the account is filled up again. */
static int set_rate(const struct spec_reader *r, const struct spec_part *part, struct vif *vif)
{
    double amount, scale;
    char unit, kind, interval_unit[3] = "";
    unsigned int interval;
    int used = 0;

    vif->rate_usec = RATE_DEFAULT_USEC;
    if (sscanf(part->text, "%lf%c%n", &amount, &unit, &used) != 2 || !isfinite(amount) ||
        amount <= 0)
        return cfg_error(r->value, part->at, "'%s' is no rate: write it as 10Mb/s or 250KB/s@20ms",
                         part->text);
    scale = unit == 'G' ? 1e9 : unit == 'M' ? 1e6 : unit == 'K' ? 1e3 : 1;
    kind = scale > 1 ? part->text[used++] : unit;
    if ((kind != 'b' && kind != 'B') || strncmp(part->text + used, "/s", 2))
        return cfg_error(r->value, part->at, "'%s' is no rate: write it as 10Mb/s or 250KB/s@20ms",
                         part->text);
    if (part->text[used + 2] == '@') {
        if (sscanf(part->text + used + 3, "%u%2s", &interval, interval_unit) != 2 || !interval ||
            (strcmp(interval_unit, "ms") && strcmp(interval_unit, "us") && strcmp(interval_unit, "s")))
            return cfg_error(r->value, part->at, "the interval of '%s' must be like @20ms", part->text);
        if (interval > RATE_MAX_USEC / interval_usec(interval_unit))
            return cfg_error(r->value, part->at, "an interval of %u%s is too long: at most 3600s", interval,
                             interval_unit);
        vif->rate_usec = interval * interval_usec(interval_unit);
    } else if (part->text[used + 2]) {
        return cfg_error(r->value, part->at + (size_t)used + 2, "unexpected text after the rate");
    }
    amount = amount * scale / (kind == 'b' ? 8 : 1) * vif->rate_usec / 1e6;
    vif->rate_bytes = amount < 1 ? 1 : amount > UINT32_MAX ? UINT32_MAX : (uint64_t)amount;
    return 0;
}

static int set_vifname(const struct spec_reader *r, const struct spec_part *part, struct vif *vif)
{
    vif->vifname = part->text;
    if (!*part->text || strlen(part->text) >= IFNAMSIZ || strpbrk(part->text, "/: "))
        return cfg_error(r->value, part->at, "'%s' is no interface name: 1 to %d characters without / and :",
                         part->text, IFNAMSIZ - 1);
    return 0;
}

/* The name of another interface; nothing in it may mean something to a shell script or a path. */
static int set_interface(const struct spec_reader *r, const struct spec_part *part, const char **name)
{
    *name = part->text;
    if (!*part->text || strlen(part->text) >= IFNAMSIZ || strpbrk(part->text, "/: "))
        return cfg_error(r->value, part->at, "'%s' is no interface name", part->text);
    return 0;
}

static int set_part(const struct spec_reader *r, const struct spec_part *part, struct vif *vif)
{
    uint32_t number;
    int err;

    if (!strcmp(part->key, "mac"))
        return set_mac(r, part, vif);
    if (!strcmp(part->key, "bridge"))
        return set_interface(r, part, &vif->bridge);
    if (!strcmp(part->key, "gatewaydev"))
        return set_interface(r, part, &vif->gatewaydev);
    if (!strcmp(part->key, "vifname"))
        return set_vifname(r, part, vif);
    if (!strcmp(part->key, "rate"))
        return set_rate(r, part, vif);
    if (!strcmp(part->key, "mtu"))
        return spec_number(r, part, 65535, &vif->mtu);
    if (!strcmp(part->key, "devid")) {
        err = spec_number(r, part, VIFS_MAX - 1, &number);
        vif->devid = (int)number;
        return err;
    }
    if (!strcmp(part->key, "ip"))
        vif->ip = part->text;
    else if (!strcmp(part->key, "script"))
        vif->script = part->text;
    else if (!strcmp(part->key, "backend"))
        vif->backend = part->text;
    else if ((strcmp(part->key, "type") || (strcmp(part->text, "vif") && strcmp(part->text, "netfront"))) &&
             strcmp(part->key, "model"))
        return spec_unknown(r, part, "vif", VIF_KEYS);
    return 0;
}

/* See config.h. */
int vif_parse(struct pool *pool, const struct cfg_value *spec, struct vif *vif)
{
    struct spec_reader r = { .pool = pool, .value = spec };
    struct spec_part part;
    int err;

    *vif = (struct vif){ .devid = -1 };
    while (spec_next(&r, &part)) {
        if (!part.key && !*part.text)
            continue;
        err = part.key ? set_part(&r, &part, vif) : spec_unknown(&r, &part, "vif", VIF_KEYS);
        if (err)
            return err;
    }
    return 0;
}

/* 00:16:3e:... */
char *mac_format(struct pool *pool, const uint8_t *m)
{
    return pool_printf(pool, "%02x:%02x:%02x:%02x:%02x:%02x", m[0], m[1], m[2], m[3], m[4], m[5]);
}

static void add_text(char **line, struct pool *pool, const char *key, const char *value)
{
    if (value)
        *line = pool_printf(pool, "%s%s%s=%s", *line, **line ? "," : "", key, value);
}

/* See config.h. */
char *vif_format(struct pool *pool, const struct vif *vif)
{
    char *line = pool_strdup(pool, "");

    if (vif->devid >= 0)
        add_text(&line, pool, "devid", pool_printf(pool, "%d", vif->devid));
    if (vif->has_mac)
        add_text(&line, pool, "mac", mac_format(pool, vif->mac));
    add_text(&line, pool, "bridge", vif->bridge);
    add_text(&line, pool, "gatewaydev", vif->gatewaydev);
    add_text(&line, pool, "ip", vif->ip);
    add_text(&line, pool, "script", vif->script);
    add_text(&line, pool, "vifname", vif->vifname);
    add_text(&line, pool, "backend", vif->backend);
    if (vif->mtu)
        add_text(&line, pool, "mtu", pool_printf(pool, "%u", vif->mtu));
    if (vif->rate_bytes)
        add_text(&line, pool, "rate", pool_printf(pool, "%" PRIu64 "B/s@%uus",
                 (vif->rate_bytes * 1000000 + vif->rate_usec / 2) / vif->rate_usec, vif->rate_usec));
    return line;
}

/* See config.h. */
void vif_choose_mac(struct vif *vif)
{
    uint8_t random[16];

    if (vif->has_mac)
        return;
    uuid_generate(random);
    /* 00:16:3e is the manufacturer's part that is reserved for guests of this interface. */
    memcpy(vif->mac, (uint8_t[]){ 0x00, 0x16, 0x3e, random[0] & 0x7f, random[1], random[2] },
           sizeof(vif->mac));
    vif->has_mac = true;
}
