// SPDX-License-Identifier: GPL-2.0-only
/*
 * tcxpin - attach the smallest tc program by tcx: tcxpin PATH IF pass|drop
 *
 * At ingress of IF, without any qdisc. The link is pinned at PATH: it goes when
 * that file is removed.
 */
#define _GNU_SOURCE
#include <linux/pkt_cls.h>
#include <net/if.h>

#include "bpf.h"

/* newer than the headers of the oldest kernel that this is built on */
#define ATTACH_TCX_INGRESS	46

int main(int argc, char **argv)
{
	union bpf_attr attr;
	int fd;

	if (argc != 4) {
		fprintf(stderr, "usage: tcxpin PATH IF pass|drop\n");
		return 2;
	}

	fd = bpf_load(BPF_PROG_TYPE_SCHED_CLS, strcmp(argv[3], "drop") ?
		      TC_ACT_UNSPEC : TC_ACT_SHOT);
	if (fd < 0)
		return 1;
	memset(&attr, 0, sizeof(attr));
	attr.link_create.prog_fd = fd;
	attr.link_create.target_ifindex = if_nametoindex(argv[2]);
	attr.link_create.attach_type = ATTACH_TCX_INGRESS;
	fd = bpf(BPF_LINK_CREATE, &attr, "attach");
	return fd < 0 || bpf_pin(fd, argv[1]) < 0;
}
