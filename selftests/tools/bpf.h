/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The smallest BPF program, for kernels and hosts without a BPF compiler. Each
 * function says what has failed and returns a negative number then.
 */
#ifndef BPF_H
#define BPF_H

#include <errno.h>
#include <linux/bpf.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

static inline int bpf(int cmd, union bpf_attr *attr, const char *what)
{
	int fd = syscall(SYS_bpf, cmd, attr, sizeof(*attr));

	if (fd < 0)
		fprintf(stderr, "%s: %s\n", what, strerror(errno));
	return fd;
}

/* A program that returns @value and does nothing else */
static inline int bpf_load(int type, int value)
{
	struct bpf_insn prog[] = {
		{ .code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = BPF_REG_0,
		  .imm = value },
		{ .code = BPF_JMP | BPF_EXIT },
	};
	union bpf_attr attr;

	memset(&attr, 0, sizeof(attr));
	attr.prog_type = type;
	attr.insns = (uintptr_t)prog;
	attr.insn_cnt = sizeof(prog) / sizeof(prog[0]);
	attr.license = (uintptr_t)"GPL";
	return bpf(BPF_PROG_LOAD, &attr, "load");
}

/* What @fd stands for stays as long as the file at @path does */
static inline int bpf_pin(int fd, const char *path)
{
	union bpf_attr attr;

	memset(&attr, 0, sizeof(attr));
	attr.pathname = (uintptr_t)path;
	attr.bpf_fd = fd;
	return bpf(BPF_OBJ_PIN, &attr, "pin");
}

#endif
