#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""session.py serve PORT | session.py talk ADDRESS PORT FILE

One TCP connection, as of somebody who types into ssh: a line every 50 ms, which the
other side repeats. FILE holds the lines that came back and the longest silence
in milliseconds, or why the connection ended. It is never made again.
"""
import os
import socket
import socketserver
import sys
import time


class Echo(socketserver.StreamRequestHandler):
    """repeats what it is told"""

    disable_nagle_algorithm = True

    def handle(self):
        for line in self.rfile:
            self.wfile.write(line)


class Server(socketserver.ThreadingTCPServer):
    """one thread a connection"""

    allow_reuse_address = True
    daemon_threads = True


def tell(path, text):
    """whole or not at all for whoever reads it"""
    with open(path + ".new", "w", encoding="ascii") as f:
        f.write(text + "\n")
    os.rename(path + ".new", path)


def talk(address, port, path):
    """until killed, or until the connection breaks"""
    count, longest = 0, 0.0
    try:
        s = socket.create_connection((address, port), timeout=120)
        s.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        lines = s.makefile("rwb")
        while True:
            began = time.monotonic()
            lines.write(b"%d\n" % count)
            lines.flush()
            if lines.readline() != b"%d\n" % count:
                raise OSError("another answer")
            count += 1
            longest = max(longest, time.monotonic() - began)
            tell(path, f"{count} {longest * 1000:.0f}")
            time.sleep(0.05)
    except OSError as e:
        tell(path, f"broken after {count}: {e}")


if sys.argv[1] == "serve":
    Server(("", int(sys.argv[2])), Echo).serve_forever()
else:
    talk(sys.argv[2], int(sys.argv[3]), sys.argv[4])
