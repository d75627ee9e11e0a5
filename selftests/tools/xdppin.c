// SPDX-License-Identifier: GPL-2.0-only
/*
 * xdppin - pin the smallest XDP program: xdppin PATH pass|drop
 *
 * For "ip link set dev X xdpgeneric pinned PATH" where no BPF compiler is.
 */
#define _GNU_SOURCE
#include "bpf.h"

int main(int argc, char **argv)
{
	int fd;

	if (argc != 3) {
		fprintf(stderr, "usage: xdppin PATH pass|drop\n");
		return 2;
	}

	fd = bpf_load(BPF_PROG_TYPE_XDP, strcmp(argv[2], "drop") ? XDP_PASS :
								   XDP_DROP);
	return fd < 0 || bpf_pin(fd, argv[1]) < 0;
}
