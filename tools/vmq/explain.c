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

/* what one NIC does for an address */
struct steering {
	char steer[32], queue[16], irq[16], cpu[16];
	char why[64];	/* it does not; "-" while it does */
};

/* the n-th of a cell's words, one for each NIC */
static void nth(const struct table *t, int r, const char *column, int n,
		char *to, size_t size)
{
	const char *s = table_get(t, r, column);

	while (n-- && *s) {
		s += strcspn(s, ",");
		s += *s == ',';
	}
	snprintf(to, size, "%.*s", (int)strcspn(s, ","), *s ? s : "-");
}

static struct steering steering_of(const struct table *t, int r, int n)
{
	struct steering s;

	nth(t, r, "steer", n, s.steer, sizeof(s.steer));
	nth(t, r, "queue", n, s.queue, sizeof(s.queue));
	nth(t, r, "irq", n, s.irq, sizeof(s.irq));
	nth(t, r, "cpu", n, s.cpu, sizeof(s.cpu));
	nth(t, r, "reason", n, s.why, sizeof(s.why));
	if (!strcmp(s.steer, "verified"))
		strcpy(s.why, "-");
	return s;
}

static void tell(const struct reason *r, const struct device *d,
		 const char *port)
{
	if (!r)
		return;
	printf("    %s\n", r->means);
	if (r->todo)
		printf("    To change it: %s\n", reason_todo(r, d, port));
}

/* @d is the device as if it had the n-th of its NICs only, @nic what that is called */
static void steering_text(const struct device *d, const struct table *t, int r,
			  int n, const char *nic)
{
	struct steering s = steering_of(t, r, n);

	if (!strcmp(s.steer, "verified"))
		printf("  By rule of %s they come to queue %s, interrupt %s on CPU %s:\n"
		       "    seen there.\n", nic, s.queue, s.irq, s.cpu);
	else if (!strcmp(s.steer, "installed"))
		printf("  In %s there is a rule for queue %s (interrupt %s, CPU %s).\n"
		       "    Too few frames yet to verify it: %s there, %s elsewhere.\n",
		       nic, s.queue, s.irq, s.cpu, table_get(t, r, "onq"),
		       table_get(t, r, "offq"));
	else if (!strcmp(s.steer, "pending"))
		printf("  A rule is about to be set in %s%s%s.\n", nic,
		       strcmp(s.why, "-") ? ": " : "",
		       strcmp(s.why, "-") ? s.why : "");
	else if (!strcmp(s.steer, "software"))
		printf("  Software hands them to CPU %s, as %s does not steer them: %s.\n",
		       s.cpu, nic, s.why);
	else
		printf("  They are not steered by %s: %s.\n", nic, s.why);
	tell(reason_steer(s.why), d, table_get(t, r, "port"));
}

static void vnic_text(const struct device *d, const struct table *t, int r)
{
	const char *bypass = table_get(t, r, "bypass");
	const char *port = table_get(t, r, "port");
	const char *vid = table_get(t, r, "vid");
	struct device one = *d;
	int n;

	printf("%s", table_get(t, r, "mac"));
	if (strcmp(vid, "-") && strcmp(vid, "0"))
		printf(" in VLAN %s", vid);
	printf(" is behind port %s of %s (%s on %s).\n", port, d->bridge,
	       d->link.name, d->uplink);

	if (!strcmp(bypass, "fast")) {
		printf("  Frames from the uplink go straight to the port.\n"
		       "    So far %s did, %s took the bridge.\n",
		       table_get(t, r, "fast"), table_get(t, r, "full"));
	} else {
		printf("  Frames take the bridge's full path: %s.\n", bypass);
		tell(reason_bypass(bypass), d, port);
	}

	for (n = 0; source_nic(d, n, one.nic); n++)
		steering_text(&one, t, r, n, strchr(d->nic, ' ') ? one.nic : "the NIC");
}

static void reason_json(const char *means, const char *todo,
			const struct reason *r, const struct device *d,
			const char *port)
{
	json_string(means, r ? r->means : "-");
	json_string(todo, r ? reason_todo(r, d, port) : "-");
}

/* the address's row and the words for its reasons */
static void vnic_json(const struct device *d, const struct table *t, int r)
{
	const char *port = table_get(t, r, "port");
	struct steering s;
	char nic[IFNAMSIZ];
	int n;

	table_json_row(t, r);
	reason_json("bypass_means", "bypass_todo",
		    reason_bypass(table_get(t, r, "bypass")), d, port);
	/* of several NICs the first that does not steer it */
	s = steering_of(t, r, 0);
	for (n = 1; !strcmp(s.why, "-") && source_nic(d, n, nic); n++)
		s = steering_of(t, r, n);
	reason_json("reason_means", "reason_todo", reason_steer(s.why), d,
		    port);
}

static void place(const struct device *d, const struct table *t, int r,
		  bool outside)
{
	if (opt_json) {
		json_begin('{', NULL);
		json_string("device", d->link.name);
		json_string("uplink", d->uplink);
		json_string("bridge", d->bridge);
		json_string("behind", outside ? "uplink" : "port");
		if (outside)
			table_json_row(t, r);
		else
			vnic_json(d, t, r);
		json_end('}');
	} else if (outside) {
		printf("%s is outside, behind the uplink %s of %s.\n"
		       "  Frames from it may take the fast path.\n"
		       "  Frames to it leave by the bridge.\n",
		       table_get(t, r, "mac"), d->uplink, d->bridge);
	} else {
		vnic_text(d, t, r);
	}
}

/* rows of one table with the address; their number, or -1: not readable */
static int explain_table(const struct device *d, const char *what,
			 const char *mac, bool outside)
{
	struct table t;
	int r, found = 0;

	if (!source_table(d, what, &t))
		return -1;
	for (r = 0; r < t.rows; r++) {
		if (strcasecmp(table_get(&t, r, "mac"), mac))
			continue;
		place(d, &t, r, outside);
		found++;
	}
	table_free(&t);
	return found;
}

int cmd_explain(int argc, char **argv)
{
	struct device *list;
	int i, n, found = 0;
	bool ok = true;
	char mac[18];

	if (argc != 2)
		return misuse("explain: one MAC is needed, like 52:54:00:12:34:56");
	if (!mac_normal(argv[1], mac))
		return misuse("explain: \"%s\" is not a MAC address (like 52:54:00:12:34:56)",
			      argv[1]);
	n = source_devices(&list);
	if (n < 0)
		return VMQ_FAILED;
	if (!n)
		return fail("there is no vmq device; \"vmq attach UPLINK\" makes one");
	if (opt_json)
		json_begin('[', NULL);
	for (i = 0; i < n && ok; i++) {
		int inside = explain_table(&list[i], "vnics", mac, false);
		int outside = inside < 0 ? -1 :
			explain_table(&list[i], "sources", mac, true);

		ok = inside >= 0 && outside >= 0;
		found += ok ? inside + outside : 0;
	}
	free(list);
	if (opt_json) {
		json_end(']');
		json_done();
	}
	if (!ok)
		return VMQ_FAILED;
	if (!found)
		return fail("%s is no address that vmq knows behind a port or the uplink:\n"
			    "  the bridge knows it nowhere, as the host's own or as locked, or\n"
			    "  max_vnics or max_port_vnics was reached.\n"
			    "  See: bridge fdb show | grep -i %s", mac, mac);
	return VMQ_OK;
}
