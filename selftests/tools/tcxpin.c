// SPDX-License-Identifier: GPL-2.0-only
/*
 * tcxpin - attach the smallest tc program by tcx: tcxpin PATH IF pass|drop
 *
 * At ingress of IF, without any qdisc. The link is pinned at PATH: it goes when
 * that file is removed.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <linux/bpf.h>
#include <linux/pkt_cls.h>
#include <net/if.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

/* newer than the headers of the oldest kernel that this is built on */
#define ATTACH_TCX_INGRESS	46

static int bpf(int cmd, union bpf_attr *attr, const char *what)
{
	int fd = syscall(SYS_bpf, cmd, attr, sizeof(*attr));

	if (fd < 0)
		fprintf(stderr, "tcxpin: %s: %s\n", what, strerror(errno));
	memset(attr, 0, sizeof(*attr));
	return fd;
}

int main(int argc, char **argv)
{
	struct bpf_insn prog[] = {
		{ .code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = BPF_REG_0 },
		{ .code = BPF_JMP | BPF_EXIT },
	};
	union bpf_attr attr;
	int fd;

	if (argc != 4) {
		fprintf(stderr, "usage: tcxpin PATH IF pass|drop\n");
		return 2;
	}
	prog[0].imm = strcmp(argv[3], "drop") ? TC_ACT_UNSPEC : TC_ACT_SHOT;

	memset(&attr, 0, sizeof(attr));
	attr.prog_type = BPF_PROG_TYPE_SCHED_CLS;
	attr.insns = (uintptr_t)prog;
	attr.insn_cnt = sizeof(prog) / sizeof(prog[0]);
	attr.license = (uintptr_t)"GPL";
	fd = bpf(BPF_PROG_LOAD, &attr, "load");
	if (fd < 0)
		return 1;
	attr.link_create.prog_fd = fd;
	attr.link_create.target_ifindex = if_nametoindex(argv[2]);
	attr.link_create.attach_type = ATTACH_TCX_INGRESS;
	fd = bpf(BPF_LINK_CREATE, &attr, "attach");
	if (fd < 0)
		return 1;
	attr.pathname = (uintptr_t)argv[1];
	attr.bpf_fd = fd;
	return bpf(BPF_OBJ_PIN, &attr, "pin") < 0;
}
