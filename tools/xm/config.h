/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef XM_CONFIG_H
#define XM_CONFIG_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "cfg.h"
#include "json.h"
#include "pool.h"

#define CPU_SET_MAX     1024
#define VCPUS_MAX       512
#define DISKS_MAX       256
#define VIFS_MAX        64

/* What becomes of a domain that has shut down. */
enum shutdown_action { ACTION_DESTROY, ACTION_RESTART, ACTION_RENAME_RESTART, ACTION_PRESERVE };
/* Why it has: an index of domain_config.on[], in the order of the hypervisor's SHUTDOWN_* codes where these
   have one. */
enum shutdown_event { ON_POWEROFF, ON_REBOOT, ON_CRASH, ON_WATCHDOG, ON_SOFT_RESET, ON_EVENTS };

struct cpu_set {
    uint8_t bits[CPU_SET_MAX / 8];
};

struct disk {
    const char *target;             /* image file or block device; "" is an empty drive */
    const char *vdev;               /* as the guest calls it: xvda1 */
    uint32_t devid;                 /* the number that stands for it in the store */
    bool writable;
    bool shared;                    /* access w!: the user vouches for shared writing */
    bool cdrom;
    bool discard;
    bool direct_io_safe;
    const char *script;             /* hotplug script, NULL for the default */
    const char *backend;            /* domain that serves it, NULL for domain 0 */
};

struct vif {
    int devid;                      /* -1: the first free one */
    uint8_t mac[6];
    bool has_mac;
    const char *bridge;
    const char *gatewaydev;
    const char *ip;                 /* addresses, separated by blanks */
    const char *script;
    const char *vifname;            /* name of the interface in the backend's domain */
    const char *backend;
    uint32_t mtu;                   /* 0: not given */
    uint64_t rate_bytes;            /* per rate_usec; 0: no limit */
    uint32_t rate_usec;
};

struct domain_config {
    struct pool *pool;
    const char *name;
    uint8_t uuid[16];
    bool has_uuid;
    const char *kernel;
    const char *ramdisk;
    const char *cmdline;            /* cmdline=, or root= and extra= put together */
    uint32_t memory_mb;
    uint32_t maxmem_mb;
    uint32_t vcpus;                 /* online at start */
    uint32_t maxvcpus;
    struct cpu_set *cpus;           /* none: any; one: for all vcpus; else one per vcpu */
    size_t cpus_count;
    struct cpu_set *cpus_soft;
    size_t cpus_soft_count;
    uint32_t cpu_weight;            /* 0: the scheduler's default */
    uint32_t cap;
    enum shutdown_action on[ON_EVENTS];
    struct disk *disks;
    size_t disks_count;
    struct vif *vifs;
    size_t vifs_count;
    uint32_t max_grant_frames;
    uint32_t max_maptrack_frames;
    uint32_t event_channels;
    uint32_t rtc_timeoffset;
    unsigned int tsc_mode;          /* XEN_DOMCTL_settscinfo's */
    bool localtime;
};

/*
 * The typed configuration of what was read: 0, or -EINVAL after messages that name the places (all mistakes
 * are reported, not only the first). Settings nobody knows only earn a warning.
 */
int config_from_cfg(struct domain_config *config, const struct cfg *cfg);
/* Reads the file, then the KEY=VALUE arguments. */
int config_load(struct domain_config *config, struct pool *pool, const char *path, char **arguments,
                int count);
/* Makes paths of files whole: they are kept for a restart, which a supervisor makes from the folder /. */
void config_whole_paths(struct domain_config *config);
/* Why this can't be a domain's name, or NULL. */
const char *config_name_fault(const char *name);
#define NAME_LENGTH_MAX 255
/* The configuration as a file that config_load() reads back to the same. */
void config_write(const struct domain_config *config, FILE *out);
void config_json(const struct domain_config *config, struct json *json);

/* A device's specification as it stands in disk= and vif= and on the command line. 0 or -EINVAL after a
   message. */
int disk_parse(struct pool *pool, const struct cfg_value *spec, struct disk *disk);
char *disk_format(struct pool *pool, const struct disk *disk);
int vif_parse(struct pool *pool, const struct cfg_value *spec, struct vif *vif);
char *vif_format(struct pool *pool, const struct vif *vif);
/*
 * Adds the device of that specification to the configuration as its last, unless another of its name, number or
 * address is there. 0 or -EINVAL after a message.
 */
int config_add_disk(struct domain_config *config, const struct cfg_value *spec);
int config_add_vif(struct domain_config *config, const struct cfg_value *spec);
/* Whether one of the interfaces has that devid. */
bool config_has_vif(const struct domain_config *config, int devid);
/* Gives an interface without a MAC address a random one. */
void vif_choose_mac(struct vif *vif);
char *mac_format(struct pool *pool, const uint8_t *mac);
/* The number of a disk name such as xvda1, hdc, d2p3 or 51712. False if it is no such name. */
bool vdev_number(const char *vdev, uint32_t *number);

/* "0-3,^2", "all", "7". 0, or -EINVAL after a message. */
int cpu_set_parse(const struct cfg_value *spec, struct cpu_set *set);
/* Whether any of the first `cpus` CPUs is in it. */
bool cpu_set_within(const struct cpu_set *set, unsigned int cpus);
char *cpu_set_format(struct pool *pool, const struct cpu_set *set, unsigned int cpus);
static inline bool cpu_set_has(const struct cpu_set *set, unsigned int cpu)
{
    return set->bits[cpu / 8] & (1u << cpu % 8);
}

const char *action_name(enum shutdown_action action);
void uuid_generate(uint8_t *uuid);
bool uuid_parse(const char *text, uint8_t *uuid);
char *uuid_format(struct pool *pool, const uint8_t *uuid);

#endif
