// SPDX-License-Identifier: GPL-2.0-only
/*
 * xdppin - pin the smallest XDP program: xdppin PATH pass|drop
 *
 * For "ip link set dev X xdpgeneric pinned PATH" where no BPF compiler is.
 */
#include <errno.h>
#include <linux/bpf.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

int main(int argc, char **argv)
{
	struct bpf_insn prog[] = {
		{ .code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = BPF_REG_0 },
		{ .code = BPF_JMP | BPF_EXIT },
	};
	union bpf_attr attr;
	int fd;

	if (argc != 3) {
		fprintf(stderr, "usage: xdppin PATH pass|drop\n");
		return 2;
	}
	prog[0].imm = strcmp(argv[2], "drop") ? XDP_PASS : XDP_DROP;

	memset(&attr, 0, sizeof(attr));
	attr.prog_type = BPF_PROG_TYPE_XDP;
	attr.insns = (uintptr_t)prog;
	attr.insn_cnt = sizeof(prog) / sizeof(prog[0]);
	attr.license = (uintptr_t)"GPL";
	fd = syscall(SYS_bpf, BPF_PROG_LOAD, &attr, sizeof(attr));
	if (fd < 0) {
		fprintf(stderr, "xdppin: load: %s\n", strerror(errno));
		return 1;
	}
	memset(&attr, 0, sizeof(attr));
	attr.pathname = (uintptr_t)argv[1];
	attr.bpf_fd = fd;
	if (syscall(SYS_bpf, BPF_OBJ_PIN, &attr, sizeof(attr))) {
		fprintf(stderr, "xdppin: pin: %s\n", strerror(errno));
		return 1;
	}
	return 0;
}
