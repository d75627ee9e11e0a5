// SPDX-License-Identifier: GPL-2.0-only
/* vmq explain MAC: where frames to an address go, and why */
#include "vmq.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* MAC in any usual writing to the kernel's; false: not a MAC */
static bool mac_normal(const char *s, char *to)
{
	char sep = 0;
	int i;

	for (i = 0; i < 6; i++) {
		int digits = strspn(s, "0123456789abcdefABCDEF");

		if (digits < 1 || digits > 2)
			return false;
		to += sprintf(to, "%02lx", strtoul(s, NULL, 16));
		s += digits;
		if (i == 5)
			break;
		if ((*s != ':' && *s != '-') || (sep && *s != sep))
			return false;
		sep = *s++;
		*to++ = ':';
	}
	return !*s;
}

static void tell(const struct reason *r)
{
	if (!r)
		return;
	printf("    %s\n", r->means);
	if (r->todo)
		printf("    To change it: %s\n", r->todo);
}

static void explain_vnic(const struct device *d, const struct table *t, int r)
{
	const char *bypass = table_get(t, r, "bypass");
	const char *steer = table_get(t, r, "steer");
	const char *why = table_get(t, r, "reason");
	const char *vid = table_get(t, r, "vid");

	printf("%s", table_get(t, r, "mac"));
	if (strcmp(vid, "-") && strcmp(vid, "0"))
		printf(" in VLAN %s", vid);
	printf(" is behind port %s of %s (%s on %s).\n",
	       table_get(t, r, "port"), d->bridge, d->link.name, d->uplink);

	if (!strcmp(bypass, "fast")) {
		printf("  Frames from the uplink go straight to the port.\n"
		       "    So far %s did, %s took the bridge.\n",
		       table_get(t, r, "fast"), table_get(t, r, "full"));
	} else {
		printf("  Frames take the bridge's full path: %s.\n", bypass);
		tell(reason_bypass(bypass));
	}

	if (!strcmp(steer, "verified"))
		printf("  The NIC steers them to queue %s, interrupt %s on CPU %s: seen there.\n",
		       table_get(t, r, "queue"), table_get(t, r, "irq"),
		       table_get(t, r, "cpu"));
	else if (!strcmp(steer, "installed"))
		printf("  The NIC took a rule for queue %s (interrupt %s, CPU %s).\n"
		       "    Too few frames yet to verify it: %s there, %s elsewhere.\n",
		       table_get(t, r, "queue"), table_get(t, r, "irq"),
		       table_get(t, r, "cpu"), table_get(t, r, "onq"),
		       table_get(t, r, "offq"));
	else if (!strcmp(steer, "pending"))
		printf("  A rule is about to be set.\n");
	else
		printf("  The NIC does not steer them (%s): %s.\n", steer, why);
	if (strcmp(steer, "verified") && strcmp(why, "-"))
		tell(reason_steer(why));
}

int cmd_explain(int argc, char **argv)
{
	bool found = false, readable = true;
	struct device *list;
	char mac[18];
	int i, n, r;

	if (argc != 2)
		return VMQ_USAGE;
	if (!mac_normal(argv[1], mac))
		return fail("%s is not a MAC address (like 52:54:00:12:34:56)",
			    argv[1]);
	n = source_devices(&list);
	if (n < 0)
		return VMQ_FAILED;
	if (!n)
		return fail("there is no vmq device; \"vmq attach UPLINK\" makes one");
	for (i = 0; i < n; i++) {
		struct table t;

		if (!source_table(&list[i], "vnics", &t)) {
			readable = false;
			break;
		}
		for (r = 0; r < t.rows; r++)
			if (!strcasecmp(table_get(&t, r, "mac"), mac)) {
				explain_vnic(&list[i], &t, r);
				found = true;
			}
		table_free(&t);
		if (!source_table(&list[i], "sources", &t))
			continue;
		for (r = 0; r < t.rows; r++)
			if (!strcasecmp(table_get(&t, r, "mac"), mac)) {
				printf("%s is outside, behind the uplink %s of %s.\n"
				       "  Frames from it may take the fast path, frames to it leave by the bridge.\n",
				       mac, list[i].uplink, list[i].bridge);
				found = true;
			}
		table_free(&t);
	}
	free(list);
	if (!readable) {
		source_hint();
		return VMQ_FAILED;
	}
	if (!found) {
		fail("%s is no address that vmq knows behind a port or the uplink: the bridge\n"
		     "  knows it nowhere, as the host's own or as locked, or max_vnics or\n"
		     "  max_port_vnics was reached. See: bridge fdb show | grep -i %s",
		     mac, mac);
		return VMQ_FAILED;
	}
	return VMQ_OK;
}
