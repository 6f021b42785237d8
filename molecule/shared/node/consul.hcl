# A server of the lab's cluster of three; what differs from node to node is in node.json.
server           = true
bootstrap_expect = 3
data_dir         = "/var/lib/consul"

bind_addr   = "{{ GetInterfaceIP \"eth0\" }}"
client_addr = "127.0.0.1"
addresses {
  dns = "127.0.0.1 {{ GetInterfaceIP \"eth0\" }}"
}

retry_interval             = "1s"
enable_local_script_checks = true
disable_update_check       = true

# Elect fast: the nodes are a few microseconds apart.
performance {
  raft_multiplier = 1
}
