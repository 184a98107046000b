/* SPDX-License-Identifier: GPL-2.0-only */
/* Commands at the same time on one domain, each in a process of its own as in life, in a world made up. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
#include <xc.h>

#include "command.h"
#include "domain.h"
#include "world.h"

typedef int (*command_t)(struct xm *xm, int argc, char **argv);

static int failures;
static struct xm xm;

static void check(const char *name, bool good, const char *why)
{
    if (good)
        printf("ok %s\n", name);
    else
        printf("FAIL %s: %s\n", name, why);
    failures += !good;
}

static void reset(const char *on_reboot)
{
    char *arguments[] = { "name='web'", "kernel='k'", "uuid='5c4fdb10-8a2f-4d6a-9d38-0123456789ab'",
                          pool_printf(&xm.pool, "on_reboot='%s'", on_reboot) };
    struct domain_config config;

    if (config_load(&config, &xm.pool, NULL, arguments, 4))
        abort();
    world_reset(&xm, &config);
}

static struct domain_config kept(void)
{
    struct domain_config config;

    if (domain_config_load(&xm, 1, &config))
        config.disks_count = config.vifs_count = 999;
    return config;
}

/* A domain of that name runs. */
static bool lives(const char *name)
{
    uint32_t domid;

    return domain_by_name(&xm, name, &domid);
}

static pid_t start(command_t command, char *name, char *domain, char *argument)
{
    char *argv[] = { name, domain, argument, NULL };
    pid_t pid;

    fflush(stdout);
    pid = fork();
    if (pid)
        return pid;
    if (!freopen("said", "a", stdout) || !freopen("said", "a", stderr))
        _exit(99);
    setvbuf(stderr, NULL, _IONBF, 0);
    alarm(20);
    while (world->hold)
        usleep(100);
    _exit(command(&xm, argument ? 3 : 2, argv));
}

static int end(pid_t pid)
{
    int status = -1;

    world->hold = false;
    waitpid(pid, &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 100 + WTERMSIG(status);
}

static void until_busy(void)
{
    world->hold = false;
    for (int i = 0; !world->busy && i < 5000; i++)
        usleep(1000);
}

/* --- Devices --- */

static void test_same_interface(void)
{
    pid_t a, b;
    bool good;

    reset("restart");
    world->hold = true;
    a = start(cmd_network_attach, "network-attach", "web", "bridge=a");
    b = start(cmd_network_attach, "network-attach", "web", "bridge=b");
    good = !end(a) + !end(b) == 2;
    check("attach/two interfaces", good && kept().vifs_count == 2 &&
          kept().vifs[0].devid + kept().vifs[1].devid == 1 &&
          world_nodes("/local/domain/0/backend/vif/1/1/mac") == 1, "not both are there under numbers of their own");
}

static void test_failed_interface(void)
{
    pid_t good, bad;

    reset("restart");
    world->hold = true;
    good = start(cmd_network_attach, "network-attach", "web", "bridge=a");
    bad = start(cmd_network_attach, "network-attach", "web", "bridge=bad");
    check("attach/one fails", !end(good) && end(bad) == 1 && kept().vifs_count == 1 &&
          world_nodes("/local/domain/1/device/vif/") && world_nodes("/local/domain/0/backend/vif/1/") &&
          world_nodes("/libxl/1/device/vif/"), "the other doesn't work");
}

static void test_disks(void)
{
    static char *const specs[] = { "vdev=xvdb,script=x,target=/dev/null", "vdev=xvdc,script=x,target=/dev/null",
                                   "vdev=xvdd,script=x,target=/dev/null" };
    pid_t pids[3], rename;
    int bad = 0;

    reset("restart");
    world->hold = true;
    for (int i = 0; i < 3; i++)
        pids[i] = start(cmd_block_attach, "block-attach", "1", specs[i]);
    rename = start(cmd_rename, "rename", "1", "shop");
    for (int i = 0; i < 3; i++)
        bad += end(pids[i]);
    bad += end(rename);
    check("attach/disks and a new name", !bad && lives("shop") && kept().disks_count == 3 &&
          !strcmp(kept().name, "shop"), "the configuration lacks one");
}

static void test_alike(void)
{
    char first[] = "devid=3,mac=00:16:3e:01:02:03", number[] = "devid=3", mac[] = "mac=00:16:3e:01:02:03";

    reset("restart");
    check("attach/first", !end(start(cmd_network_attach, "network-attach", "web", first)), "failed");
    check("attach/same number", end(start(cmd_network_attach, "network-attach", "web", number)) == 1, "was accepted");
    check("attach/same address", end(start(cmd_network_attach, "network-attach", "web", mac)) == 1, "was accepted");
    check("attach/alike", kept().vifs_count == 1, "the configuration can't be read any more");
}

static void test_detach(void)
{
    pid_t away, more;

    reset("restart");
    end(start(cmd_network_attach, "network-attach", "web", "bridge=a"));
    world->hold = true;
    away = start(cmd_network_detach, "network-detach", "web", "0");
    more = start(cmd_network_attach, "network-attach", "web", "bridge=b");
    check("detach and attach", !end(away) && !end(more) && kept().vifs_count == 1 &&
          !strcmp(kept().vifs[0].bridge, "b"), "the configuration has other interfaces");
}

static void test_attach_and_end(void)
{
    pid_t attach, destroy;

    reset("restart");
    attach = start(cmd_network_attach, "network-attach", "web", "bridge=a");
    until_busy();
    destroy = start(cmd_destroy, "destroy", "web", NULL);
    check("destroy while attaching", !end(attach) && !end(destroy) && !lives("web") && !world_nodes("/libxl/1/") &&
          !world_nodes("/local/domain/0/backend/"), "something is left");
    reset("restart");
    destroy = start(cmd_destroy, "destroy", "web", NULL);
    until_busy();
    attach = start(cmd_network_attach, "network-attach", "web", "bridge=a");
    check("attach while destroying", end(attach) == 1 && !end(destroy) && !world_nodes("/libxl/1/") &&
          !world_nodes("/local/domain/0/backend/"), "something is left");
}

/* A number too large for what it means is not cut to one that fits. */
static void test_large_numbers(void)
{
    char *trigger[] = { "trigger", "web", "nmi", "1x", NULL };
    int status;

    reset("restart");
    check("numbers/domain", end(start(cmd_destroy, "destroy", "-f", "4294967297")) == 1 && lives("web"),
          "another domain was destroyed");
    end(start(cmd_network_attach, "network-attach", "web", "bridge=a"));
    status = end(start(cmd_network_detach, "network-detach", "web", "4294967296"));
    check("numbers/interface", status == 1 && kept().vifs_count == 1, "another was detached");
    check("numbers/cpu", cmd_trigger(&xm, 4, trigger) == 1, "text behind it was ignored");
}

/* --- The end --- */

static void shut_down(const char *on_reboot)
{
    reset(on_reboot);
    world->domains[1].flags = XEN_DOMINF_shutdown | SHUTDOWN_reboot << XEN_DOMINF_shutdownshift;
}

/* The supervisor is given the time it would need to revive the domain; how it ends, 115 if not by itself. */
static bool revived(pid_t supervisor, int *status)
{
    bool alive;

    usleep(1200000);
    alive = lives("web");
    kill(supervisor, SIGTERM);
    *status = end(supervisor);
    return alive;
}

static void test_destroy_in_restart(const char *domain, int status, bool alive)
{
    pid_t supervisor, destroy;
    int got, ignored;

    shut_down("restart");
    supervisor = start(cmd_supervise, "supervise", "1", NULL);
    until_busy();
    destroy = start(cmd_destroy, "destroy", (char *)domain, NULL);
    got = end(destroy);
    check(pool_printf(&xm.pool, "destroy %s in a restart", domain),
          revived(supervisor, &ignored) == alive && got == status, alive ? "the next was ended" : "it is back");
}

/* The old domain's name is gone, the successor isn't there yet. */
static pid_t between_two_lives(const char *on_reboot)
{
    pid_t supervisor;

    shut_down(on_reboot);
    supervisor = start(cmd_supervise, "supervise", "1", NULL);
    for (int i = 0; lives("web") && i < 1000; i++)
        ;
    return supervisor;
}

static void test_destroy_between(const char *on_reboot)
{
    pid_t supervisor = between_two_lives(on_reboot);
    int status = end(start(cmd_destroy, "destroy", "web", NULL)), ignored;

    check(pool_printf(&xm.pool, "destroy between two lives (%s)", on_reboot),
          !revived(supervisor, &ignored) && !status && !world_nodes("/tool/xm/restarts/"), "it is back");
}

/* A supervisor that has died in the middle keeps nobody waiting. */
static void test_supervisor_died(void)
{
    pid_t supervisor = between_two_lives("restart");

    kill(supervisor, SIGKILL);
    end(supervisor);
    check("destroy after a supervisor's death", end(start(cmd_destroy, "destroy", "web", NULL)) == 1 &&
          !world_nodes("/tool/xm/restarts/"), "it waits, or has found something");
}

static void test_destroy_before_restart(const char *on_reboot)
{
    pid_t supervisor, destroy;
    int status, its_status;

    shut_down(on_reboot);
    destroy = start(cmd_destroy, "destroy", "web", NULL);
    until_busy();
    supervisor = start(cmd_supervise, "supervise", "1", NULL);
    status = end(destroy);
    check(pool_printf(&xm.pool, "destroy before a %s", on_reboot), !revived(supervisor, &its_status) && !status &&
          !its_status, "it is back, or its supervisor failed");
}

int main(void)
{
    setvbuf(stdout, NULL, _IOLBF, 0);
    world_make();
    test_same_interface();
    test_failed_interface();
    test_disks();
    test_alike();
    test_detach();
    test_attach_and_end();
    test_large_numbers();
    test_destroy_in_restart("web", 0, false);
    test_destroy_in_restart("1", 1, true);
    test_destroy_between("restart");
    test_destroy_between("rename-restart");
    test_supervisor_died();
    test_destroy_before_restart("restart");
    test_destroy_before_restart("rename-restart");
    pool_free(&xm.pool);
    return failures ? 1 : 0;
}
