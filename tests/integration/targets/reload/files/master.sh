#!/bin/sh
# A server as small as can be: one worker, which is the script `worker` of the current release. HUP renews it.
cd /usr/src/app || exit 1
hear() { again=yes; }
trap hear HUP
trap 'kill -9 $worker; exit 0' TERM
while :; do
    (cd current && exec sh ./worker "$PORT") &
    worker=$!
    while kill -0 $worker 2>/dev/null; do
        wait $worker
        if [ "$again" ] && [ "$MASTER" != deaf ]; then
            kill $worker 2>/dev/null
        fi
        again=
    done
    [ "$MASTER" = strict ] && ! [ -e current/worker ] && exit 3
    # One that ends by itself is begun again, not too often.
    read -r -t 1 _ </dev/zero || true
done
