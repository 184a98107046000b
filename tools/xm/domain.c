/* SPDX-License-Identifier: GPL-2.0-only */
#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <xc.h>

#include "domain.h"
#include "store.h"

#define LOCK_FILE   "/run/xen/xm.lock"
#define CONFIG_DIR  "/var/lib/xen"
#define RESTARTS    "/tool/xm/restarts"     /* number of a domain whose name a successor is to get = that name */

/* See domain.h. */
int fail_xc(struct xm *xm, int err, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    fail("%s: %s", pool_vprintf(&xm->pool, format, args), xc_error(xm->xc));
    va_end(args);
    return 1;
}

/*
 * Store nodes outlive their domain for a moment, until its supervisor has tidied up: the name is free by
 * then.
 */
static bool is_alive(struct xm *xm, uint32_t domid)
{
    struct xen_domctl_getdomaininfo info;
    int err = xc_domain_info(xm->xc, (domid_t)domid, &info);

    return err ? err != -ESRCH : !(info.flags & XEN_DOMINF_dying);
}

/* See domain.h. */
bool domain_by_name(struct xm *xm, const char *name, uint32_t *domid)
{
    unsigned int count;
    char **domains = store_list(xm, &count, "/local/domain");

    for (unsigned int i = 0; i < count; i++) {
        const char *its = store_read(xm, "/local/domain/%s/name", domains[i]);

        *domid = (uint32_t)strtoul(domains[i], NULL, 10);
        if (its && !strcmp(its, name) && is_alive(xm, *domid))
            return true;
    }
    return false;
}

/* See domain.h. */
bool parse_number(const char *text, unsigned long max, unsigned long *number)
{
    char *end;

    errno = 0;
    *number = strtoul(text, &end, 10);
    return isdigit((unsigned char)*text) && !*end && !errno && *number <= max;
}

/* See domain.h. */
bool parse_domid(const char *text, uint32_t *domid)
{
    unsigned long value;
    bool good = parse_number(text, DOMID_FIRST_RESERVED - 1, &value);

    *domid = (uint32_t)value;
    return good;
}

/* See domain.h. */
int domain_find(struct xm *xm, const char *name, uint32_t *domid)
{
    struct xen_domctl_getdomaininfo info;
    bool number = parse_domid(name, domid);
    int err;

    if (number || domain_by_name(xm, name, domid)) {
        err = xc_domain_info(xm->xc, (domid_t)*domid, &info);
        if (!err)
            return 0;
        if (err != -ESRCH) {
            fail_xc(xm, err, "domain %s", name);
            return err;
        }
    }
    fail(number ? "there is no domain %s" : "there is no domain '%s'", name);
    hint("xm list shows the domains there are");
    return -ESRCH;
}

/* See domain.h. */
const char *domain_name(struct xm *xm, uint32_t domid)
{
    char *name = store_read(xm, "/local/domain/%u/name", domid);

    return name ? make_printable(name) : domid ? "(null)" : "Domain-0";
}

/* See domain.h. */
const char *domain_state(const struct xen_domctl_getdomaininfo *info)
{
    if (info->flags & XEN_DOMINF_dying)
        return "dying";
    if (info->flags & XEN_DOMINF_shutdown)
        return xc_info_shutdown_reason(info) == SHUTDOWN_crash ? "crashed" : "shut down";
    if (info->flags & XEN_DOMINF_paused)
        return "paused";
    return info->flags & XEN_DOMINF_running ? "running" : "blocked";
}

/* See domain.h. */
char *domain_flags(struct xm *xm, const struct xen_domctl_getdomaininfo *info)
{
    uint32_t f = info->flags;
    bool shut = f & XEN_DOMINF_shutdown;

    return pool_printf(&xm->pool, "%c%c%c%c%c%c", f & XEN_DOMINF_running ? 'r' : '-',
                       f & XEN_DOMINF_blocked ? 'b' : '-', f & XEN_DOMINF_paused ? 'p' : '-', shut ? 's'
                           : '-',
                       shut && xc_info_shutdown_reason(info) == SHUTDOWN_crash ? 'c' : '-',
                       f & XEN_DOMINF_dying ? 'd' : '-');
}

/* See domain.h: byte n of the lock file stands for domain n. */
int domain_lock(struct xm *xm, uint32_t domid)
{
    struct flock lock = { .l_type = F_WRLCK, .l_whence = SEEK_SET, .l_start = domid, .l_len = 1 };
    int fd, err;

    mkdir("/run/xen", 0755);
    fd = open(LOCK_FILE, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    while (fd >= 0 && fcntl(fd, F_OFD_SETLKW, &lock) < 0)
        if (errno != EINTR) {
            err = errno;
            close(fd);
            fd = -1;
            errno = err;
        }
    if (fd >= 0)
        return fd;
    err = -errno;
    fail_errno(err, "can't lock %s", LOCK_FILE);
    return err;
}

/* See domain.h. */
void domain_mark_restart(struct xm *xm, uint32_t domid, bool on)
{
    const char *name = on ? store_read(xm, "/local/domain/%u/name", domid) : NULL;
    struct store_batch batch = { .xm = xm };

    if (name)
        store_put(&batch, pool_printf(&xm->pool, RESTARTS "/%u", domid), "%s", name);
    else
        store_remove(&batch, pool_printf(&xm->pool, RESTARTS "/%u", domid));
    store_commit(&batch);
}

/*
 * Wait for the end of the restart that is to give a successor this name; false if there is none. A mark that is still
 * there then is that of a supervisor that has died.
 */
static bool await_restart(struct xm *xm, const char *name)
{
    unsigned int count;
    char **olds = store_list(xm, &count, RESTARTS);

    for (unsigned int i = 0; i < count; i++) {
        const char *its = store_read(xm, RESTARTS "/%s", olds[i]);
        uint32_t old = (uint32_t)strtoul(olds[i], NULL, 10);
        int lock;

        if (!its || strcmp(its, name))
            continue;
        lock = domain_lock(xm, old);
        if (lock < 0)
            return false;
        domain_mark_restart(xm, old, false);
        domain_unlock(lock);
        return true;
    }
    return false;
}

/* See domain.h. The mark is looked for after the name, which is there by the time that the mark has gone. */
int domain_find_settled(struct xm *xm, const char *name, uint32_t *domid)
{
    while (!domain_by_name(xm, name, domid) && await_restart(xm, name))
        ;
    return domain_find(xm, name, domid);
}

/* Whether domain_find() would find this one. */
static bool is_called(struct xm *xm, const char *name, uint32_t domid)
{
    struct xen_domctl_getdomaininfo info;
    uint32_t its;

    if (parse_domid(name, &its))
        return !xc_domain_info(xm->xc, (domid_t)domid, &info);
    return domain_by_name(xm, name, &its) && its == domid;
}

/* See domain.h. */
int domain_find_locked(struct xm *xm, const char *name, uint32_t *domid)
{
    int err = domain_find_settled(xm, name, domid);

    /* Whoever had the lock may have ended the domain, or made another of its name. */
    while (!err) {
        uint32_t locked = *domid;
        int lock = domain_lock(xm, locked);

        if (lock < 0 || is_called(xm, name, locked))
            return lock;
        domain_unlock(lock);
        err = domain_find_settled(xm, name, domid);
        if (err)
            hint("domain %u, which was meant, has ended while another command was at work on it", locked);
    }
    return err;
}

/* Gives a lock back; a failed one is nothing to give back. */
void domain_unlock(int lock)
{
    if (lock >= 0)
        close(lock);
}

/* See domain.h. */
char *domain_config_path(struct xm *xm, const uint8_t *uuid)
{
    return pool_printf(&xm->pool, CONFIG_DIR "/%s.cfg", uuid_format(&xm->pool, uuid));
}

/* See domain.h. */
int domain_config_load(struct xm *xm, uint32_t domid, struct domain_config *config)
{
    struct xen_domctl_getdomaininfo info;
    int err = xc_domain_info(xm->xc, (domid_t)domid, &info);

    if (err) {
        fail_xc(xm, err, "domain %u", domid);
        return err;
    }
    return config_load(config, &xm->pool, domain_config_path(xm, info.handle), NULL, 0);
}

/* See domain.h. The file is replaced in one step, so a reader never sees half of it. */
int domain_config_save(struct xm *xm, const struct domain_config *config)
{
    const char *path = domain_config_path(xm, config->uuid), *fresh = pool_printf(&xm->pool, "%s.new", path);
    FILE *out;
    bool good;
    int err;

    mkdir(CONFIG_DIR, 0700);
    out = fopen(fresh, "we");
    if (out) {
        fprintf(out, "# Configuration of a running domain, kept for its restart.\n");
        config_write(config, out);
        good = !ferror(out);
        if (!fclose(out) && good && !rename(fresh, path))
            return 0;
    }
    err = -errno;
    unlink(fresh);
    fail_errno(err, "can't keep the configuration in %s", path);
    return err;
}
