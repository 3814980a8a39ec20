#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Frames byte by byte, as a server or a VM host of the topology would send them, or as nobody should.

    frame.py access|fabric [KEY=VALUE]...      prints one frame in hex
    frame.py send DEV                          sends what it reads, one frame in hex per line

Keys are the parameters of the functions access() and fabric() below.
"""
import socket
import struct
import sys

SOL_PACKET = 263
PACKET_QDISC_BYPASS = 20  # past the program that tags: what is written here is what is on the wire
ETH_IP, ETH_ARP, ETH_IP6, ETH_8021Q, ETH_8021AD = 0x0800, 0x0806, 0x86DD, 0x8100, 0x88A8
PROTO_UDP = 17


def mac(text):
    return bytes.fromhex(text.replace(":", ""))


def mac_of(address):
    return "02:00:" + ":".join("%02x" % int(n) for n in address.split("."))


def checksum(data):
    data += b"\0" * (len(data) % 2)
    total = sum(struct.unpack("!%dH" % (len(data) // 2), data))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF


def ether(dst, src, ethertype, payload=b""):
    return mac(dst) + mac(src) + struct.pack("!H", ethertype) + payload


def tag(vid, ethertype, payload=b""):
    """What stands after an ethertype of 802.1Q or 802.1ad."""
    return struct.pack("!HH", vid, ethertype) + payload


def ipv4(src, dst, payload, proto=PROTO_UDP, ttl=64, tos=0, frag=0, ihl=None, total=None, version=4, options=b""):
    words = 5 + len(options) // 4 if ihl is None else ihl
    length = 20 + len(options) + len(payload) if total is None else total
    head = struct.pack("!BBHHHBBH4s4s", version << 4 | words, tos, length, 7, frag, ttl, proto, 0,
                       socket.inet_aton(src), socket.inet_aton(dst)) + options
    return head[:10] + struct.pack("!H", checksum(head)) + head[12:] + payload


def udp(sport, dport, payload, length=None, csum=0):
    return struct.pack("!HHHH", sport, dport, 8 + len(payload) if length is None else length, csum) + payload


def udp_checksum(src, dst, datagram):
    pseudo = socket.inet_aton(src) + socket.inet_aton(dst) + struct.pack("!BBH", 0, PROTO_UDP, len(datagram))
    return checksum(pseudo + datagram) or 0xFFFF


def arp(op, sender_mac, sender, target, target_mac="00:00:00:00:00:00"):
    return (struct.pack("!HHBBH", 1, ETH_IP, 6, 4, op) + mac(sender_mac) + socket.inet_aton(sender) +
            mac(target_mac) + socket.inet_aton(target))


def access(vid=400, src="192.168.11.1", dst="192.168.10.2", src_mac=None, dst_mac="02:bb:00:00:50:14",
           sport=1000, dport=9, text="hostile", ethertype=ETH_IP, tpid=ETH_8021Q, **ip):
    """A frame of the server, tagged, to the gateway."""
    body = ipv4(src, dst, udp(sport, dport, text.encode()), **ip)
    src_mac = src_mac or mac_of(src)
    if not vid:
        return ether(dst_mac, src_mac, ethertype, body)
    return ether(dst_mac, src_mac, tpid, tag(vid, ethertype, body))


def outer(payload, pa="10.0.0.2", vtep="10.0.0.1", via=None, sport=50000, dport=4789, udp_length=None, udp_csum=0, **ip):
    """The underlay's headers around a VXLAN payload, from a VM host to the gateway's port with the address `via`."""
    datagram = udp(sport, dport, payload, udp_length)
    if udp_csum:
        datagram = datagram[:6] + struct.pack("!H", udp_checksum(pa, vtep, datagram)) + datagram[8:]
    return ether(mac_of(via or vtep), mac_of(pa), ETH_IP, ipv4(pa, vtep, datagram, **ip))


def vxlan(inner, vni=20500, flags=0x08, reserved=0, reserved2=0):
    return struct.pack("!B3sI", flags, reserved.to_bytes(3, "big"), vni << 8 | reserved2) + inner


def fabric(vni=20500, src="192.168.10.2", dst="192.168.11.1", dst_mac="02:bb:00:00:50:14", dport=9, text="hostile",
           **underlay):
    """A frame of the VM in its VXLAN."""
    body = ipv4(src, dst, udp(1000, dport, text.encode()))
    return outer(vxlan(ether(dst_mac, mac_of(src), ETH_IP, body), vni=vni), **underlay)


def send(dev):
    sock = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
    sock.setsockopt(SOL_PACKET, PACKET_QDISC_BYPASS, 1)
    sock.bind((dev, 0))
    for line in sys.stdin:
        sock.send(bytes.fromhex(line.strip()))


def main():
    if len(sys.argv) == 3 and sys.argv[1] == "send":
        return send(sys.argv[2])
    keys = dict(word.split("=", 1) for word in sys.argv[2:])
    keys = {k: int(v, 0) if v[:1].isdigit() and v.count(".") == 0 and ":" not in v else v for k, v in keys.items()}
    print({"access": access, "fabric": fabric}[sys.argv[1]](**keys).hex())
    return 0


if __name__ == "__main__":
    sys.exit(main())
