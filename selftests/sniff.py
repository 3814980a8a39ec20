#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Prints each VXLAN frame that arrives at a device as one line of JSON: the outer header's fields and the inner ones.

    sniff.py DEV        until it is ended; the first line is "ready"
"""
import json
import socket
import struct
import sys

ETH_P_IP = 0x0800
PACKET_OUTGOING = 4
VXLAN_PORT = 4789


def mac(data):
    return ":".join("%02x" % b for b in data)


def checksum_good(header):
    total = sum(struct.unpack("!%dH" % (len(header) // 2), header))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return total == 0xFFFF


def ipv4(data):
    head, tos, length, ident, frag, ttl, proto, _, src, dst = struct.unpack("!BBHHHBBH4s4s", data[:20])
    return {"ihl": head & 15, "tos": tos, "length": length, "ident": ident, "df": bool(frag & 0x4000),
            "fragment": bool(frag & 0x3FFF), "ttl": ttl, "proto": proto, "src": socket.inet_ntoa(src),
            "dst": socket.inet_ntoa(dst), "csum_good": checksum_good(data[:(head & 15) * 4])}


def vxlan(frame):
    """None where the frame is no VXLAN."""
    if len(frame) < 64 or frame[12:14] != b"\x08\x00":
        return None
    ip = ipv4(frame[14:])
    udp = 14 + ip["ihl"] * 4
    sport, dport, length, csum = struct.unpack("!HHHH", frame[udp:udp + 8])
    if ip["proto"] != 17 or dport != VXLAN_PORT:
        return None
    flags, vni = struct.unpack("!II", frame[udp + 8:udp + 16])
    inner = frame[udp + 16:]
    return {"dst_mac": mac(frame[:6]), "src_mac": mac(frame[6:12]), "ip": ip, "sport": sport, "udp_length": length,
            "udp_csum": csum, "lengths_good": ip["length"] == len(frame) - 14 and length == ip["length"] - 20,
            "flags": flags, "vni": vni >> 8, "reserved": vni & 255, "inner_dst_mac": mac(inner[:6]),
            "inner_src_mac": mac(inner[6:12]), "inner_type": int.from_bytes(inner[12:14], "big"),
            "inner": ipv4(inner[14:]) if inner[12:14] == b"\x08\x00" else None}


def main():
    sock = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(ETH_P_IP))
    sock.setsockopt(socket.SOL_SOCKET, 33, 64 << 20)
    sock.bind((sys.argv[1], ETH_P_IP))
    print("ready", flush=True)
    while True:
        frame, address = sock.recvfrom(65536)
        fields = vxlan(frame)
        if fields and address[2] != PACKET_OUTGOING:
            print(json.dumps(fields), flush=True)


if __name__ == "__main__":
    main()
