#!/bin/sh
# A first process with a worker, which HUP renews, and a daemon, which stays.
sleep 100000 &
sleep 50000 &
worker=$!
renew() {
    kill $worker
    sleep 50000 &
    worker=$!
}
trap renew HUP
while :; do
    wait $worker
done
