// SPDX-License-Identifier: GPL-2.0-only
/*
 * nlfail - one rtnetlink request whose Nth memory allocation fails
 *
 *   nlfail N add UPLINK NAME [ATTR VALUE]   RTM_NEWLINK, kind vmq
 *   nlfail N set NAME ATTR VALUE            RTM_NEWLINK, kind vmq
 *   nlfail N master LINK BRIDGE             RTM_NEWLINK, IFLA_MASTER
 *   nlfail N del NAME                       RTM_DELLINK
 *
 * ATTR is the number of an IFLA_VMQ_ attribute (linux/vmq.h), VALUE its u8.
 * Uses /proc/self/task/TID/fail-nth (fault injection), set for the sendmsg()
 * only, in which the kernel works the request off. With N 0 none fails, in
 * any kernel.
 * Exit status: 0 done though allocation N failed, 1 refused (the kernel's text
 * is printed), 3 done, and there were fewer than N allocations, 2 anything
 * else.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/if_link.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "request.h"

static unsigned int index_of(const char *name)
{
	unsigned int i = if_nametoindex(name);

	if (!i) {
		fprintf(stderr, "nlfail: no link %s\n", name);
		exit(2);
	}
	return i;
}

/* IFLA_LINKINFO; argv: attribute and value of the kind's own, if any */
static void link_info(struct request *r, char **argv)
{
	struct rtattr *info = nest(r, IFLA_LINKINFO), *data;

	attr(r, IFLA_INFO_KIND, "vmq", 4);
	if (argv[0]) {
		unsigned char val = atoi(argv[1]);

		data = nest(r, IFLA_INFO_DATA);
		attr(r, atoi(argv[0]), &val, sizeof(val));
		nest_end(r, data);
	}
	nest_end(r, info);
}

static void build(struct request *r, char **argv)
{
	unsigned int i;

	r->nh.nlmsg_len = NLMSG_LENGTH(sizeof(r->ifi));
	r->nh.nlmsg_type = RTM_NEWLINK;
	r->nh.nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK;
	if (!strcmp(argv[2], "add")) {
		r->nh.nlmsg_flags |= NLM_F_CREATE | NLM_F_EXCL;
		i = index_of(argv[3]);
		attr(r, IFLA_LINK, &i, sizeof(i));
		attr(r, IFLA_IFNAME, argv[4], strlen(argv[4]) + 1);
		link_info(r, argv + 5);
	} else if (!strcmp(argv[2], "set")) {
		r->ifi.ifi_index = index_of(argv[3]);
		link_info(r, argv + 4);
	} else if (!strcmp(argv[2], "master")) {
		r->ifi.ifi_index = index_of(argv[3]);
		i = index_of(argv[4]);
		attr(r, IFLA_MASTER, &i, sizeof(i));
	} else {
		r->nh.nlmsg_type = RTM_DELLINK;
		r->ifi.ifi_index = index_of(argv[3]);
	}
}

static int bad_usage(void)
{
	fprintf(stderr, "usage: nlfail N add UPLINK NAME [ATTR VALUE]\n"
		"       nlfail N set NAME ATTR VALUE\n"
		"       nlfail N master LINK BRIDGE\n"
		"       nlfail N del NAME\n");
	return 2;
}

static int args_ok(int argc, char **argv)
{
	if (argc < 4)
		return 0;
	if (!strcmp(argv[2], "add"))
		return argc == 5 || argc == 7;
	if (!strcmp(argv[2], "set"))
		return argc == 6;
	if (!strcmp(argv[2], "master"))
		return argc == 5;
	return !strcmp(argv[2], "del") && argc == 4;
}

int main(int argc, char **argv)
{
	struct sockaddr_nl sa = { .nl_family = AF_NETLINK };
	struct request req = { 0 };
	char path[64], left[16] = "", buf[8192];
	int fd, nth = -1, one = 1, err, sent, inject;
	struct nlmsghdr *nh = (void *)buf;
	ssize_t len = 0;

	if (!args_ok(argc, argv))
		return bad_usage();
	inject = atoi(argv[1]);
	build(&req, argv);
	fd = socket(AF_NETLINK, SOCK_RAW, NETLINK_ROUTE);
	setsockopt(fd, SOL_NETLINK, NETLINK_EXT_ACK, &one, sizeof(one));
	snprintf(path, sizeof(path), "/proc/self/task/%d/fail-nth",
		 (int)syscall(SYS_gettid));
	if (inject)
		nth = open(path, O_RDWR);
	if (fd < 0 || (inject && nth < 0)) {
		perror("nlfail");
		return 2;
	}

	if (inject && write(nth, argv[1], strlen(argv[1])) < 0) {
		perror("nlfail: fail-nth");
		return 2;
	}
	sent = sendto(fd, &req, req.nh.nlmsg_len, 0, (void *)&sa, sizeof(sa));
	err = errno;
	/* what is left of the count: 0 when the Nth allocation was reached */
	if (inject)
		len = pread(nth, left, sizeof(left) - 1, 0);
	if (len < 0 || (inject && pwrite(nth, "0", 1, 0) < 0)) {
		perror("nlfail: fail-nth");
		return 2;
	}
	if (sent < 0) {
		printf("send: %s\n", strerror(err));
		return atoi(left) ? 2 : 1;
	}
	len = recv(fd, buf, sizeof(buf), MSG_DONTWAIT);
	if (len < (ssize_t)sizeof(*nh) || nh->nlmsg_type != NLMSG_ERROR) {
		/*
		 * The answer itself could not be allocated: not known what was
		 * done, the caller looks.
		 */
		printf("no answer\n");
		if (!strcmp(argv[2], "add") && if_nametoindex(argv[4]))
			return 0;
		return 1;
	}
	err = -((struct nlmsgerr *)NLMSG_DATA(nh))->error;
	if (err) {
		printf("%s\n", strerror(err));
		return atoi(left) ? 2 : 1;
	}
	return atoi(left) ? 3 : 0;
}
