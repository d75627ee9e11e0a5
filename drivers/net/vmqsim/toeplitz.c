// SPDX-License-Identifier: GPL-2.0-only
/*
 * vmqsim: the Toeplitz hash of RSS. Pure code, see toeplitz_kunit.c.
 */
#include <linux/skbuff.h>
#include <linux/string.h>

#include "vmqsim.h"

/* 32 bits of the key, from any bit. */
static u32 vmqsim_toeplitz_window(const u8 *key, unsigned int bit)
{
	u32 window = 0;
	unsigned int i;

	for (i = bit; i < bit + 32; i++)
		window = window << 1 | (key[i / 8] >> (7 - i % 8) & 1);
	return window;
}

/**
 * vmqsim_toeplitz_init() - unroll a key
 * @toeplitz: result
 * @key: VMQSIM_KEY_SIZE bytes
 *
 * Context: any.
 */
void vmqsim_toeplitz_init(struct vmqsim_toeplitz *toeplitz, const u8 *key)
{
	unsigned int byte;
	unsigned int bit;
	unsigned int val;

	memcpy(toeplitz->key, key, VMQSIM_KEY_SIZE);
	for (byte = 0; byte < VMQSIM_HASH_INPUT; byte++) {
		u32 *table = toeplitz->table[byte];

		table[0] = 0;
		for (bit = 0; bit < 8; bit++)
			table[0x80 >> bit] =
				vmqsim_toeplitz_window(key, byte * 8 + bit);
		/* Any value is a smaller one and its lowest bit. */
		for (val = 1; val < 256; val++)
			if (val & (val - 1))
				table[val] = table[val & (val - 1)] ^
					     table[val & -val];
	}
}

static u32 vmqsim_toeplitz_add(const struct vmqsim_toeplitz *toeplitz,
			       unsigned int *pos, const void *data,
			       unsigned int len)
{
	const u8 *byte = data;
	u32 hash = 0;

	while (len--)
		hash ^= toeplitz->table[(*pos)++][*byte++];
	return hash;
}

/**
 * vmqsim_toeplitz_hash() - hash of a frame
 * @toeplitz: the key, unrolled
 * @pkt: the parsed frame
 * @type: set to what went into the hash
 *
 * Addresses, and the ports of TCP and UDP. Anything but IP hashes to 0.
 *
 * Context: any.
 * Return: the hash.
 */
u32 vmqsim_toeplitz_hash(const struct vmqsim_toeplitz *toeplitz,
			 const struct vmqsim_pkt *pkt,
			 enum pkt_hash_types *type)
{
	unsigned int pos = 0;
	unsigned int len;
	u32 hash;

	*type = PKT_HASH_TYPE_NONE;
	if (!pkt->ipver)
		return 0;
	len = pkt->ipver == 4 ? 4 : 16;

	hash = vmqsim_toeplitz_add(toeplitz, &pos, pkt->saddr, len);
	hash ^= vmqsim_toeplitz_add(toeplitz, &pos, pkt->daddr, len);
	*type = PKT_HASH_TYPE_L3;
	if (pkt->ports) {
		hash ^= vmqsim_toeplitz_add(toeplitz, &pos, &pkt->sport, 2);
		hash ^= vmqsim_toeplitz_add(toeplitz, &pos, &pkt->dport, 2);
		*type = PKT_HASH_TYPE_L4;
	}
	return hash;
}
