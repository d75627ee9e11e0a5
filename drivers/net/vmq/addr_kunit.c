// SPDX-License-Identifier: GPL-2.0-only
/*
 * vmq: KUnit suite for the hash of addresses
 */
#include <kunit/test.h>

#include "addr.h"

#define FEW		256
#define MANY		4096
#define BUCKETS(addrs)	((addrs) * 2)	/* as rhashtable has */
/*
 * Spread at random, one table in 37,000 has nine of MANY in a bucket; rhashtable
 * takes no more at 16.
 */
#define LONGEST		8

/* Multipliers as good as any: the test is to say the same in every run. */
static const u64 vmq_addr_test_secrets[] = {
	0x9e3779b97f4a7c15, 0xbf58476d1ce4e5b9, 0x94d049bb133111eb,
	0xd6e8feb86659fd93, 0xff51afd7ed558ccd, 0xc4ceb9fe1a85ec53,
};

/*
 * The longest chain of addresses 02:10:PP:00:HH:LL: ports are numbered in PP,
 * addresses of a port, shifted, in HH:LL.
 */
static unsigned int vmq_addr_longest(struct kunit *test, unsigned int addrs,
				     unsigned int ports, unsigned int shift,
				     u64 secret)
{
	unsigned int port, i, longest = 0;
	u8 *chains;

	chains = kunit_kzalloc(test, BUCKETS(addrs), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, chains);
	for (port = 0; port < ports; port++) {
		for (i = 0; i < addrs / ports; i++) {
			u64 key = 0x1002 | port << 16 |
				  (u64)swab16(i << shift) << 32;
			u8 *chain = &chains[vmq_addr_mix(key, secret) &
					    (BUCKETS(addrs) - 1)];

			longest = max_t(unsigned int, longest, ++*chain);
		}
	}
	kunit_kfree(test, chains);
	return longest;
}

static void vmq_addr_check(struct kunit *test, unsigned int addrs, u64 secret)
{
	unsigned int shift, ports, longest;

	for (shift = 0; shift <= 4; shift++) {
		for (ports = 1; ports <= 64; ports *= 4) {
			longest = vmq_addr_longest(test, addrs, ports, shift,
						   secret);
			KUNIT_EXPECT_LE_MSG(test, longest, LONGEST,
					    "%u addresses, %u ports, shift %u, %llx",
					    addrs, ports, shift, secret);
		}
	}
}

/* Numbered MACs, as VM managers hand them out. */
static void vmq_addr_test_numbered(struct kunit *test)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(vmq_addr_test_secrets); i++) {
		vmq_addr_check(test, FEW, vmq_addr_test_secrets[i]);
		vmq_addr_check(test, MANY, vmq_addr_test_secrets[i]);
	}
}

/* One MAC in every VLAN. */
static void vmq_addr_test_vlans(struct kunit *test)
{
	unsigned int i, vid, longest;
	u8 *chains;

	chains = kunit_kzalloc(test, BUCKETS(MANY), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, chains);
	for (i = 0; i < ARRAY_SIZE(vmq_addr_test_secrets); i++) {
		memset(chains, 0, BUCKETS(MANY));
		longest = 0;
		for (vid = 0; vid < MANY; vid++) {
			u64 key = 0x010000541202 | (u64)vid << 48;
			u8 *chain = &chains[vmq_addr_mix(key, vmq_addr_test_secrets[i]) &
					    (BUCKETS(MANY) - 1)];

			longest = max_t(unsigned int, longest, ++*chain);
		}
		KUNIT_EXPECT_LE(test, longest, LONGEST);
	}
}

static struct kunit_case vmq_addr_cases[] = {
	KUNIT_CASE(vmq_addr_test_numbered),
	KUNIT_CASE(vmq_addr_test_vlans),
	{ }
};

static struct kunit_suite vmq_addr_suite = {
	.name = "vmq_addr",
	.test_cases = vmq_addr_cases,
};

kunit_test_suite(vmq_addr_suite);
