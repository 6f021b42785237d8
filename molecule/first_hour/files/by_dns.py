"""Ask every instance that Consul's DNS names on this host for its page; print their addresses."""

import sys
import urllib.request

import dns.resolver

name, port, path = sys.argv[1:]
resolver = dns.resolver.Resolver(configure=False)
resolver.nameservers, resolver.port = ["127.0.0.1"], 8600
for address in sorted(record.address for record in resolver.resolve(f"{name}.service.consul", "A")):
    with urllib.request.urlopen(f"http://{address}:{port}{path}", timeout=5) as answer:
        print(address, answer.read().decode().strip())
