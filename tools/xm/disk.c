/* SPDX-License-Identifier: GPL-2.0-only */
#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "config.h"
#include "spec.h"

#define DISK_KEYS \
    "target, format, vdev, access, script, backend, backendtype, devtype, discard, no-discard, direct-io-safe"

/*
 * Two ways to write a disk, which may be mixed:
 *   TARGET,FORMAT,VDEV,ACCESS       by place (FORMAT may be empty)
 *   key=value,...,target=TARGET     by name; target= must be last
 * and an old one, phy:TARGET,VDEV,ACCESS or file:TARGET,VDEV,ACCESS.
 */

/* Device numbers of names: majors as the first PC disk drivers had them, and the extended numbers of xvd. */
#define MAJOR_XVD       202u
#define MAJOR_SD        8u
#define MAJOR_HD_FIRST  3u
#define MAJOR_HD_SECOND 22u
#define VDEV_EXTENDED   (1u << 28)

static uint32_t xvd_number(uint32_t disk, uint32_t partition)
{
    if (disk < 16 && partition < 16)
        return MAJOR_XVD << 8 | disk << 4 | partition;
    return VDEV_EXTENDED | disk << 8 | partition;
}

/* "a" is 0, "z" 25, "aa" 26. */
static const char *read_letters(const char *text, uint32_t *disk)
{
    uint32_t n = 0;
    int length = 0;

    for (; *text >= 'a' && *text <= 'z' && length < 5; text++, length++)
        n = n * 26 + (uint32_t)(*text - 'a') + 1;
    *disk = n - 1;
    return length && length < 5 ? text : NULL;
}

static bool read_decimal(const char *text, uint32_t max, uint32_t *number, const char **end)
{
    char *stop;
    unsigned long value = strtoul(text, &stop, 10);

    *number = (uint32_t)value;
    *end = stop;
    return isdigit((unsigned char)*text) && value <= max;
}

static bool lettered_number(const char *vdev, uint32_t *number)
{
    bool xvd = !strncmp(vdev, "xvd", 3);
    const char *rest;
    uint32_t disk, partition = 0;

    rest = read_letters(vdev + (xvd ? 3 : 2), &disk);
    if (!rest || (*rest && (!read_decimal(rest, 255, &partition, &rest) || !partition)) || *rest)
        return false;
    if (xvd)
        *number = xvd_number(disk, partition);
    else if (*vdev == 's')
        *number = MAJOR_SD << 8 | disk << 4 | partition;
    else
        *number = (disk < 2 ? MAJOR_HD_FIRST : MAJOR_HD_SECOND) << 8 | (disk & 1) << 6 | partition;
    if (xvd)
        return disk < 1u << 20;
    return *vdev == 's' ? disk < 16 && partition < 16 : disk < 4 && partition < 64;
}

/* See config.h. */
bool vdev_number(const char *vdev, uint32_t *number)
{
    const char *rest;
    uint32_t disk, partition = 0;
    char *end;

    if (!strncmp(vdev, "xvd", 3) || !strncmp(vdev, "sd", 2) || !strncmp(vdev, "hd", 2))
        return lettered_number(vdev, number);
    if (vdev[0] == 'd' && read_decimal(vdev + 1, (1u << 20) - 1, &disk, &rest)) {
        if (*rest == 'p' && !read_decimal(rest + 1, 255, &partition, &rest))
            return false;
        *number = xvd_number(disk, partition);
        return !*rest;
    }
    errno = 0;
    *number = (uint32_t)strtoul(vdev, &end, 0);
    return isdigit((unsigned char)*vdev) && !*end && !errno && *number && *number < 1u << 29;
}

static int set_format(const struct spec_reader *r, const struct spec_part *part)
{
    if (!*part->text || !strcmp(part->text, "raw"))
        return 0;
    return cfg_error(r->value, part->at, "disks of format '%s' can't be served: use raw "
                     "(qemu-img convert -O raw OLD NEW)", part->text);
}

static int set_access(const struct spec_reader *r, const struct spec_part *part, struct disk *disk)
{
    const char *access = part->text;

    if (!strcmp(access, "r") || !strcmp(access, "ro"))
        disk->writable = false;
    else if (!strcmp(access, "w") || !strcmp(access, "rw") || !strcmp(access, "w!"))
        disk->writable = true;
    else
        return cfg_error(r->value, part->at, "access '%s' is neither r (read only), w (read and write) nor "
                         "w! (write "
                         "although others do)", access);
    disk->shared = !strcmp(access, "w!");
    return 0;
}

static int set_vdev(const struct spec_reader *r, const struct spec_part *part, struct disk *disk)
{
    size_t length = strlen(part->text);

    disk->vdev = part->text;
    if (length > 6 && !strcmp(part->text + length - 6, ":cdrom")) {
        disk->vdev = pool_strndup(r->pool, part->text, length - 6);
        disk->cdrom = true;
        disk->writable = false;
    }
    if (vdev_number(disk->vdev, &disk->devid))
        return 0;
    return cfg_error(r->value, part->at, "'%s' is no disk name: use xvda, xvdb1, sda, hda, d5p1 or a number",
                     part->text);
}

static int set_backendtype(const struct spec_reader *r, const struct spec_part *part)
{
    if (!strcmp(part->text, "phy"))
        return 0;
    return cfg_error(r->value, part->at, "backendtype '%s' is not offered: leave it out (files are served "
                     "through a "
                     "loop device)", part->text);
}

/* A flag such as discard: true, or 0/1 if it has a value. */
static bool flag_value(const struct spec_part *part)
{
    return !part->key || (strcmp(part->text, "0") && strcmp(part->text, "no"));
}

/* Words that are flags wherever they stand. */
static bool set_flag(const struct spec_part *part, struct disk *disk)
{
    const char *name = part->key ? part->key : part->text;

    if (!strcmp(name, "cdrom") || (part->key && !strcmp(name, "devtype") && !strcmp(part->text, "cdrom"))) {
        disk->cdrom = true;
        disk->writable = false;
    } else if (!strcmp(name, "discard"))
        disk->discard = flag_value(part);
    else if (!strcmp(name, "no-discard"))
        disk->discard = false;
    else if (!strcmp(name, "direct-io-safe"))
        disk->direct_io_safe = flag_value(part);
    else
        return (part->key && !strcmp(name, "devtype") && !strcmp(part->text, "disk")) || !strcmp(name,
                                                                                                 "removable");
    return true;
}

static int set_by_name(const struct spec_reader *r, const struct spec_part *part, struct disk *disk)
{
    if (!strcmp(part->key, "target"))
        disk->target = part->text;
    else if (!strcmp(part->key, "format"))
        return set_format(r, part);
    else if (!strcmp(part->key, "vdev"))
        return set_vdev(r, part, disk);
    else if (!strcmp(part->key, "access"))
        return set_access(r, part, disk);
    else if (!strcmp(part->key, "backendtype"))
        return set_backendtype(r, part);
    else if (!strcmp(part->key, "script"))
        disk->script = part->text;
    else if (!strcmp(part->key, "backend"))
        disk->backend = part->text;
    else
        return spec_unknown(r, part, "disk", DISK_KEYS);
    return 0;
}

static const char *strip_prefix(const struct spec_reader *r, const struct spec_part *part, bool *old_form,
                                int *err)
{
    static const char *const served[] = { "phy:", "file:", "raw:" };
    static const char *const foreign[] = { "tap:", "tap2:", "aio:", "qcow:", "qcow2:", "vhd:", "nbd:",
                                           "drbd:" };

    for (size_t i = 0; i < sizeof(served) / sizeof(*served); i++)
        if (!strncmp(part->text, served[i], strlen(served[i]))) {
            *old_form = true;
            return part->text + strlen(served[i]);
        }
    for (size_t i = 0; i < sizeof(foreign) / sizeof(*foreign); i++)
        if (!strncmp(part->text, foreign[i], strlen(foreign[i])))
            *err = cfg_error(r->value, part->at, "disks of kind '%s' are not offered: use phy: for a block "
                             "device, file: for a raw image", foreign[i]);
    return part->text;
}

/* The places of TARGET,FORMAT,VDEV,ACCESS. */
enum place { PLACE_TARGET, PLACE_FORMAT, PLACE_VDEV, PLACE_ACCESS, PLACE_NONE };

static int set_by_place(const struct spec_reader *r, const struct spec_part *part, enum place *place,
                        struct disk *disk)
{
    bool old_form = false;
    int err = 0;

    switch ((*place)++) {
    case PLACE_TARGET:
        disk->target = strip_prefix(r, part, &old_form, &err);
        if (old_form)
            *place = PLACE_VDEV;
        return err;
    case PLACE_FORMAT:
        return set_format(r, part);
    case PLACE_VDEV:
        return *part->text ? set_vdev(r, part, disk) : 0;
    case PLACE_ACCESS:
        return *part->text ? set_access(r, part, disk) : 0;
    default:
        return spec_unknown(r, part, "disk", DISK_KEYS);
    }
}

/* See config.h. */
int disk_parse(struct pool *pool, const struct cfg_value *spec, struct disk *disk)
{
    struct spec_reader r = { .pool = pool, .value = spec, .last_key = "target" };
    enum place place = PLACE_TARGET;
    struct spec_part part;
    bool first = true;
    int err;

    *disk = (struct disk){ .writable = true, .discard = true };
    for (; spec_next(&r, &part); first = false) {
        /* Only the first plain word can't be a flag: a file may be called "discard". */
        if ((!first || part.key) && set_flag(&part, disk))
            continue;
        err = part.key ? set_by_name(&r, &part, disk) : set_by_place(&r, &part, &place, disk);
        if (err)
            return err;
    }
    if (!disk->vdev)
        return cfg_error(spec, 0, "the disk has no name in the guest: add vdev=xvda (or ,xvda,w after "
                         "phy:... or file:...)");
    if (!disk->target)
        disk->target = "";
    if (!*disk->target && !disk->cdrom)
        return cfg_error(spec, 0, "the disk has no image: add target=FILE-OR-DEVICE");
    return 0;
}

/* See config.h: the by-name form. */
char *disk_format(struct pool *pool, const struct disk *disk)
{
    const char *access = disk->shared ? "w!" : disk->writable ? "w" : "r";

    return pool_printf(pool, "format=raw,vdev=%s%s,access=%s%s%s%s%s%s%s,target=%s", disk->vdev,
                       disk->cdrom ? ",devtype=cdrom" : "", access, disk->discard ? "" : ",no-discard",
                       disk->direct_io_safe ? ",direct-io-safe" : "", disk->script ? ",script=" : "",
                       disk->script ? disk->script : "", disk->backend ? ",backend=" : "",
                       disk->backend ? disk->backend : "", disk->target);
}
