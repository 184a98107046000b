/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Print what domains leave behind if anything does, as the hypervisor counts it. With a number, have that many
 * event channels for a moment first: the hypervisor's table of a domain's ports grows to its peak and stays as
 * long as the domain, so only growth beyond this peak is a loss.
 */
#include <stdio.h>
#include <stdlib.h>

#include <xc.h>

#include <public/event_channel.h>

static unsigned int bound_ports(struct xc *xc)
{
    unsigned int bound = 0;
    struct evtchn_status status;

    for (evtchn_port_t port = 0; !xc_evtchn_status(xc, DOMID_SELF, port, &status); port++)
        bound += status.status != EVTCHNSTAT_closed;
    return bound;
}

static int peak(unsigned int ports)
{
    struct xc_evtchn *evtchn;

    if (xc_evtchn_open(&evtchn))
        return -1;
    for (unsigned int i = 0; i < ports; i++)
        if (xc_evtchn_bind_unbound(evtchn, 0) < 0)
            return -1;
    xc_evtchn_close(evtchn);
    return 0;
}

int main(int argc, char **argv)
{
    struct xen_sysctl_physinfo info;
    unsigned int frames, max_frames;
    struct xc *xc;

    if (argc > 1 && peak((unsigned int)atoi(argv[1])))
        return 1;
    if (xc_open(&xc) || xc_physinfo(xc, &info) || xc_gnttab_query_size(xc, 0, &frames, &max_frames))
        return 1;
    printf("free_pages %llu\n", (unsigned long long)(info.free_pages + info.scrub_pages));
    printf("ports %u\n", bound_ports(xc));
    printf("grant_frames %u\n", frames);
    xc_close(xc);
    return 0;
}
