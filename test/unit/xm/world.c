/* SPDX-License-Identifier: GPL-2.0-only */
/* See world.h: in place of libxenstore, libxc, create.c and hotplug.c. */
#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <unistd.h>
#include <xc.h>

#include "command.h"
#include "domain.h"
#include "hotplug.h"
#include "store.h"
#include "world.h"

#define CALL_USEC   4000        /* a request to the store, and the time between two looks at it */
#define WORK_USEC   300000      /* a script, the end of a domain, making one */

enum { NODES = 1024 };

static struct shared {
    struct world world;
    pthread_mutex_t lock;       /* held through a transaction */
    struct node {
        char path[96], value[160];
    } nodes[NODES];
} *shared;
struct world *world;

/* See world.h. */
void world_make(void)
{
    pthread_mutexattr_t attributes;

    shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (shared == MAP_FAILED)
        abort();
    pthread_mutexattr_init(&attributes);
    pthread_mutexattr_setpshared(&attributes, PTHREAD_PROCESS_SHARED);
    pthread_mutexattr_setrobust(&attributes, PTHREAD_MUTEX_ROBUST);
    pthread_mutex_init(&shared->lock, &attributes);
    world = &shared->world;
}

static void work(void)
{
    world->busy = true;
    usleep(WORK_USEC);
}

/* --- The store --- */

static void lock(xs_transaction_t t)
{
    if (t)
        return;
    usleep(CALL_USEC);
    if (pthread_mutex_lock(&shared->lock) == EOWNERDEAD)
        pthread_mutex_consistent(&shared->lock);
}

static void unlock(xs_transaction_t t)
{
    if (!t)
        pthread_mutex_unlock(&shared->lock);
}

static struct node *find(const char *path)
{
    for (struct node *node = shared->nodes; node < shared->nodes + NODES; node++)
        if (!strcmp(node->path, path))
            return node;
    return NULL;
}

static bool below(const struct node *node, const char *path)
{
    size_t length = strlen(path);

    return !strncmp(node->path, path, length) && (!node->path[length] || node->path[length] == '/');
}

static bool put(const char *path, const char *value, size_t length, bool replace)
{
    struct node *node = find(path);

    if (node && !replace)
        return true;
    node = node ? node : find("");
    if (!node || strlen(path) >= sizeof(node->path) || length >= sizeof(node->value))
        abort();
    strcpy(node->path, path);
    memcpy(node->value, value, length);
    node->value[length] = '\0';
    return true;
}

/* What drivers do with their new state. */
static void backends(void)
{
    for (struct node *node = shared->nodes; node < shared->nodes + NODES; node++)
        if (strstr(node->path, "/backend/") && strstr(node->path, "/state"))
            node->value[0] = node->value[0] == '1' ? '2' : node->value[0] == '5' ? '6' : node->value[0];
}

struct xs_handle *xs_open(unsigned long flags) { return NULL; }
void xs_close(struct xs_handle *h) { }

bool xs_write(struct xs_handle *h, xs_transaction_t t, const char *path, const void *data, unsigned int length)
{
    return put(path, data, length, true);
}

bool xs_mkdir(struct xs_handle *h, xs_transaction_t t, const char *path) { return put(path, "", 0, false); }

bool xs_rm(struct xs_handle *h, xs_transaction_t t, const char *path)
{
    for (struct node *node = shared->nodes; node < shared->nodes + NODES; node++)
        if (below(node, path))
            node->path[0] = '\0';
    return true;
}

bool xs_set_permissions(struct xs_handle *h, xs_transaction_t t, const char *path, struct xs_permissions *perms,
                        unsigned int count)
{
    return true;
}

void *xs_read(struct xs_handle *h, xs_transaction_t t, const char *path, unsigned int *length)
{
    struct node *node;
    char *value;

    lock(t);
    node = find(path);
    value = node ? strdup(node->value) : NULL;
    unlock(t);
    *length = value ? (unsigned int)strlen(value) : 0;
    return value;
}

/* The names point into one static array: the callers copy them before they ask again. */
char **xs_directory(struct xs_handle *h, xs_transaction_t t, const char *path, unsigned int *count)
{
    static char texts[64][96];
    char **names = calloc(64, sizeof(*names));
    size_t length = strlen(path);

    *count = 0;
    lock(t);
    for (struct node *node = shared->nodes; node < shared->nodes + NODES; node++) {
        unsigned int i;

        if (!below(node, path) || !node->path[length])
            continue;
        snprintf(texts[*count], sizeof(texts[0]), "%.*s", (int)strcspn(node->path + length + 1, "/"),
                 node->path + length + 1);
        for (i = 0; strcmp(texts[i], texts[*count]); i++)
            ;
        if (i == *count && ++*count < 64)
            names[i] = texts[i];
    }
    unlock(t);
    return names;
}

xs_transaction_t xs_transaction_start(struct xs_handle *h)
{
    lock(XBT_NULL);
    return 1;
}

bool xs_transaction_end(struct xs_handle *h, xs_transaction_t t, bool abort)
{
    backends();
    unlock(XBT_NULL);
    return true;
}

bool xs_watch(struct xs_handle *h, const char *path, const char *token) { return true; }
bool xs_unwatch(struct xs_handle *h, const char *path, const char *token) { return true; }
bool xs_release_domain(struct xs_handle *h, unsigned int domid) { return true; }

/* Something may have happened at any time. */
int xs_fileno(struct xs_handle *h)
{
    static int always = -1;

    if (always < 0)
        always = eventfd(1, EFD_CLOEXEC);
    return always;
}

char **xs_check_watch(struct xs_handle *h)
{
    usleep(CALL_USEC);
    errno = EAGAIN;
    return NULL;
}

/* See world.h. */
int world_nodes(const char *prefix)
{
    int count = 0;

    for (struct node *node = shared->nodes; node < shared->nodes + NODES; node++)
        count += node->path[0] && !strncmp(node->path, prefix, strlen(prefix));
    return count;
}

/* --- The hypervisor --- */

int xc_open(struct xc **xc) { return -ENOENT; }
void xc_close(struct xc *xc) { }
const char *xc_error(const struct xc *xc) { return "no"; }

int xc_domain_info(struct xc *xc, domid_t domid, struct xen_domctl_getdomaininfo *info)
{
    const struct world_domain *domain = &world->domains[domid];

    if (domid >= DOMAINS || !domain->exists)
        return -ESRCH;
    *info = (struct xen_domctl_getdomaininfo){ .domain = domid, .flags = domain->flags };
    memcpy(info->handle, domain->handle, sizeof(info->handle));
    return 0;
}

int xc_domain_pause(struct xc *xc, domid_t domid)
{
    work();
    return 0;
}

int xc_domain_destroy(struct xc *xc, domid_t domid)
{
    world->domains[domid].exists = false;
    return 0;
}

int xc_domain_set_handle(struct xc *xc, domid_t domid, const xen_domain_handle_t handle)
{
    memcpy(world->domains[domid].handle, handle, sizeof(xen_domain_handle_t));
    return 0;
}

int xc_domain_unpause(struct xc *xc, domid_t domid) { return 0; }
int xc_domain_sendtrigger(struct xc *xc, domid_t domid, uint32_t trigger, unsigned int vcpu) { return 0; }
int xc_domain_list_all(struct xc *xc, struct xen_domctl_getdomaininfo **info) { return -ENOSYS; }

/* --- The rest of xm --- */

int __real_config_load(struct domain_config *config, struct pool *pool, const char *path, char **arguments, int count);
int __wrap_config_load(struct domain_config *config, struct pool *pool, const char *path, char **arguments, int count);

/* Stands before config_load() by the linker's --wrap: what was read is long out of date if it could be. */
int __wrap_config_load(struct domain_config *config, struct pool *pool, const char *path, char **arguments, int count)
{
    int err = __real_config_load(config, pool, path, arguments, count);

    usleep(5 * CALL_USEC);
    return err;
}

int bad_usage(const char *command) { return 2; }
char *hotplug_script(struct xm *xm, const char *name) { return pool_strdup(&xm->pool, "/bin/true"); }

/* One that connects the device to "bad" fails. */
int hotplug_run(struct xm *xm, const struct device *device, bool up)
{
    char *back = device_backend_path(xm, device), *bridge = store_read(xm, "%s/bridge", back);
    struct store_batch batch = { .xm = xm };
    bool bad = up && bridge && !strcmp(bridge, "bad");

    work();
    if (up) {
        store_put(&batch, pool_printf(&xm->pool, "%s/hotplug-status", back), bad ? "error" : "connected");
        store_commit(&batch);
    }
    return bad ? -EIO : 0;
}

static void introduce(struct xm *xm, struct domain_config *config, uint32_t domid)
{
    struct world_domain *domain = &world->domains[domid];
    struct store_batch batch = { .xm = xm };
    const char *home = pool_printf(&xm->pool, "/local/domain/%u", domid);

    memcpy(domain->handle, config->uuid, sizeof(domain->handle));
    domain->flags = 0;
    domain->exists = true;
    domain_config_save(xm, config);
    store_put(&batch, pool_printf(&xm->pool, "/libxl/%u/type", domid), "pv");
    store_put(&batch, pool_printf(&xm->pool, "%s/domid", home), "%u", domid);
    store_put(&batch, pool_printf(&xm->pool, "%s/vm", home), "/vm/%u", domid);
    store_put(&batch, pool_printf(&xm->pool, "%s/name", home), "%s", config->name);
    store_commit(&batch);
}

/* See domain.h. */
int domain_create(struct xm *xm, struct domain_config *config, uint32_t *domid)
{
    for (*domid = DOMAINS - 1; !world->domains[*domid - 1].exists && *domid > 2; --*domid)
        ;
    work();
    introduce(xm, config, *domid);
    return 0;
}

/* See world.h. */
void world_reset(struct xm *xm, struct domain_config *config)
{
    memset(shared->nodes, 0, sizeof(shared->nodes));
    memset(world, 0, sizeof(*world));
    world->domains[0].exists = true;
    introduce(xm, config, 1);
}
