#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""The table of frames that nobody should send, and what each must be counted as.

Prints lines of four columns, divided by tabs: port, expected "outcome/reason" (a shell pattern), frame in hex, name.
The gateway has the scenario of lib.sh, the VM's mapping is cached, 192.168.10.66 is nobody's.
"""
import socket
import struct

import frame as f

GW_MAC = "02:bb:00:00:50:14"
SRV_MAC = f.mac_of("192.168.11.1")
VM_MAC = f.mac_of("192.168.10.2")
ALL = "ff:ff:ff:ff:ff:ff"
DROP = "dropped/*"
BAD = "dropped/malformed"
KERNEL = "passed/to_kernel"


def tagged_arp(body, dst=ALL, src=SRV_MAC):
    return f.ether(dst, src, f.ETH_8021Q, f.tag(400, f.ETH_ARP, body))


def access_cases():
    good = f.access()
    ip = 18  # where the IP header begins
    yield "a good frame", "forwarded/encap", good
    yield "untagged", "dropped/no_attachment", f.access(vid=0)
    yield "another VLAN", "dropped/no_attachment", f.access(vid=401)
    yield "the highest VLAN id", "dropped/no_attachment", f.access(vid=4095)
    yield "priority tag, VLAN 0", "dropped/no_attachment", f.ether(
        GW_MAC, SRV_MAC, f.ETH_8021Q, f.tag(0, f.ETH_IP, good[ip:]))
    yield "PCP and DEI bits in the tag do not matter", "forwarded/encap", f.ether(
        GW_MAC, SRV_MAC, f.ETH_8021Q, f.tag(0xF000 | 400, f.ETH_IP, good[ip:]))
    yield "two tags, 802.1ad outside", DROP, f.ether(
        GW_MAC, SRV_MAC, f.ETH_8021AD, f.tag(100, f.ETH_8021Q, f.tag(400, f.ETH_IP, good[ip:])))
    yield "two tags, 802.1Q twice", DROP, f.ether(
        GW_MAC, SRV_MAC, f.ETH_8021Q, f.tag(400, f.ETH_8021Q, f.tag(400, f.ETH_IP, good[ip:])))
    for size in (14, 15, 16, 17):
        yield "cut within the tag, %d bytes" % size, "dropped/@(malformed|no_attachment)", good[:size]
    for size in (0, 1, 8, 12, 16, 19):
        yield "cut in the IP header after %d bytes" % size, BAD, good[:ip + size]
    yield "cut in the payload", BAD, good[:-1]
    yield "cut in the UDP header", BAD, good[:ip + 24]
    yield "an IP header alone that claims no more", "@(forwarded/encap|dropped/malformed)", f.access()[:ip] + f.ipv4(
        "192.168.11.1", "192.168.10.2", b"")
    yield "IHL 4", BAD, f.access(ihl=4)
    yield "IHL 0", BAD, f.access(ihl=0)
    yield "IHL 15 in a short frame", BAD, f.access(ihl=15, text="")
    yield "total length beyond the frame", BAD, f.access(total=1000)
    yield "total length below the header", BAD, f.access(total=19)
    yield "total length 0", BAD, f.access(total=0)
    yield "IP version 6 in an IPv4 frame", BAD, f.access(version=6)
    yield "IP version 0", BAD, f.access(version=0)
    yield "not the gateway's MAC", "dropped/not_for_gateway", f.access(dst_mac="02:00:00:00:00:98")
    yield "another VRF's gateway MAC", "dropped/not_for_gateway", f.access(dst_mac="02:bb:00:00:50:15")
    yield "broadcast", "dropped/@(broadcast|not_for_gateway)", f.access(dst_mac=ALL)
    yield "multicast", "dropped/@(broadcast|not_for_gateway)", f.access(dst="224.0.0.5", dst_mac="01:00:5e:00:00:05")
    yield "source CA of nobody's", "dropped/bad_source", f.access(src="192.168.11.66", src_mac=SRV_MAC)
    yield "source CA 0.0.0.0", "dropped/@(bad_source|malformed)", f.access(src="0.0.0.0", src_mac=SRV_MAC)
    yield "source CA is the VM's", "dropped/bad_source", f.access(src="192.168.10.2", src_mac=SRV_MAC)
    yield "source CA is the gateway's", "dropped/bad_source", f.access(src="192.168.11.254", src_mac=SRV_MAC)
    yield "source MAC of nobody's", "dropped/bad_source", f.access(src_mac="02:00:00:00:00:97")
    yield "source MAC is the gateway's", "dropped/bad_source", f.access(src_mac=GW_MAC)
    yield "TTL 1", "dropped/ttl", f.access(ttl=1)
    yield "TTL 0", "dropped/ttl", f.access(ttl=0)
    yield "TTL 2 is enough", "forwarded/encap", f.access(ttl=2)
    yield "a first fragment", "forwarded/encap", f.access(frag=0x2000)
    yield "a later fragment", "forwarded/encap", f.access(frag=0x0010)
    yield "with IP options", "forwarded/encap", f.access(options=b"\x01\x01\x01\x00")
    yield "a CA of nobody's, asked", "punted/miss", f.access(dst="192.168.10.66")
    yield "a CA of nobody's, known", "dropped/negative", f.access(dst="192.168.10.66")
    yield "too long for the tunnel", "dropped/too_big", f.access(text="x" * 1560)
    yield "IPv6", DROP, f.ether(GW_MAC, SRV_MAC, f.ETH_8021Q, f.tag(400, f.ETH_IP6, b"\x60" + b"\0" * 60))
    yield "another ethertype", DROP, f.ether(GW_MAC, SRV_MAC, f.ETH_8021Q, f.tag(400, 0x88CC, b"\0" * 46))
    yield "802.3 with a length", DROP, f.ether(GW_MAC, SRV_MAC, f.ETH_8021Q, f.tag(400, 46, b"\0" * 46))

    ask = f.arp(1, SRV_MAC, "192.168.11.1", "192.168.11.254")
    yield "ARP for the gateway", "forwarded/arp_reply", tagged_arp(ask)
    yield "ARP probe of the gateway's address", "forwarded/arp_reply", tagged_arp(
        f.arp(1, SRV_MAC, "0.0.0.0", "192.168.11.254"))
    yield "ARP for an address of nobody's", DROP, tagged_arp(f.arp(1, SRV_MAC, "192.168.11.1", "192.168.11.77"))
    yield "ARP probe of a server's own address", DROP, tagged_arp(f.arp(1, SRV_MAC, "0.0.0.0", "192.168.11.1"))
    yield "an ARP reply", DROP, tagged_arp(f.arp(2, SRV_MAC, "192.168.11.1", "192.168.11.254"), dst=GW_MAC)
    for size in (0, 7, 8, 27):
        yield "ARP cut after %d bytes" % size, BAD, tagged_arp(ask[:size])
    yield "ARP of another hardware", DROP, tagged_arp(b"\0\x06" + ask[2:])
    yield "ARP for another protocol", DROP, tagged_arp(ask[:2] + b"\x86\xdd" + ask[4:])
    yield "ARP in another VLAN", "dropped/no_attachment", f.ether(ALL, SRV_MAC, f.ETH_8021Q, f.tag(401, f.ETH_ARP, ask))


def inner(dst_mac=GW_MAC, ethertype=f.ETH_IP, body=None, **ip):
    if body is None:
        body = f.ipv4("192.168.10.2", ip.pop("dst", "192.168.11.1"), f.udp(1000, 9, b"hostile"), **ip)
    return f.ether(dst_mac, VM_MAC, ethertype, body)


def fabric_cases():
    good = inner()
    whole = f.outer(f.vxlan(good))
    ip, udp, vxlan, eth, body = 14, 34, 42, 50, 64
    yield "a good frame", "forwarded/decap", whole
    yield "reserved bits do not matter", "forwarded/decap", f.outer(
        f.vxlan(good, flags=0xFF, reserved=0xFFFFFF, reserved2=0xFF))
    yield "a right UDP checksum", "forwarded/decap", f.outer(f.vxlan(good), udp_csum=1)
    yield "I flag missing", "dropped/bad_vxlan_flags", f.outer(f.vxlan(good, flags=0))
    yield "I flag missing among others", "dropped/bad_vxlan_flags", f.outer(f.vxlan(good, flags=0xF7))
    yield "a VNI of nobody's", "dropped/unknown_vni", f.outer(f.vxlan(good, vni=20501))
    yield "VNI 0", "dropped/unknown_vni", f.outer(f.vxlan(good, vni=0))
    yield "the highest VNI", "dropped/unknown_vni", f.outer(f.vxlan(good, vni=0xFFFFFF))
    yield "a PA of nobody's", "dropped/bad_pa", f.outer(f.vxlan(good), pa="10.0.0.66")
    yield "our own VTEP as the PA", "dropped/bad_pa", f.outer(f.vxlan(good), pa="10.0.0.1")
    yield "an inner MAC that is not the gateway's", "dropped/not_for_gateway", f.outer(f.vxlan(inner(dst_mac=VM_MAC)))
    yield "inner broadcast", "dropped/@(not_for_gateway|broadcast)", f.outer(f.vxlan(inner(dst_mac=ALL)))
    yield "inner tag", "dropped/inner_vlan", f.outer(
        f.vxlan(f.ether(GW_MAC, VM_MAC, f.ETH_8021Q, f.tag(400, f.ETH_IP, good[14:]))))
    yield "inner 802.1ad tag", "dropped/inner_vlan", f.outer(
        f.vxlan(f.ether(GW_MAC, VM_MAC, f.ETH_8021AD, f.tag(400, f.ETH_IP, good[14:]))))
    yield "inner ARP", "dropped/inner_non_ip", f.outer(
        f.vxlan(inner(ethertype=f.ETH_ARP, body=f.arp(1, VM_MAC, "192.168.10.2", "192.168.10.254"))))
    yield "inner ethertype of nobody's", "dropped/inner_non_ip", f.outer(f.vxlan(inner(ethertype=0x88CC)))
    yield "inner IPv6", DROP, f.outer(f.vxlan(inner(ethertype=f.ETH_IP6, body=b"\x60" + b"\0" * 60)))
    yield "outer CE on an inner packet without ECN", "dropped/ecn", f.outer(f.vxlan(good), tos=3)
    yield "outer CE on an inner ECT(0)", "forwarded/decap", f.outer(f.vxlan(inner(tos=2)), tos=3)
    yield "outer ECT(1) on an inner ECT(0)", "forwarded/decap", f.outer(f.vxlan(inner(tos=2)), tos=1)
    yield "inner TTL 1", "dropped/ttl", f.outer(f.vxlan(inner(ttl=1)))
    yield "inner TTL 0", "dropped/ttl", f.outer(f.vxlan(inner(ttl=0)))
    yield "inner CA of nobody's in a known subnet", "dropped/no_endpoint", f.outer(f.vxlan(inner(dst="192.168.11.66")))
    yield "inner CA of the gateway", DROP, f.outer(f.vxlan(inner(dst="192.168.11.254")))
    for size in (0, 1, 19):
        yield "cut in the inner IP header after %d bytes" % size, BAD, whole_with(good[:14 + size])
    for size in (0, 5, 12, 13):
        yield "cut in the inner Ethernet header after %d bytes" % size, BAD, whole_with(good[:size])
    yield "inner IHL 4", BAD, f.outer(f.vxlan(inner(ihl=4)))
    yield "inner IHL 15 in a short frame", BAD, f.outer(f.vxlan(inner(ihl=15)))
    yield "inner total length beyond the frame", BAD, f.outer(f.vxlan(inner(total=1400)))
    yield "inner total length below the header", BAD, f.outer(f.vxlan(inner(total=19)))
    yield "inner IP version 5", BAD, f.outer(f.vxlan(inner(version=5)))
    for size in (0, 4, 7):
        yield "cut in the VXLAN header after %d bytes" % size, BAD, f.outer(f.vxlan(good)[:size])
    for size in range(body + 19, ip - 1, -7):
        yield "the frame ends after %d bytes, its headers claim more" % size, "@(dropped/malformed|passed/to_kernel)", \
            whole[:size]
    yield "UDP length beyond the frame", BAD, f.outer(f.vxlan(good), udp_length=1000)
    yield "UDP length below its header", BAD, f.outer(f.vxlan(good), udp_length=7)
    yield "UDP length that cuts the inner frame", BAD, f.outer(f.vxlan(good), udp_length=8 + 8 + 14)
    yield "outer total length beyond the frame", "@(dropped/malformed|passed/to_kernel)", f.outer(f.vxlan(good), total=1000)
    yield "outer IP options", "dropped/@(malformed|fragment)", f.outer(f.vxlan(good), options=b"\x01\x01\x01\x00")
    yield "a first fragment of VXLAN", "dropped/fragment", f.outer(f.vxlan(good), frag=0x2000)
    yield "a later fragment", "@(dropped/fragment|passed/to_kernel)", f.outer(f.vxlan(good), frag=0x0010)
    yield "another UDP port", KERNEL, f.outer(f.vxlan(good), dport=4790)
    yield "another address of ours or not", KERNEL, f.outer(f.vxlan(good), vtep="10.0.0.99", via="10.0.0.1")
    yield "TCP", KERNEL, f.outer(f.vxlan(good), proto=6)
    yield "IPv6", KERNEL, f.ether(f.mac_of("10.0.0.1"), f.mac_of("10.0.0.2"), f.ETH_IP6, b"\x60" + b"\0" * 60)
    yield "an ethertype of nobody's", KERNEL, f.ether(f.mac_of("10.0.0.1"), f.mac_of("10.0.0.2"), 0x88CC, b"\0" * 46)
    assert whole[ip + 9] == 17 and whole[udp + 2:udp + 4] == struct.pack("!H", 4789) and vxlan == udp + 8
    assert whole[eth:body] == good[:14] and socket.inet_ntoa(whole[ip + 16:ip + 20]) == "10.0.0.1"


def whole_with(payload):
    """A VXLAN packet in order whose inner frame is cut."""
    return f.outer(f.vxlan(payload))


def main():
    for port, cases in (("acc0", access_cases()), ("fab0", fabric_cases())):
        for name, expected, data in cases:
            print(port, expected, data.hex(), name, sep="\t")


if __name__ == "__main__":
    main()
