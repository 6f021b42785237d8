# A server of the lab's cluster of three; what differs from node to node is in node.json.
server           = true
bootstrap_expect = 3
data_dir         = "/var/lib/consul"

bind_addr   = "{{ GetInterfaceIP \"eth0\" }}"
client_addr = "127.0.0.1"
addresses {
  dns = "127.0.0.1 {{ GetInterfaceIP \"eth0\" }}"
}

# As the role `consul` has it: without a token names and addresses alone, between the servers nothing in the clear.
acl {
  enabled        = true
  default_policy = "deny"
}
ca_file                = "/etc/consul.d/tls/consul-agent-ca.pem"
cert_file              = "/etc/consul.d/tls/dc1-server-consul-0.pem"
key_file               = "/etc/consul.d/tls/dc1-server-consul-0-key.pem"
verify_incoming_rpc    = true
verify_outgoing        = true
verify_server_hostname = true

retry_interval             = "1s"
enable_local_script_checks = true
disable_update_check       = true

# Elect fast: the nodes are a few microseconds apart.
performance {
  raft_multiplier = 1
}
