// SPDX-License-Identifier: GPL-2.0-only
/*
 * vmq: KUnit suite for the choice of home CPUs
 */
#include <kunit/test.h>

/* Pure code: the suite has its own copy and needs no symbols of vmq.ko. */
#include "place.c"

#define MAX_CPUS	64

/* CPUs as a machine numbers them: siblings are @threads apart by @cores. */
static void vmq_place_machine(struct vmq_place_cpu *cpus, unsigned int cores,
			      unsigned int threads, unsigned int nodes)
{
	unsigned int i;

	for (i = 0; i < cores * threads; i++) {
		cpus[i] = (struct vmq_place_cpu) {
			.id = i,
			.core = i % cores,
			.node = (i % cores) * nodes / cores,
			.allowed = true,
			.avoid = !i,
		};
	}
}

/* Place one queue and count it as load, as the kernel side does. */
static int vmq_place_one(struct vmq_place_cpu *cpus, unsigned int nr, int node)
{
	int home = vmq_place_home(cpus, nr, node);
	unsigned int i;

	for (i = 0; i < nr; i++)
		if (home >= 0 && cpus[i].id == home)
			cpus[i].load++;
	return home;
}

/* A small generator of its own, so that a failure can be repeated. */
static u32 vmq_place_random(u32 *state)
{
	*state = *state * 1664525 + 1013904223;
	return *state >> 8;
}

static void vmq_place_test_none(struct kunit *test)
{
	struct vmq_place_cpu cpus[4];
	unsigned int i;

	KUNIT_EXPECT_EQ(test, vmq_place_home(NULL, 0, VMQ_PLACE_NO_NODE), -1);
	vmq_place_machine(cpus, 4, 1, 1);
	for (i = 0; i < 4; i++)
		cpus[i].allowed = false;
	KUNIT_EXPECT_EQ(test, vmq_place_home(cpus, 4, 0), -1);
}

static void vmq_place_test_avoid(struct kunit *test)
{
	struct vmq_place_cpu cpus[4];
	unsigned int i;

	vmq_place_machine(cpus, 4, 1, 1);
	for (i = 0; i < 12; i++)
		KUNIT_EXPECT_NE(test, vmq_place_one(cpus, 4, 0), 0);

	/* The only one that is allowed is taken. */
	for (i = 1; i < 4; i++)
		cpus[i].allowed = false;
	KUNIT_EXPECT_EQ(test, vmq_place_one(cpus, 4, 0), 0);

	/* Named by the admin it is like the others. */
	vmq_place_machine(cpus, 4, 1, 1);
	cpus[0].avoid = false;
	for (i = 0; i < 4; i++)
		KUNIT_EXPECT_EQ(test, vmq_place_one(cpus, 4, 0), i);
}

static void vmq_place_test_even(struct kunit *test)
{
	struct vmq_place_cpu cpus[8];
	unsigned int i;

	vmq_place_machine(cpus, 8, 1, 1);
	for (i = 0; i < 21; i++)
		vmq_place_one(cpus, 8, 0);
	KUNIT_EXPECT_EQ(test, cpus[0].load, 0U);
	for (i = 1; i < 8; i++)
		KUNIT_EXPECT_EQ(test, cpus[i].load, 3U);
}

static void vmq_place_test_smt(struct kunit *test)
{
	struct vmq_place_cpu cpus[8];
	unsigned int i;

	/* Cores 0..3, CPU n and n + 4 are siblings. */
	vmq_place_machine(cpus, 4, 2, 1);
	for (i = 0; i < 3; i++)
		KUNIT_EXPECT_EQ(test, vmq_place_one(cpus, 8, 0), i + 1);
	/* CPU 0 is avoided, so core 0 is served through its other sibling */
	KUNIT_EXPECT_EQ(test, vmq_place_one(cpus, 8, 0), 4);
	/* and only now second siblings follow. */
	for (i = 5; i < 8; i++)
		KUNIT_EXPECT_EQ(test, vmq_place_one(cpus, 8, 0), i);
}

static void vmq_place_test_node(struct kunit *test)
{
	struct vmq_place_cpu cpus[8];
	unsigned int i;
	int home;

	vmq_place_machine(cpus, 8, 1, 2);
	for (i = 0; i < 9; i++) {
		home = vmq_place_one(cpus, 8, 1);
		KUNIT_ASSERT_GE(test, home, 0);
		KUNIT_EXPECT_EQ(test, cpus[home].node, 1);
	}
	/* No CPU of the node is allowed: any other will do. */
	for (i = 4; i < 8; i++)
		cpus[i].allowed = false;
	KUNIT_EXPECT_EQ(test, vmq_place_one(cpus, 8, 1), 1);
}

/* The choice depends on what the CPUs are, not on the order they come in. */
static void vmq_place_test_order(struct kunit *test)
{
	struct vmq_place_cpu cpus[16], swapped[16];
	u32 state = 1;
	unsigned int i, round;

	for (round = 0; round < 200; round++) {
		vmq_place_machine(cpus, 8, 2, 2);
		for (i = 0; i < 16; i++) {
			cpus[i].load = vmq_place_random(&state) % 4;
			cpus[i].allowed = vmq_place_random(&state) % 3;
		}
		for (i = 0; i < 16; i++)
			swapped[i] = cpus[15 - i];
		KUNIT_EXPECT_EQ(test, vmq_place_home(cpus, 16, 1),
				vmq_place_home(swapped, 16, 1));
	}
}

/* On any machine: inside the mask, always found, even within one. */
static void vmq_place_test_random(struct kunit *test)
{
	struct vmq_place_cpu *cpus;
	unsigned int round, nr, i, allowed, used;
	u32 state = 2;

	cpus = kunit_kcalloc(test, MAX_CPUS, sizeof(*cpus), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, cpus);

	for (round = 0; round < 200; round++) {
		unsigned int cores = 1 + vmq_place_random(&state) % 32;
		unsigned int threads = 1 + vmq_place_random(&state) % 2;
		unsigned int least = UINT_MAX, most = 0;

		nr = cores * threads;
		vmq_place_machine(cpus, cores, threads, 1);
		allowed = 0;
		for (i = 0; i < nr; i++) {
			cpus[i].allowed = vmq_place_random(&state) % 2;
			allowed += cpus[i].allowed;
		}
		for (i = 0; i < 100; i++) {
			int home = vmq_place_one(cpus, nr, 0);

			if (!allowed) {
				KUNIT_EXPECT_EQ(test, home, -1);
				continue;
			}
			KUNIT_ASSERT_GE(test, home, 0);
			KUNIT_EXPECT_TRUE(test, cpus[home].allowed);
		}
		used = 0;
		for (i = 0; i < nr; i++) {
			if (!cpus[i].allowed) {
				KUNIT_EXPECT_EQ(test, cpus[i].load, 0U);
				continue;
			}
			if (i == 0 && allowed > 1) {
				KUNIT_EXPECT_EQ(test, cpus[i].load, 0U);
				continue;
			}
			least = min(least, cpus[i].load);
			most = max(most, cpus[i].load);
			used++;
		}
		if (used)
			KUNIT_EXPECT_LE(test, most - least, 1U);
	}
}

static struct kunit_case vmq_place_cases[] = {
	KUNIT_CASE(vmq_place_test_none),
	KUNIT_CASE(vmq_place_test_avoid),
	KUNIT_CASE(vmq_place_test_even),
	KUNIT_CASE(vmq_place_test_smt),
	KUNIT_CASE(vmq_place_test_node),
	KUNIT_CASE(vmq_place_test_order),
	KUNIT_CASE(vmq_place_test_random),
	{}
};

static struct kunit_suite vmq_place_suite = {
	.name = "vmq_place",
	.test_cases = vmq_place_cases,
};

kunit_test_suite(vmq_place_suite);

MODULE_DESCRIPTION("KUnit suites of vmq");
MODULE_LICENSE("GPL");
