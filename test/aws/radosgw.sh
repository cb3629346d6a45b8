#!/bin/bash
# Ceph's S3 server, on this machine alone: a monitor, one storage daemon in memory, and the gateway. For the tests that want a
# real S3 server: they run where VITCX_TEST_S3 names one.
#
#   test/aws/radosgw.sh install          Debian's packages (as root)
#   test/aws/radosgw.sh start DIR [PORT] in the background; prints the variables that the tests want
#   test/aws/radosgw.sh stop DIR
set -euo pipefail

install() {
  apt-get update -qq
  apt-get install -y -qq --no-install-recommends ceph-mon ceph-osd radosgw ceph-common
}

start() {
  local dir=$1 port=$2 monitor_port=$(($2 + 1)) fsid osd
  fsid=$(cat /proc/sys/kernel/random/uuid)
  osd=$(cat /proc/sys/kernel/random/uuid)
  mkdir -p "$dir"/{monitor,osd,run}
  configuration "$dir" "$port" "$monitor_port" "$fsid" >"$dir/ceph.conf"
  local with=(-c "$dir/ceph.conf")
  {
    monmaptool --create --addv a "[v1:127.0.0.1:$monitor_port]" --fsid "$fsid" "$dir/monmap"
    ceph-mon "${with[@]}" --mkfs -i a --monmap "$dir/monmap"
    ceph-mon "${with[@]}" -i a
    timeout 60 ceph "${with[@]}" osd new "$osd"
    ceph-osd "${with[@]}" -i 0 --mkfs --osd-uuid "$osd"
    ceph-osd "${with[@]}" -i 0
    timeout 60 radosgw-admin "${with[@]}" user create --uid=test --display-name=test --access-key=test --secret-key=testsecret
    radosgw -n client.gateway "${with[@]}"
  } >>"$dir/run/start.log" 2>&1 || { cat "$dir/run/start.log" >&2; exit 1; }
  for _ in $(seq 600); do
    if (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null; then
      echo "export VITCX_TEST_S3=http://127.0.0.1:$port AWS_ACCESS_KEY_ID=test AWS_SECRET_ACCESS_KEY=testsecret AWS_REGION=us-east-1"
      return
    fi
    sleep 0.1
  done
  echo "The gateway does not listen on port $port; see $dir/run." >&2
  exit 1
}

configuration() {
  cat <<CONF
[global]
fsid = $4
mon_initial_members = a
mon_host = v1:127.0.0.1:$3
ms_bind_msgr2 = false
public_addr = 127.0.0.1
cluster_addr = 127.0.0.1
auth_cluster_required = none
auth_service_required = none
auth_client_required = none
osd_pool_default_size = 1
osd_pool_default_min_size = 1
mon_allow_pool_size_one = true
osd_pool_default_pg_num = 1
osd_pool_default_pgp_num = 1
osd_pool_default_pg_autoscale_mode = off
osd_crush_chooseleaf_type = 0
osd_objectstore = memstore
memstore_device_bytes = 1073741824
mon_data = $1/monitor
mon_data_avail_warn = 1
mon_data_avail_crit = 1
paxos_propose_interval = 0.05
osd_data = $1/osd
osd_journal = $1/osd/journal
keyring = $1/keyring
pid_file = $1/run/\$name.pid
admin_socket = $1/run/\$name.asok
log_file = $1/run/\$name.log

[client.gateway]
rgw_frontends = beast endpoint=127.0.0.1:$2 tcp_nodelay=1
CONF
}

stop() {
  for file in "$1"/run/*.pid; do
    kill "$(cat "$file")" || true
  done
}

case ${1:-} in
  install) install ;;
  start) start "${2:?the folder for its data}" "${3:-4590}" ;;
  stop) stop "${2:?the folder of its data}" ;;
  *) sed -n 's/^#   //p' "$0"; exit 2 ;;
esac
