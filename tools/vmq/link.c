// SPDX-License-Identifier: GPL-2.0-only
/* vmq - link: rtnetlink requests, with the kernel's own words on refusal */
#include "vmq.h"

#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define DUMP_SIZE	32768	/* the kernel's messages grow with the room */
#define DUMP_TRIES	10	/* of a list that changes while it is read */

static struct mnl_socket *sock;
static unsigned int seq;

static bool open_socket(void)
{
	int one = 1;

	if (sock)
		return true;
	sock = mnl_socket_open(NETLINK_ROUTE);
	if (!sock || mnl_socket_bind(sock, 0, MNL_SOCKET_AUTOPID) < 0) {
		fail("rtnetlink: %s", strerror(errno));
		return false;
	}
	mnl_socket_setsockopt(sock, NETLINK_EXT_ACK, &one, sizeof(one));
	mnl_socket_setsockopt(sock, NETLINK_CAP_ACK, &one, sizeof(one));
	seq = time(NULL);
	return true;
}

static int ext_ack_attr(const struct nlattr *a, void *data)
{
	if (mnl_attr_get_type(a) == NLMSGERR_ATTR_MSG)
		*(const char **)data = mnl_attr_get_str(a);
	return MNL_CB_OK;
}

/* what to do about an error that has no words of its own */
static const char *hint(int err)
{
	switch (err) {
	case EPERM:
		return " (root only)";
	case EEXIST:
		return " (the name is taken: choose another with --name)";
	case EOPNOTSUPP:
		return " (is the vmq module loaded? try: modprobe vmq)";
	}
	return "";
}

/* @what: for the message; sends @nh and reads the answer */
static bool request(struct nlmsghdr *nh, const char *what)
{
	char buf[MNL_SOCKET_BUFFER_SIZE];
	const struct nlmsgerr *e;
	const char *msg = NULL;
	ssize_t len;

	nh->nlmsg_flags |= NLM_F_REQUEST | NLM_F_ACK;
	nh->nlmsg_seq = ++seq;
	if (mnl_socket_sendto(sock, nh, nh->nlmsg_len) < 0) {
		fail("%s: %s", what, strerror(errno));
		return false;
	}
	len = mnl_socket_recvfrom(sock, buf, sizeof(buf));
	if (len < 0) {
		fail("%s: %s", what, strerror(errno));
		return false;
	}
	nh = (void *)buf;
	if (len < (ssize_t)mnl_nlmsg_size(sizeof(*e)) ||
	    nh->nlmsg_type != NLMSG_ERROR) {
		fail("%s: no answer from the kernel", what);
		return false;
	}
	e = mnl_nlmsg_get_payload(nh);
	if (nh->nlmsg_flags & NLM_F_ACK_TLVS) {
		unsigned int off = sizeof(*e);

		if (!(nh->nlmsg_flags & NLM_F_CAPPED))
			off += mnl_nlmsg_get_payload_len(&e->msg);
		mnl_attr_parse(nh, off, ext_ack_attr, &msg);
	}
	if (!e->error)
		return true;
	if (msg && strcmp(msg, "Unknown device type"))
		fail("%s: %s (%s)", what, msg, strerror(-e->error));
	else
		fail("%s: %s%s", what, strerror(-e->error), hint(-e->error));
	return false;
}

struct dump {
	struct link *list;
	int n;
	int room;
};

static int info_attr(const struct nlattr *a, void *data)
{
	if (mnl_attr_get_type(a) == IFLA_INFO_KIND)
		*(const char **)data = mnl_attr_get_str(a);
	return MNL_CB_OK;
}

static int link_attr(const struct nlattr *a, void *data)
{
	const struct nlattr **tb = data;
	unsigned int type = mnl_attr_get_type(a);

	if (type <= IFLA_LINKINFO)
		tb[type] = a;
	return MNL_CB_OK;
}

static int link_message(const struct nlmsghdr *nh, void *data)
{
	const struct ifinfomsg *ifi = mnl_nlmsg_get_payload(nh);
	const struct nlattr *tb[IFLA_LINKINFO + 1] = { 0 };
	const char *kind = NULL;
	struct dump *d = data;
	struct link *l;

	mnl_attr_parse(nh, sizeof(*ifi), link_attr, tb);
	if (tb[IFLA_LINKINFO])
		mnl_attr_parse_nested(tb[IFLA_LINKINFO], info_attr, &kind);
	if (!kind || strcmp(kind, "vmq") || !tb[IFLA_IFNAME])
		return MNL_CB_OK;
	if (d->n == d->room) {
		d->room = d->room ? 2 * d->room : 16;
		d->list = xalloc(d->list, d->room * sizeof(*d->list));
	}
	l = memset(&d->list[d->n++], 0, sizeof(*l));
	snprintf(l->name, sizeof(l->name), "%s",
		 mnl_attr_get_str(tb[IFLA_IFNAME]));
	l->index = ifi->ifi_index;
	l->up = ifi->ifi_flags & IFF_UP;
	if (tb[IFLA_LINK])
		l->lower = mnl_attr_get_u32(tb[IFLA_LINK]);
	return MNL_CB_OK;
}

static struct ifinfomsg *prepare(char *buf, struct nlmsghdr **nh, int type)
{
	*nh = mnl_nlmsg_put_header(buf);
	(*nh)->nlmsg_type = type;
	return mnl_nlmsg_put_extra_header(*nh, sizeof(struct ifinfomsg));
}

/* one dump; -1 with errno, EINTR when the links changed meanwhile */
static int dump_links(struct dump *d)
{
	char buf[DUMP_SIZE];
	struct nlattr *info;
	struct nlmsghdr *nh;
	ssize_t len;
	int rc = 1;

	prepare(buf, &nh, RTM_GETLINK);
	nh->nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP;
	nh->nlmsg_seq = ++seq;
	/* the kernel leaves out other kinds, when it knows this one */
	info = mnl_attr_nest_start(nh, IFLA_LINKINFO);
	mnl_attr_put_strz(nh, IFLA_INFO_KIND, "vmq");
	mnl_attr_nest_end(nh, info);
	if (mnl_socket_sendto(sock, nh, nh->nlmsg_len) < 0)
		return -1;
	while (rc > MNL_CB_STOP) {
		len = mnl_socket_recvfrom(sock, buf, sizeof(buf));
		if (len < 0)
			return -1;
		rc = mnl_cb_run(buf, len, seq, mnl_socket_get_portid(sock),
				link_message, d);
	}
	return rc;
}

int link_list(struct link **list)
{
	struct dump d = { 0 };
	int i, err;

	for (i = 0; i < DUMP_TRIES; i++) {
		if (!open_socket())
			break;
		d.n = 0;
		if (dump_links(&d) >= 0) {
			*list = d.list;
			return d.n;
		}
		err = errno;
		/* the rest of a dump that was given up is still to come */
		mnl_socket_close(sock);
		sock = NULL;
		if (err == EINTR)
			continue;
		fail("list of links: %s", strerror(err));
		break;
	}
	if (i == DUMP_TRIES)
		fail("list of links: it changes too fast to be read; try again");
	free(d.list);
	return -1;
}

bool link_add(const char *name, int lower, const char *uplink)
{
	char buf[MNL_SOCKET_BUFFER_SIZE], what[64];
	struct nlattr *info;
	struct nlmsghdr *nh;

	if (!open_socket())
		return false;
	prepare(buf, &nh, RTM_NEWLINK);
	nh->nlmsg_flags = NLM_F_CREATE | NLM_F_EXCL;
	mnl_attr_put_u32(nh, IFLA_LINK, lower);
	/* without one the kernel takes the next of vmq0, vmq1, ... */
	if (name)
		mnl_attr_put_strz(nh, IFLA_IFNAME, name);
	info = mnl_attr_nest_start(nh, IFLA_LINKINFO);
	mnl_attr_put_strz(nh, IFLA_INFO_KIND, "vmq");
	mnl_attr_nest_end(nh, info);
	snprintf(what, sizeof(what), "attach %s", uplink);
	return request(nh, what);
}

bool link_del(int index, const char *name)
{
	char buf[MNL_SOCKET_BUFFER_SIZE], what[64];
	struct ifinfomsg *ifi;
	struct nlmsghdr *nh;

	if (!open_socket())
		return false;
	ifi = prepare(buf, &nh, RTM_DELLINK);
	ifi->ifi_index = index;
	snprintf(what, sizeof(what), "detach %s", name);
	return request(nh, what);
}

bool link_set(int index, int master, bool up, const char *name)
{
	char buf[MNL_SOCKET_BUFFER_SIZE], what[64];
	struct ifinfomsg *ifi;
	struct nlmsghdr *nh;

	if (!open_socket())
		return false;
	ifi = prepare(buf, &nh, RTM_NEWLINK);
	ifi->ifi_index = index;
	ifi->ifi_change = IFF_UP;
	ifi->ifi_flags = up ? IFF_UP : 0;
	if (master)
		mnl_attr_put_u32(nh, IFLA_MASTER, master);
	snprintf(what, sizeof(what), "%s", name);
	return request(nh, what);
}
