/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Configuration files, device specifications and what is said about mistakes in them: the very files xm is
 * made of, with stderr caught in a file.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "config.h"
#include "message.h"

static int failures;
static struct pool pool;
static char said[65536];        /* on stderr since the last quiet() */

static void check(const char *name, bool good, const char *why)
{
    if (good)
        printf("ok %s\n", name);
    else
        printf("FAIL %s: %s; said: %s\n", name, why, said);
    failures += !good;
}

/* Starts catching stderr anew. The descriptor stays the sanitizers'. */
static void quiet(void)
{
    static FILE *caught;

    if (caught)
        fclose(caught);
    caught = fmemopen(said, sizeof(said), "w");
    if (!caught)
        abort();
    stderr = caught;
    setvbuf(stderr, NULL, _IONBF, 0);
    memset(said, 0, sizeof(said));
}

static int load(struct domain_config *config, const char *text, char **arguments, int count)
{
    char path[] = "/tmp/xm-test-XXXXXX";
    int fd = mkstemp(path), err;

    quiet();
    if (fd < 0 || write(fd, text, strlen(text)) != (ssize_t)strlen(text))
        abort();
    close(fd);
    err = config_load(config, &pool, path, arguments, count);
    unlink(path);
    return err;
}

static void test_whole_file(void)
{
    struct domain_config c;
    int err = load(&c, "# a guest\nname = \"web\" ; memory = 0x100\nmaxmem = 512\nvcpus=2\nmaxvcpus = 4\n"
                   "kernel = '/boot/vmlinuz'\nramdisk='/boot/initrd'\nroot = '/dev/xvda1 ro'\nextra = \"\"\"a\\\n b\"\"\"\n"
                   "disk = [ 'phy:/dev/vg/web,xvda,w', # first\n 'format=raw, vdev=xvdb1, access=ro, target=/a,b', ]\n"
                   "disk += [ '/srv/x.img,raw,hdc,r' ]\n"
                   "vif = ['mac=00:16:3e:01:02:03,bridge=br0,rate=10Mb/s', '']\ncpus = ['0-3,^2', '1']\n"
                   "on_crash = 'preserve'\non_reboot=\"rename-restart\"\n", NULL, 0);

    check("file/parses", !err && !*said, "error or warning");
    check("file/plain", !err && !strcmp(c.name, "web") && c.memory_mb == 256 && c.maxmem_mb == 512 && c.vcpus == 2 &&
          c.maxvcpus == 4 && !strcmp(c.kernel, "/boot/vmlinuz") && !strcmp(c.ramdisk, "/boot/initrd"), "values");
    check("file/cmdline", !err && !strcmp(c.cmdline, "root=/dev/xvda1 ro a b"), c.cmdline);
    check("file/actions", !err && c.on[ON_CRASH] == ACTION_PRESERVE && c.on[ON_REBOOT] == ACTION_RENAME_RESTART &&
          c.on[ON_POWEROFF] == ACTION_DESTROY, "values");
    check("file/disks", !err && c.disks_count == 3 && !strcmp(c.disks[0].target, "/dev/vg/web") &&
          c.disks[0].devid == 51712 && c.disks[0].writable && c.disks[1].devid == 51729 && !c.disks[1].writable &&
          !strcmp(c.disks[1].target, "/a,b") && c.disks[2].devid == 5632, "values");
    check("file/vifs", !err && c.vifs_count == 2 && c.vifs[0].mac[2] == 0x3e && !strcmp(c.vifs[0].bridge, "br0") &&
          c.vifs[0].rate_bytes == 62500 && !c.vifs[1].has_mac, "values");
    check("file/cpus", !err && c.cpus_count == 2 && cpu_set_has(&c.cpus[0], 3) && !cpu_set_has(&c.cpus[0], 2) &&
          cpu_set_has(&c.cpus[1], 1) && !cpu_set_has(&c.cpus[1], 0), "values");
}

static char *written(const struct domain_config *config)
{
    char *text = NULL;
    size_t length;
    FILE *out = open_memstream(&text, &length);

    config_write(config, out);
    fclose(out);
    return text;
}

static void test_round_trip(void)
{
    struct domain_config c, again;
    char *first = NULL, *second = NULL;
    int err = load(&c, "name='a\"b\\\\c'\nkernel='k'\nmemory=64\ncpus='1-3'\ncpus_soft=['0','2']\ncap=50\nlocaltime=1\n"
                   "uuid='5c4fdb10-8a2f-4d6a-9d38-0123456789ab'\ncmdline='x'\nvif=['ip=10.0.0.1 10.0.0.2,mtu=1400,"
                   "rate=250KB/s@20ms']\ndisk=[',,xvda:cdrom,r','phy:/x y,sda1,w!,discard=0']\n", NULL, 0);

    if (!err) {
        first = written(&c);
        err = load(&again, first, NULL, 0);
        second = err ? NULL : written(&again);
    }
    check("written config reads back the same", second && !strcmp(first, second) && !*said, second ? second : "unread");
    free(first);
    free(second);
}

/* A restart finds what is meant, though it is made from another folder. */
static void test_whole_paths(void)
{
    struct domain_config c;
    char folder[4096], whole[4200];
    bool good = !load(&c, "name='a'\nkernel='k'\nramdisk='/r'\n"
                      "disk=['file:img,xvda,w','vdev=xvdb,script=./own,target=lun','vdev=xvdc,cdrom',"
                      "'vdev=xvdd,backend=b,target=t']\nvif=['script=vif-nat','script=dir/vif']\n", NULL, 0) &&
                getcwd(folder, sizeof(folder));

    config_whole_paths(&c);
    for (int i = 0; good && i < 4; i++) {
        const char *const names[] = { "k", "img", "./own", "dir/vif" };
        const char *const got[] = { c.kernel, c.disks[0].target, c.disks[1].script, c.vifs[1].script };

        snprintf(whole, sizeof(whole), "%s/%s", folder, names[i]);
        good = !strcmp(got[i], whole);
    }
    check("whole paths", good && !strcmp(c.ramdisk, "/r") && !strcmp(c.disks[1].target, "lun") &&
          !*c.disks[2].target && !strcmp(c.disks[3].target, "t") && !strcmp(c.vifs[0].script, "vif-nat"),
          "one is another");
}

static void test_arguments(void)
{
    char *arguments[] = { "memory=512", "name=other", "extra=console=hvc0 quiet", "disk=['file:/i,xvda,r']", "extra+= x" };
    char *bad[] = { "=5" }, *worse[] = { "memory=lots" };
    struct domain_config c;
    int err = load(&c, "name='n'\nkernel='k'\nmemory=1\n", arguments, 5);

    check("arguments replace", !err && c.memory_mb == 512 && !strcmp(c.name, "other") && c.disks_count == 1, "values");
    check("arguments append", !err && !strcmp(c.cmdline, "console=hvc0 quiet x"), c.cmdline ? c.cmdline : "none");
    check("arguments/no key", load(&c, "name='n'\nkernel='k'\n", bad, 1) && strstr(said, "command line:1:1:"), "text");
    check("arguments/bad number", load(&c, "name='n'\nkernel='k'\n", worse, 1) &&
          strstr(said, "command line:1:8: error: memory must be a number"), "text");
}

/* Mistakes: what the file holds, where the error must point, what it must say. */
static const struct mistake {
    const char *name, *text, *place, *says;
} mistakes[] = {
    { "no equals", "name 'x'", ":1:6:", "expected = after 'name'" },
    { "open string", "name = 'x\nmemory=1", ":1:8:", "never closed" },
    { "open long string", "name = '''x\nmemory=1", ":1:8:", "never closed" },
    { "open list", "disk = [ 'phy:/a,xvda,w'\n", ":1:8:", "never closed" },
    { "bare word", "name = guest", ":1:8:", "put text in quotes" },
    { "trailing text", "memory = 5 MB", ":1:12:", "unexpected text" },
    { "letters in a number", "memory = 256M", ":1:13:", "this is no number" },
    { "huge number", "memory = 99999999999999999999", ":1:10:", "too large" },
    { "missing value", "memory =\nvcpus=1", ":1:9:", "expected a value" },
    { "list separators", "disk = ['a' 'b']", ":1:13:", "expected , or ]" },
    { "deep lists", "x = [[[[[[[[[[[[1]]]]]]]]]]]]", ":1:13:", "nested" },
    { "key missing", "\n\n = 5", ":3:2:", "expected the name" },
    { "wrong kind", "name = 5", ":1:8:", "must be a string" },
    { "wrong kind of list", "disk = 'a'", ":1:9:", "must be a list" },
    { "memory zero", "memory = 0", ":1:10:", "must be from 1" },
    { "vcpus negative", "vcpus = -1", ":1:9:", "must be from 1" },
    { "maxmem small", "name='n'\nkernel='k'\nmemory=64\nmaxmem=32", ":4:8:", "smaller than memory" },
    { "maxvcpus small", "name='n'\nkernel='k'\nvcpus=4\nmaxvcpus=2", ":4:10:", "smaller than vcpus" },
    { "no name", "kernel='k'", "", "no name is given" },
    { "no kernel", "name='n'", "", "no kernel is given" },
    { "number as name", "name='12'\nkernel='k'", ":1:7:", "domain's number" },
    { "slash in name", "name='a/b'\nkernel='k'", ":1:7:", "without /" },
    { "newline in name", "name='ab\\n'\nkernel='k'", ":1:7:", "control characters" },
    { "action", "on_crash = 'explode'", ":1:13:", "can't be 'explode'" },
    { "hvm", "type = 'hvm'", ":1:9:", "only paravirtualized" },
    { "part of a word", "builder = 'gen'", ":1:12:", "not offered" },
    { "uuid", "uuid = '12'", ":1:9:", "no UUID" },
    { "append to number", "memory = 1\nmemory += 1", ":2:11:", "+=" },
    { "cpus text", "cpus = '0-x'", ":1:9:", "no set of CPUs" },
    { "cpus place", "cpus = '0,3-1'", ":1:11:", "ends before" },
    { "cpus empty", "cpus = '1,^1'", ":1:9:", "empty" },
    { "cpus beyond", "cpus = '5000'", ":1:9:", "beyond the maximum" },
    { "disk without name", "disk = ['phy:/dev/x']", ":1:10:", "no name in the guest" },
    { "disk without image", "disk = ['vdev=xvda']", ":1:10:", "no image" },
    { "disk name", "disk = ['phy:/dev/x,xvd1,w']", ":1:21:", "no disk name" },
    { "disk access", "disk = ['phy:/dev/x,xvda,q']", ":1:26:", "neither r" },
    { "disk format", "disk = ['/x,qcow2,xvda,w']", ":1:13:", "qemu-img" },
    { "disk kind", "disk = ['tap:aio:/x,xvda,w']", ":1:10:", "not offered" },
    { "disk key", "disk = ['vdev=xvda,colour=red,target=/x']", ":1:20:", "no 'colour'" },
    { "disk twice", "disk = ['/x,,xvda,w',\n '/y,,xvda,w']", ":2:3:", "two disks" },
    { "vif mac", "vif = ['mac=00:16:3e:1:2:3']", ":1:13:", "no MAC" },
    { "vif mac sign", "vif = ['mac=00:16:3e:-1:-2: 3']", ":1:13:", "no MAC" },
    { "vif multicast", "vif = ['mac=01:16:3e:01:02:03']", ":1:13:", "multicast" },
    { "vif key", "vif = ['colour=red']", ":1:9:", "no 'colour'" },
    { "vif rate", "vif = ['rate=fast']", ":1:14:", "no rate" },
    { "vif rate nan", "vif = ['rate=nanMb/s']", ":1:14:", "no rate" },
    { "vif rate inf", "vif = ['rate=infMb/s']", ":1:14:", "no rate" },
    { "vif same mac", "vif=['mac=00:16:3e:01:02:03','mac=00:16:3e:01:02:03']", ":1:31:", "two network" },
    { "vif same number", "vif = ['devid=1','devid=1']", ":1:19:", "number devid=1" },
    { "vif mtu", "vif = ['mtu=70000']", ":1:13:", "maximum" },
    { "bootloader", "bootloader = 'pygrub'", ":1:15:", "not offered" },
};

static void test_mistakes(void)
{
    struct domain_config c;
    char name[128];

    for (size_t i = 0; i < sizeof(mistakes) / sizeof(*mistakes); i++) {
        const struct mistake *m = &mistakes[i];
        int err = load(&c, m->text, NULL, 0);

        snprintf(name, sizeof(name), "mistake/%s", m->name);
        check(name, err == -EINVAL && strstr(said, m->place) && strstr(said, m->says), err ? m->says : "was accepted");
    }
    check("mistake/missing file", config_load(&c, &pool, "/nonexistent/x.cfg", NULL, 0) == -ENOENT, "status");
    check("mistake/directory", config_load(&c, &pool, "/tmp", NULL, 0) == -EISDIR, "status");
    check("mistake/device", config_load(&c, &pool, "/dev/zero", NULL, 0) == -EFBIG, "status");
    check("unknown setting warns", !load(&c, "name='n'\nkernel='k'\nfrobnicate=1", NULL, 0) &&
          strstr(said, ":3:1: warning: 'frobnicate'"), "text");
}

static void test_vdevs(void)
{
    static const struct { const char *name; uint32_t number; } good[] = {
        { "xvda", 51712 }, { "xvda1", 51713 }, { "xvdp15", 51967 }, { "xvdq", 0x10001000 }, { "xvda16", 0x10000010 },
        { "xvdaa", 0x10001a00 }, { "sda", 2048 }, { "sdb3", 2067 }, { "hda", 768 }, { "hdb1", 833 }, { "hdc", 5632 },
        { "d0", 51712 }, { "d1p2", 51730 }, { "d20p1", 0x10001401 }, { "51712", 51712 }, { "0xca10", 51728 },
    };
    static const char *const bad[] = { "", "xvd", "xvda0", "xvda1x", "sdq", "sda16", "hde", "d", "d0p", "0", "xvdzzzzz",
                                       "-1", "XVDA", "d0p300", "99999999999" };
    uint32_t number;
    bool right = true;

    for (size_t i = 0; i < sizeof(good) / sizeof(*good); i++)
        right = right && vdev_number(good[i].name, &number) && number == good[i].number;
    check("disk names", right, "a number");
    for (size_t i = 0; right && i < sizeof(bad) / sizeof(*bad); i++)
        right = !vdev_number(bad[i], &number);
    check("bad disk names", right, "one is accepted");
}

/* Every prefix of a good file, and single flipped bytes: an answer, never a crash. */
static void test_damaged(void)
{
    static const char text[] = "name='n'\nkernel=\"k\\x41\"\nmemory=64\ncpus=['1-3','^2']\nvif=['mac=00:16:3e:01:02:03']\n"
                               "disk=['phy:/a,xvda,w!','vdev=d5p1,target=/b']\nextra+='x'\n";
    struct domain_config c;
    char copy[sizeof(text)];

    for (size_t i = 0; i < sizeof(text); i++) {
        memcpy(copy, text, sizeof(text));
        copy[i] = '\0';
        load(&c, copy, NULL, 0);
        for (int byte = 1; i + 1 < sizeof(text) && byte < 256; byte += 7) {
            memcpy(copy, text, sizeof(text));
            copy[i] = (char)byte;
            load(&c, copy, NULL, 0);
            pool_free(&pool);
        }
    }
    check("damaged files are survived", true, "");
}

static void test_json(void)
{
    char *text = NULL;
    size_t length;
    FILE *out = open_memstream(&text, &length);
    struct json json = { .out = out };

    json_open(&json, NULL, '{');
    json_string(&json, "a", "q\"\\\n");
    json_open(&json, "b", '[');
    json_number(&json, NULL, -1);
    json_bool(&json, NULL, true);
    json_close(&json, ']');
    json_open(&json, "c", '{');
    json_close(&json, '}');
    json_string(&json, "d", NULL);
    /* Whole characters of UTF-8 stay; of bytes that are none each becomes a sign for that. */
    json_string(&json, "e", "\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80|"
                            "\xe4|\xc0\x80|\xed\xa0\x80|\xf4\x90\x80\x80|\xe2\x82");
    json_close(&json, '}');
    fclose(out);
    check("json", !strcmp(text, "{\n    \"a\": \"q\\\"\\\\\\u000a\",\n    \"b\": [\n        -1,\n        true\n    ],\n"
                          "    \"c\": {},\n    \"d\": null,\n"
                          "    \"e\": \"\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80|"
                          "\\ufffd|\\ufffd\\ufffd|\\ufffd\\ufffd\\ufffd|"
                          "\\ufffd\\ufffd\\ufffd\\ufffd|\\ufffd\\ufffd\"\n}\n"), text);
    free(text);
}

/* Another domain's words in a message: neither commands for the terminal nor lines of their own. */
static void test_hostile_text(void)
{
    char text[] = "a\033[2Jb\nc\x7f" "d\xc2\x9b" "e\xc3\xa4";
    struct domain_config c;

    quiet();
    fail("%s", text);
    check("messages are printable", !strcmp(said, "xm: a?[2Jb?c?d??e\xc3\xa4\n"), said);
    check("make_printable", !strcmp(make_printable(text), "a?[2Jb?c?d??e\xc3\xa4"), text);
    check("no control characters in names", load(&c, "name='n\\x1b[2J'\nkernel='k'\nmemory=64\n", NULL, 0) != 0,
          "accepted");
}

int main(void)
{
    setvbuf(stdout, NULL, _IOLBF, 0);
    test_whole_file();
    test_round_trip();
    test_whole_paths();
    test_arguments();
    test_mistakes();
    test_vdevs();
    test_damaged();
    test_json();
    test_hostile_text();
    pool_free(&pool);
    return failures ? 1 : 0;
}
