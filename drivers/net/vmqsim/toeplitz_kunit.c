// SPDX-License-Identifier: GPL-2.0-only
/*
 * vmqsim: KUnit suite for the Toeplitz hash
 */
#include <kunit/test.h>
#include <linux/inet.h>

/* Pure code: the suite has its own copy and needs no symbols of vmqsim.ko. */
#include "toeplitz.c"

/* Key and vectors of "Verifying the RSS Hash Calculation", Microsoft. */
static const u8 vmqsim_toeplitz_test_key[VMQSIM_KEY_SIZE] = {
	0x6d, 0x5a, 0x56, 0xda, 0x25, 0x5b, 0x0e, 0xc2, 0x41, 0x67,
	0x25, 0x3d, 0x43, 0xa3, 0x8f, 0xb0, 0xd0, 0xca, 0x2b, 0xcb,
	0xae, 0x7b, 0x30, 0xb4, 0x77, 0xcb, 0x2d, 0xa3, 0x80, 0x30,
	0xf2, 0x0c, 0x6a, 0x42, 0xb7, 0x3b, 0xbe, 0xac, 0x01, 0xfa,
};

/**
 * struct vmqsim_toeplitz_vector - a frame and its hash
 * @saddr: source address
 * @sport: source port
 * @daddr: destination address
 * @dport: destination port
 * @hash3: hash over the addresses
 * @hash4: hash over addresses and ports
 */
struct vmqsim_toeplitz_vector {
	const char *saddr;
	u16 sport;
	const char *daddr;
	u16 dport;
	u32 hash3;
	u32 hash4;
};

static const struct vmqsim_toeplitz_vector vmqsim_toeplitz_v4[] = {
	{ "66.9.149.187", 2794, "161.142.100.80", 1766,
	  0x323e8fc2, 0x51ccc178 },
	{ "199.92.111.2", 14230, "65.69.140.83", 4739,
	  0xd718262a, 0xc626b0ea },
	{ "24.19.198.95", 12898, "12.22.207.184", 38024,
	  0xd2d0a5de, 0x5c2b394a },
	{ "38.27.205.30", 48228, "209.142.163.6", 2217,
	  0x82989176, 0xafc7327f },
	{ "153.39.163.191", 44251, "202.188.127.2", 1303,
	  0x5d1809c5, 0x10e828a2 },
};

static const struct vmqsim_toeplitz_vector vmqsim_toeplitz_v6[] = {
	{ "3ffe:2501:200:1fff::7", 2794, "3ffe:2501:200:3::1", 1766,
	  0x2cc18cd5, 0x40207d3d },
	{ "3ffe:501:8::260:97ff:fe40:efab", 14230, "ff02::1", 4739,
	  0x0f0c461c, 0xdde51bbf },
	{ "3ffe:1900:4545:3:200:f8ff:fe21:67cf", 44251,
	  "fe80::200:f8ff:fe21:67cf", 38024,
	  0x4b61e985, 0x02d1feef },
};

static struct vmqsim_toeplitz *vmqsim_toeplitz_test_new(struct kunit *test,
							const u8 *key)
{
	struct vmqsim_toeplitz *toeplitz;

	toeplitz = kunit_kmalloc(test, sizeof(*toeplitz), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, toeplitz);
	/* What is not set must not count. */
	memset(toeplitz, 0xa5, sizeof(*toeplitz));
	vmqsim_toeplitz_init(toeplitz, key);
	return toeplitz;
}

static void vmqsim_toeplitz_check(struct kunit *test, u8 ipver,
				  const struct vmqsim_toeplitz_vector *vector)
{
	struct vmqsim_toeplitz *toeplitz;
	enum pkt_hash_types type;
	struct vmqsim_pkt pkt = {
		.ipver = ipver,
		.sport = htons(vector->sport),
		.dport = htons(vector->dport),
	};

	toeplitz = vmqsim_toeplitz_test_new(test, vmqsim_toeplitz_test_key);
	if (ipver == 4) {
		pkt.saddr[0] = in_aton(vector->saddr);
		pkt.daddr[0] = in_aton(vector->daddr);
	} else {
		KUNIT_ASSERT_EQ(test, 1, in6_pton(vector->saddr, -1,
						  (u8 *)pkt.saddr, -1, NULL));
		KUNIT_ASSERT_EQ(test, 1, in6_pton(vector->daddr, -1,
						  (u8 *)pkt.daddr, -1, NULL));
	}

	KUNIT_EXPECT_EQ(test, vmqsim_toeplitz_hash(toeplitz, &pkt, &type),
			vector->hash3);
	KUNIT_EXPECT_EQ(test, type, PKT_HASH_TYPE_L3);
	pkt.ports = true;
	KUNIT_EXPECT_EQ(test, vmqsim_toeplitz_hash(toeplitz, &pkt, &type),
			vector->hash4);
	KUNIT_EXPECT_EQ(test, type, PKT_HASH_TYPE_L4);
}

static void vmqsim_toeplitz_test_v4(struct kunit *test)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(vmqsim_toeplitz_v4); i++)
		vmqsim_toeplitz_check(test, 4, &vmqsim_toeplitz_v4[i]);
}

static void vmqsim_toeplitz_test_v6(struct kunit *test)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(vmqsim_toeplitz_v6); i++)
		vmqsim_toeplitz_check(test, 6, &vmqsim_toeplitz_v6[i]);
}

/* What is not IP has no hash, whatever else was found in it. */
static void vmqsim_toeplitz_test_non_ip(struct kunit *test)
{
	struct vmqsim_pkt pkt = { .proto = htons(ETH_P_ARP), .dst = { 2 } };
	enum pkt_hash_types type = PKT_HASH_TYPE_L4;
	struct vmqsim_toeplitz *toeplitz;

	toeplitz = vmqsim_toeplitz_test_new(test, vmqsim_toeplitz_test_key);
	KUNIT_EXPECT_EQ(test, vmqsim_toeplitz_hash(toeplitz, &pkt, &type), 0);
	KUNIT_EXPECT_EQ(test, type, PKT_HASH_TYPE_NONE);
}

/* The last bit of the longest input meets the end of the key, not its beyond. */
static void vmqsim_toeplitz_test_last_bit(struct kunit *test)
{
	struct vmqsim_pkt pkt = {
		.ipver = 6,
		.ports = true,
		.dport = htons(1),
	};
	u8 key[VMQSIM_KEY_SIZE] = {};
	struct vmqsim_toeplitz *toeplitz;
	enum pkt_hash_types type;

	/* Of 320 bits, those from 287 on are seen by input bit 287. */
	key[VMQSIM_KEY_SIZE - 1] = 0x02;
	toeplitz = vmqsim_toeplitz_test_new(test, key);
	KUNIT_EXPECT_EQ(test, vmqsim_toeplitz_hash(toeplitz, &pkt, &type), 1);
	key[VMQSIM_KEY_SIZE - 1] = 0x01;
	vmqsim_toeplitz_init(toeplitz, key);
	KUNIT_EXPECT_EQ(test, vmqsim_toeplitz_hash(toeplitz, &pkt, &type), 0);
}

static struct kunit_case vmqsim_toeplitz_cases[] = {
	KUNIT_CASE(vmqsim_toeplitz_test_v4),
	KUNIT_CASE(vmqsim_toeplitz_test_v6),
	KUNIT_CASE(vmqsim_toeplitz_test_non_ip),
	KUNIT_CASE(vmqsim_toeplitz_test_last_bit),
	{ }
};

static struct kunit_suite vmqsim_toeplitz_suite = {
	.name = "vmqsim_toeplitz",
	.test_cases = vmqsim_toeplitz_cases,
};

kunit_test_suite(vmqsim_toeplitz_suite);

MODULE_DESCRIPTION("KUnit suites of vmqsim");
MODULE_LICENSE("GPL");
