#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Numbered UDP datagrams: a sender and a listener that together tell which numbers are missing or came twice.

    stream  until SIGTERM, "PHASE NUMBER" at a rate; SIGUSR1 begins the next phase
    listen  until SIGTERM, on all addresses
    once    one datagram with a text
    spray   one datagram to each of COUNT addresses upwards

The state is a file that is replaced as a whole, its lines are: of a stream "phase PHASE" and per phase "sent PHASE
COUNT"; of a listener per phase "heard PHASE COUNT" (different numbers), "twice COUNT", and "text COUNT TEXT".
"""
import argparse
import ipaddress
import os
import select
import signal
import socket
import time

SO_RCVBUFFORCE = 33
STATE_INTERVAL = 0.02


def write_state(path, lines):
    with open(path + ".new", "w", encoding="ascii") as out:
        out.writelines(line + "\n" for line in lines)
    os.rename(path + ".new", path)


class Flags:
    """What the signals asked for."""

    def __init__(self):
        self.stop = False
        self.phases = 0
        signal.signal(signal.SIGTERM, self.on_term)
        signal.signal(signal.SIGUSR1, self.on_usr1)

    def on_term(self, *_):
        self.stop = True

    def on_usr1(self, *_):
        self.phases += 1


def stream_state(sent):
    return ["phase %d" % (len(sent) - 1)] + ["sent %d %d" % pair for pair in enumerate(sent)]


def stream(args):
    flags = Flags()
    sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    sent = [0]
    total = 0
    begin = time.monotonic()
    saved = None
    while not flags.stop:
        while len(sent) <= flags.phases:
            sent.append(0)
            saved = None
        phase = len(sent) - 1
        due = int((time.monotonic() - begin) * args.rate) - total
        for _ in range(min(due, 64)):
            try:
                sock.sendto(b"%d %d" % (phase, sent[phase]), (args.to, args.port))
            except OSError:
                continue
            sent[phase] += 1
        total += max(due, 0)
        now = time.monotonic()
        if saved is None or now - saved > STATE_INTERVAL:
            write_state(args.state, stream_state(sent))
            saved = now
        time.sleep(1 / args.rate)
    write_state(args.state, stream_state(sent))


class Heard:
    def __init__(self):
        self.numbers = {}
        self.texts = {}
        self.twice = 0

    def take(self, data):
        words = data.split()
        if len(words) == 2 and words[0].isdigit() and words[1].isdigit():
            numbers = self.numbers.setdefault(int(words[0]), set())
            if int(words[1]) in numbers:
                self.twice += 1
            numbers.add(int(words[1]))
        else:
            text = data.decode("ascii", "replace")
            self.texts[text] = self.texts.get(text, 0) + 1

    def state(self):
        return (["heard %d %d" % (phase, len(numbers)) for phase, numbers in self.numbers.items()] +
                ["twice %d" % self.twice] + ["text %d %s" % (count, text) for text, count in self.texts.items()])


def drain(sock, heard):
    while True:
        try:
            heard.take(sock.recv(2048))
        except BlockingIOError:
            return


def listen(args):
    flags = Flags()
    heard = Heard()
    sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    sock.setsockopt(socket.SOL_SOCKET, SO_RCVBUFFORCE, 64 << 20)
    sock.setblocking(False)
    sock.bind(("0.0.0.0", args.port))
    write_state(args.state, heard.state())
    saved = heard.state()
    while not flags.stop:
        try:
            select.select([sock], [], [], STATE_INTERVAL)
        except InterruptedError:
            pass
        drain(sock, heard)
        if heard.state() != saved:
            saved = heard.state()
            write_state(args.state, saved)
            time.sleep(STATE_INTERVAL)
    drain(sock, heard)
    write_state(args.state, heard.state())


def once(args):
    sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    sock.sendto(args.text.encode(), (args.to, args.port))


def spray(args):
    sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    first = ipaddress.IPv4Address(args.to)
    for i in range(args.count):
        sock.sendto(b"to %s" % str(first + i).encode(), (str(first + i), args.port))


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("verb", choices=("stream", "listen", "once", "spray"))
    parser.add_argument("--to")
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--rate", type=int, default=1000)
    parser.add_argument("--count", type=int, default=1)
    parser.add_argument("--text", default="hello")
    parser.add_argument("--state")
    args = parser.parse_args()
    {"stream": stream, "listen": listen, "once": once, "spray": spray}[args.verb](args)


if __name__ == "__main__":
    main()
