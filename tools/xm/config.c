/* SPDX-License-Identifier: GPL-2.0-only */
#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "config.h"

/*
 * One table lists the settings; reading, writing and the JSON form are driven by it. A kind of setting is a
 * pair of
 * functions below; plain fields are reached by their offset.
 */

enum setting_kind { TEXT, NUMBER, FLAG, ACTION, TSC, UUID, CPUS, DISKS, VIFS, CONSTANT, IGNORED, REFUSED };

struct setting {
    const char *key;
    enum setting_kind kind;
    size_t offset;
    long long min, max;
    const char *note;           /* CONSTANT: words accepted; REFUSED: what to do instead */
};

#define FIELD(member) offsetof(struct domain_config, member)
#define PLAIN(name, kind_of_it, member, ...) \
    { .key = name, .kind = kind_of_it, .offset = FIELD(member), ##__VA_ARGS__ }
#define MB_MAX  (1 << 24)       /* 16 TiB, what 64-bit PV guests can address */

static const struct setting settings[] = {
    PLAIN("name", TEXT, name),
    PLAIN("uuid", UUID, uuid),
    { .key = "type", .kind = CONSTANT, .note = "pv" },
    { .key = "builder", .kind = CONSTANT, .note = "generic linux" },
    PLAIN("kernel", TEXT, kernel),
    PLAIN("ramdisk", TEXT, ramdisk),
    PLAIN("cmdline", TEXT, cmdline),
    PLAIN("memory", NUMBER, memory_mb, .min = 1, .max = MB_MAX),
    PLAIN("maxmem", NUMBER, maxmem_mb, .min = 1, .max = MB_MAX),
    PLAIN("vcpus", NUMBER, vcpus, .min = 1, .max = VCPUS_MAX),
    PLAIN("maxvcpus", NUMBER, maxvcpus, .min = 1, .max = VCPUS_MAX),
    PLAIN("cpus", CPUS, cpus),
    PLAIN("cpus_soft", CPUS, cpus_soft),
    PLAIN("cpu_weight", NUMBER, cpu_weight, .min = 1, .max = 65535),
    PLAIN("cap", NUMBER, cap, .min = 0, .max = 100 * VCPUS_MAX),
    PLAIN("on_poweroff", ACTION, on[ON_POWEROFF]),
    PLAIN("on_reboot", ACTION, on[ON_REBOOT]),
    PLAIN("on_crash", ACTION, on[ON_CRASH]),
    PLAIN("on_watchdog", ACTION, on[ON_WATCHDOG]),
    PLAIN("on_soft_reset", ACTION, on[ON_SOFT_RESET]),
    PLAIN("disk", DISKS, disks),
    PLAIN("vif", VIFS, vifs),
    PLAIN("max_grant_frames", NUMBER, max_grant_frames, .min = 1, .max = 65536),
    PLAIN("max_maptrack_frames", NUMBER, max_maptrack_frames, .min = 1, .max = 65536),
    PLAIN("event_channels", NUMBER, event_channels, .min = 1, .max = 131071),
    PLAIN("localtime", FLAG, localtime, .min = 0, .max = 1),
    PLAIN("rtc_timeoffset", NUMBER, rtc_timeoffset, .min = 0, .max = 86400),
    PLAIN("tsc_mode", TSC, tsc_mode),
    /* These two are read together, into cmdline. */
    { .key = "root", .kind = IGNORED },
    { .key = "extra", .kind = IGNORED },
    { .key = "console", .kind = IGNORED },
    { .key = "serial", .kind = IGNORED },
    { .key = "nomigrate", .kind = IGNORED },
    { .key = "claim_mode", .kind = IGNORED },
    { .key = "vfb", .kind = REFUSED, .note = "a PV guest's screen is its text console: remove the setting" },
    { .key = "bootloader", .kind = REFUSED, .note =
      "name the guest's kernel= and ramdisk= (grub-x86_64-xen.bin shows its boot menu)" },
    { .key = "pci", .kind = REFUSED, .note = "PCI devices can't be handed to guests" },
    { .key = "usbdev", .kind = REFUSED, .note = "USB devices can't be handed to guests" },
};
#define SETTINGS (sizeof(settings) / sizeof(*settings))

static const char *const action_names[] = {
    [ACTION_DESTROY] = "destroy", [ACTION_RESTART] = "restart", [ACTION_RENAME_RESTART] = "rename-restart",
    [ACTION_PRESERVE] = "preserve",
};
/* In the order of the hypervisor's TSC modes. */
static const char *const tsc_names[] = { "default", "always_emulate", "native" };

/* The word a configuration uses. */
const char *action_name(enum shutdown_action action)
{
    return action_names[action];
}

static void *field(const struct domain_config *config, const struct setting *setting)
{
    return (char *)config + setting->offset;
}

static int want_kind(const struct setting *setting, const struct cfg_value *value, enum cfg_kind kind)
{
    static const char *const kinds[] = { "a string in quotes", "a number", "a list in [ ]" };

    if (value->kind == kind)
        return 0;
    return cfg_error(value, 0, "%s must be %s", setting->key, kinds[kind]);
}

static int read_text(struct domain_config *config, const struct setting *setting,
                     const struct cfg_value *value)
{
    int err = want_kind(setting, value, CFG_STRING);

    if (err)
        return err;
    for (const char *c = value->string; *c; c++)
        if (iscntrl((unsigned char)*c) && *c != '\t')
            return cfg_error(value, (size_t)(c - value->string), "%s can't hold control characters",
                             setting->key);
    *(const char **)field(config, setting) = *value->string ? value->string : NULL;
    return 0;
}

static int read_number(struct domain_config *config, const struct setting *setting,
                       const struct cfg_value *value)
{
    int err = want_kind(setting, value, CFG_NUMBER);

    if (err)
        return err;
    if (value->number < setting->min || value->number > setting->max)
        return cfg_error(value, 0, "%s must be from %lld to %lld", setting->key, setting->min, setting->max);
    if (setting->kind == FLAG)
        *(bool *)field(config, setting) = value->number;
    else
        *(uint32_t *)field(config, setting) = (uint32_t)value->number;
    return 0;
}

/* One of the words: its index. */
static int read_word(const struct setting *setting, const struct cfg_value *value, const char *const *words,
                     unsigned int count, unsigned int *chosen)
{
    char list[128] = "";
    int err = want_kind(setting, value, CFG_STRING);

    if (err)
        return err;
    for (unsigned int i = 0; i < count; i++) {
        if (!strcmp(value->string, words[i])) {
            *chosen = i;
            return 0;
        }
        strcat(strcat(list, i == 0 ? "" : i + 1 < count ? ", " : " or "), words[i]);
    }
    return cfg_error(value, 0, "%s can't be '%s': use %s", setting->key, value->string, list);
}

static int read_action(struct domain_config *config, const struct setting *setting,
                       const struct cfg_value *value)
{
    unsigned int chosen;
    int err = read_word(setting, value, action_names, sizeof(action_names) / sizeof(*action_names), &chosen);

    if (!err)
        *(enum shutdown_action *)field(config, setting) = (enum shutdown_action)chosen;
    return err;
}

static int read_tsc(struct domain_config *config, const struct setting *setting, const struct cfg_value *value)
{
    return read_word(setting, value, tsc_names, sizeof(tsc_names) / sizeof(*tsc_names),
                     field(config, setting));
}

static int read_uuid(struct domain_config *config, const struct setting *setting,
                     const struct cfg_value *value)
{
    int err = want_kind(setting, value, CFG_STRING);

    if (err)
        return err;
    config->has_uuid = uuid_parse(value->string, config->uuid);
    if (config->has_uuid)
        return 0;
    return cfg_error(value, 0, "'%s' is no UUID, as in 5c4fdb10-8a2f-4d6a-9d38-0123456789ab", value->string);
}

static int read_cpu_set(struct pool *pool, const struct cfg_value *value, struct cpu_set *set)
{
    struct cfg_value text = *value;

    if (value->kind == CFG_LIST)
        return cfg_error(value, 0, "expected a set of CPUs such as \"0-3\"");
    if (value->kind == CFG_NUMBER) {
        text.string = pool_printf(pool, "%lld", value->number);
        text.verbatim = false;
    }
    return cpu_set_parse(&text, set);
}

/* A string is for all vcpus; the elements of a list are for one vcpu each. */
static int read_cpus(struct domain_config *config, const struct setting *setting,
                     const struct cfg_value *value)
{
    size_t count = value->kind == CFG_LIST ? value->count : 1;
    struct cpu_set *sets;
    int err;

    if (!count || count > VCPUS_MAX)
        return cfg_error(value, 0, "%s needs one set of CPUs for each vcpu", setting->key);
    sets = pool_alloc(config->pool, count * sizeof(*sets));
    for (size_t i = 0; i < count; i++) {
        err = read_cpu_set(config->pool, value->kind == CFG_LIST ? &value->items[i] : value, &sets[i]);
        if (err)
            return err;
    }
    if (setting->offset == FIELD(cpus)) {
        config->cpus = sets;
        config->cpus_count = count;
    } else {
        config->cpus_soft = sets;
        config->cpus_soft_count = count;
    }
    return 0;
}

static int want_string(const struct cfg_value *value, const char *what)
{
    return want_kind(&(struct setting){ .key = what }, value, CFG_STRING);
}

static int too_many(const struct cfg_value *value, const char *what, size_t max)
{
    return cfg_error(value, 0, "one %s too many: at most %zu are possible", what, max);
}

/* See config.h. */
int config_add_disk(struct domain_config *config, const struct cfg_value *value)
{
    struct disk disk;
    int err = want_string(value, "a disk");

    if (!err)
        err = disk_parse(config->pool, value, &disk);
    if (err)
        return err;
    if (config->disks_count == DISKS_MAX)
        return too_many(value, "disk", DISKS_MAX);
    for (size_t i = 0; i < config->disks_count; i++)
        if (config->disks[i].devid == disk.devid)
            return cfg_error(value, 0, "two disks are called %s", disk.vdev);
    config->disks = pool_grow(config->pool, config->disks, config->disks_count, sizeof(disk));
    config->disks[config->disks_count++] = disk;
    return 0;
}

/* See config.h. */
int config_add_vif(struct domain_config *config, const struct cfg_value *value)
{
    struct vif vif;
    int err = want_string(value, "a vif");

    if (!err)
        err = vif_parse(config->pool, value, &vif);
    if (err)
        return err;
    if (config->vifs_count == VIFS_MAX)
        return too_many(value, "vif", VIFS_MAX);
    if (vif.devid >= 0 && config_has_vif(config, vif.devid))
        return cfg_error(value, 0, "two network interfaces have the number devid=%d", vif.devid);
    for (size_t i = 0; i < config->vifs_count; i++)
        if (config->vifs[i].has_mac && vif.has_mac && !memcmp(config->vifs[i].mac, vif.mac, sizeof(vif.mac)))
            return cfg_error(value, 0, "two network interfaces have the address %s",
                             mac_format(config->pool, vif.mac));
    config->vifs = pool_grow(config->pool, config->vifs, config->vifs_count, sizeof(vif));
    config->vifs[config->vifs_count++] = vif;
    return 0;
}

/* See config.h. */
bool config_has_vif(const struct domain_config *config, int devid)
{
    for (size_t i = 0; i < config->vifs_count; i++)
        if (config->vifs[i].devid == devid)
            return true;
    return false;
}

static int read_devices(struct domain_config *config, const struct setting *setting,
                        const struct cfg_value *value)
{
    int err = want_kind(setting, value, CFG_LIST);

    for (size_t i = 0; !err && i < value->count; i++)
        err = setting->kind == DISKS ? config_add_disk(config, &value->items[i])
                                     : config_add_vif(config, &value->items[i]);
    return err;
}

static int read_constant(const struct setting *setting, const struct cfg_value *value)
{
    int err = want_kind(setting, value, CFG_STRING);
    const char *found;
    size_t length;

    if (err)
        return err;
    length = strlen(value->string);
    for (found = setting->note; length && (found = strstr(found, value->string)); found += length)
        if ((found == setting->note || found[-1] == ' ') && (!found[length] || found[length] == ' '))
            return 0;
    return cfg_error(value, 0, "%s=\"%s\" is not offered, only paravirtualized guests: use type=\"pv\" or "
                     "remove it", setting->key, value->string);
}

static int read_setting(struct domain_config *config, const struct setting *setting,
                        const struct cfg_value *value)
{
    switch (setting->kind) {
    case TEXT:      return read_text(config, setting, value);
    case NUMBER:
    case FLAG:      return read_number(config, setting, value);
    case ACTION:    return read_action(config, setting, value);
    case TSC:       return read_tsc(config, setting, value);
    case UUID:      return read_uuid(config, setting, value);
    case CPUS:      return read_cpus(config, setting, value);
    case DISKS:
    case VIFS:      return read_devices(config, setting, value);
    case CONSTANT:  return read_constant(setting, value);
    case REFUSED:   return cfg_error(value, 0, "%s is not offered: %s", setting->key, setting->note);
    case IGNORED:   return 0;
    }
    return 0;
}

static const struct setting *setting_by_key(const char *key)
{
    for (size_t i = 0; i < SETTINGS; i++)
        if (!strcmp(settings[i].key, key))
            return &settings[i];
    return NULL;
}

/* cmdline= as it is, or "root=ROOT EXTRA". */
static int read_cmdline(struct domain_config *config, const struct cfg *cfg)
{
    const struct cfg_setting *root = cfg_find(cfg, "root"), *extra = cfg_find(cfg, "extra");
    const char *root_text = "", *extra_text = "";
    int err;

    if (config->cmdline) {
        if (root || extra)
            cfg_warn((root ? root : extra)->source, (root ? root : extra)->at,
                     "not used, because cmdline= is given");
        return 0;
    }
    if (root) {
        err = read_text(config, &(struct setting)PLAIN("root", TEXT, cmdline), &root->value);
        if (err)
            return err;
        root_text = config->cmdline ? pool_printf(config->pool, "root=%s", config->cmdline) : "";
    }
    if (extra) {
        err = read_text(config, &(struct setting)PLAIN("extra", TEXT, cmdline), &extra->value);
        if (err)
            return err;
        extra_text = config->cmdline ? config->cmdline : "";
    }
    config->cmdline = pool_printf(config->pool, "%s%s%s", root_text, *root_text && *extra_text ? " " : "",
                                  extra_text);
    return 0;
}

static int missing(const struct cfg *cfg, const char *key, const char *example)
{
    const struct cfg_source *source = cfg->count ? cfg->settings[0].source : NULL;

    fprintf(stderr, "%s: error: no %s is given: add %s\n", source ? source->name : "configuration", key,
            example);
    return -EINVAL;
}

/* See config.h. */
const char *config_name_fault(const char *name)
{
    if (!*name || strchr(name, '/') || strlen(name) > NAME_LENGTH_MAX)
        return "a name is 1 to 255 characters without /";
    for (const char *c = name; *c; c++)
        if ((unsigned char)*c < ' ' || *c == 0x7f)
            return "a name has no control characters";
    if (strspn(name, "0123456789") == strlen(name))
        return "a name that is a number could be taken for a domain's number";
    return NULL;
}

static int check_name(const struct cfg *cfg, const struct domain_config *config)
{
    const char *why;

    if (!config->name)
        return missing(cfg, "name", "name = \"guest\"");
    why = config_name_fault(config->name);
    return why ? cfg_error(&cfg_find(cfg, "name")->value, 0, "%s", why) : 0;
}

/* What has to hold between settings, and the defaults that depend on others. */
static int check_together(struct domain_config *config, const struct cfg *cfg)
{
    int err = check_name(cfg, config);

    if (!config->kernel)
        err = missing(cfg, "kernel", "kernel = \"/boot/vmlinuz\"");
    if (!config->maxmem_mb)
        config->maxmem_mb = config->memory_mb;
    if (config->maxmem_mb < config->memory_mb)
        err = cfg_error(&cfg_find(cfg, "maxmem")->value, 0, "maxmem is smaller than memory (%u)",
                        config->memory_mb);
    if (!config->maxvcpus)
        config->maxvcpus = config->vcpus;
    if (config->maxvcpus < config->vcpus)
        err = cfg_error(&cfg_find(cfg, "maxvcpus")->value, 0, "maxvcpus is smaller than vcpus (%u)",
                        config->vcpus);
    return err;
}

/* See config.h. */
int config_from_cfg(struct domain_config *config, const struct cfg *cfg)
{
    int err = 0, one;

    *config = (struct domain_config){ .pool = cfg->pool, .memory_mb = 128, .vcpus = 1 };
    config->on[ON_REBOOT] = ACTION_RESTART;
    for (size_t i = 0; i < cfg->count; i++) {
        const struct cfg_setting *given = &cfg->settings[i];
        const struct setting *setting = setting_by_key(given->key);

        if (!setting)
            cfg_warn(given->source, given->at, "'%s' is no setting we know; it is ignored", given->key);
        one = setting ? read_setting(config, setting, &given->value) : 0;
        err = err ? err : one;
    }
    one = read_cmdline(config, cfg);
    err = err ? err : one;
    if (!err)
        err = check_together(config, cfg);
    return err;
}

/* See config.h. */
int config_load(struct domain_config *config, struct pool *pool, const char *path, char **arguments,
                int count)
{
    struct cfg cfg = { .pool = pool };
    int err = path ? cfg_parse_file(&cfg, path) : 0;

    for (int i = 0; !err && i < count; i++)
        err = cfg_parse_argument(&cfg, arguments[i]);
    return err ? err : config_from_cfg(config, &cfg);
}

/* A path that means the same in any folder. */
static const char *whole_path(struct pool *pool, const char *path)
{
    char *folder = path && *path && *path != '/' ? getcwd(NULL, 0) : NULL;
    const char *whole = folder ? pool_printf(pool, "%s/%s", strcmp(folder, "/") ? folder : "", path) : path;

    free(folder);
    return whole;
}

/* A script is looked for in a folder of its own unless it is named by a path. */
static const char *whole_script(struct pool *pool, const char *script)
{
    return script && strchr(script, '/') ? whole_path(pool, script) : script;
}

/* See config.h. What a disk of another script or domain is called is theirs to understand. */
void config_whole_paths(struct domain_config *config)
{
    struct pool *pool = config->pool;

    config->kernel = whole_path(pool, config->kernel);
    config->ramdisk = whole_path(pool, config->ramdisk);
    for (size_t i = 0; i < config->disks_count; i++) {
        struct disk *disk = &config->disks[i];

        if (!disk->backend && (!disk->script || !strcmp(disk->script, "block")))
            disk->target = whole_path(pool, disk->target);
        disk->script = whole_script(pool, disk->script);
    }
    for (size_t i = 0; i < config->vifs_count; i++)
        config->vifs[i].script = whole_script(pool, config->vifs[i].script);
}

static void write_quoted(FILE *out, const char *text)
{
    fputc('"', out);
    for (; *text; text++) {
        if (*text == '"' || *text == '\\')
            fputc('\\', out);
        fputc(*text, out);
    }
    fputc('"', out);
}

static const struct cpu_set *cpu_sets(const struct domain_config *config, const struct setting *setting,
                                      size_t *count)
{
    bool hard = setting->offset == FIELD(cpus);

    *count = hard ? config->cpus_count : config->cpus_soft_count;
    return hard ? config->cpus : config->cpus_soft;
}

/* The elements of a setting that is a list, as text; NULL after the last. */
static const char *list_element(const struct domain_config *config, const struct setting *setting,
                                size_t index)
{
    const struct cpu_set *sets;
    size_t count;

    if (setting->kind == DISKS)
        return index < config->disks_count ? disk_format(config->pool, &config->disks[index]) : NULL;
    if (setting->kind == VIFS)
        return index < config->vifs_count ? vif_format(config->pool, &config->vifs[index]) : NULL;
    sets = cpu_sets(config, setting, &count);
    return index < count ? cpu_set_format(config->pool, &sets[index], CPU_SET_MAX) : NULL;
}

/* The setting's value as text, NULL if it isn't one (or has the value it has when it is not given). */
static const char *text_value(const struct domain_config *config, const struct setting *setting)
{
    switch (setting->kind) {
    case TEXT:      return *(const char **)field(config, setting);
    case ACTION:    return action_name(*(enum shutdown_action *)field(config, setting));
    case TSC:       return tsc_names[*(unsigned int *)field(config, setting)];
    case UUID:      return config->has_uuid ? uuid_format(config->pool, config->uuid) : NULL;
    default:        return NULL;
    }
}

static uint32_t number_value(const struct domain_config *config, const struct setting *setting)
{
    return setting->kind == FLAG ? *(bool *)field(config, setting) : *(uint32_t *)field(config, setting);
}

static bool is_list(const struct domain_config *config, const struct setting *setting)
{
    size_t count = 0;

    if (setting->kind == CPUS)
        cpu_sets(config, setting, &count);
    return count > 1 || setting->kind == DISKS || setting->kind == VIFS;
}

/* See config.h. */
void config_write(const struct domain_config *config, FILE *out)
{
    for (size_t i = 0; i < SETTINGS; i++) {
        const struct setting *setting = &settings[i];
        const char *text = setting->kind == CPUS ? list_element(config, setting, 0) : text_value(config,
                                                                                                 setting);

        if (is_list(config, setting)) {
            fprintf(out, "%s = [", setting->key);
            for (size_t n = 0; (text = list_element(config, setting, n)); n++) {
                fprintf(out, "%s", n ? ",\n    " : "\n    ");
                write_quoted(out, text);
            }
            fprintf(out, " ]\n");
        } else if (text) {
            fprintf(out, "%s = ", setting->key);
            write_quoted(out, text);
            fputc('\n', out);
        } else if ((setting->kind == NUMBER || setting->kind == FLAG) && number_value(config, setting)) {
            fprintf(out, "%s = %u\n", setting->key, number_value(config, setting));
        }
    }
}

/* See config.h: an object's members, in the object the caller has opened. */
void config_json(const struct domain_config *config, struct json *json)
{
    for (size_t i = 0; i < SETTINGS; i++) {
        const struct setting *setting = &settings[i];
        const char *text = setting->kind == CPUS ? list_element(config, setting, 0) : text_value(config,
                                                                                                 setting);

        if (is_list(config, setting)) {
            json_open(json, setting->key, '[');
            for (size_t n = 0; (text = list_element(config, setting, n)); n++)
                json_string(json, NULL, text);
            json_close(json, ']');
        } else if (text) {
            json_string(json, setting->key, text);
        } else if (setting->kind == FLAG) {
            json_bool(json, setting->key, number_value(config, setting));
        } else if (setting->kind == NUMBER) {
            json_number(json, setting->key, number_value(config, setting));
        }
    }
}
