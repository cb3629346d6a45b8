#!/usr/bin/env bash
# Builds images from Dockerfiles without Docker and without a container registry, and starts what is in them: buildah in chroot isolation,
# on stand-ins of the public base images, which are Debian from debootstrap and Node from npm. As root.
#
#   images.sh install                                       installs buildah, debootstrap, tini and docker-compose from Debian
#   images.sh bases FOLDER                                  makes the base images; FOLDER keeps all images, and is used again if it has them
#   images.sh build FOLDER DOCKERFILE TARGET TAG [CONTEXT]  builds a stage of a Dockerfile
#   images.sh open FOLDER TAG                               prints the name of a new container, its files' folder and its configuration
#   images.sh start ROOT USER ro|rw INIT [FROM:TO …] -- COMMAND…
#                                                           starts a command as process 1 (INIT: the program that is process 1 instead of it, or "")
#                                                           with ROOT as its file system; the folders FROM are at TO in it
#   images.sh remove FOLDER
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
action=$1
shift

b() { buildah --root "$folder/root" --runroot "$folder/run" --storage-driver "$(cat "$folder/driver")" "$@"; }

bases() {
  mkdir -p "$folder"
  if [ -e "$folder/ready" ]; then
    # Containers of an earlier run.
    b umount --all >/dev/null && b rm --all >/dev/null
    return
  fi
  # Copying whole trees for each layer is slow, but works where one overlay cannot lie upon another.
  echo overlay >"$folder/driver"
  b from --name probe scratch >"$folder/driver.log" 2>&1 && b mount probe >>"$folder/driver.log" 2>&1 || echo vfs >"$folder/driver"
  echo "storage driver: $(cat "$folder/driver")"

  debootstrap --variant=minbase bookworm "$folder/system" >"$folder/debootstrap.log"
  rm -rf "$folder"/system/var/cache/apt/archives/*.deb "$folder"/system/var/lib/apt/lists/*
  # Where this machine reaches npm's registry through certificates of its own, the build does, too.
  install -D -m 644 "${NODE_EXTRA_CA_CERTS:-/etc/ssl/certs/ca-certificates.crt}" "$folder/system/etc/ssl/certs/machine.crt"
  commit system 'docker.io/nvidia/cuda:13.0.3-cudnn-runtime-ubuntu24.04'

  npm install --prefix "$folder/node" --ignore-scripts=false --no-save --prefer-offline node@24 >/dev/null
  install -D "$(find "$folder/node" -path '*/bin/node' -type f | head -n 1)" "$folder/system/usr/local/bin/node"
  local npm
  npm=$(dirname "$(dirname "$(readlink -f "$(command -v npm)")")")
  mkdir -p "$folder/system/usr/local/lib/node_modules"
  cp -r "$npm" "$folder/system/usr/local/lib/node_modules/npm"
  ln -sf ../lib/node_modules/npm/bin/npm-cli.js "$folder/system/usr/local/bin/npm"
  ln -sf ../lib/node_modules/npm/bin/npx-cli.js "$folder/system/usr/local/bin/npx"
  commit system docker.io/library/node:24-bookworm-slim --env NODE_EXTRA_CA_CERTS=/etc/ssl/certs/machine.crt

  install -D -m 755 "$here/lambda-bootstrap.mjs" "$folder/system/var/runtime/bootstrap.mjs"
  commit system public.ecr.aws/lambda/nodejs:24 --env LAMBDA_TASK_ROOT=/var/task \
    --entrypoint '["/usr/local/bin/node", "/var/runtime/bootstrap.mjs"]'
  rm -rf "$folder/system" "$folder/node"
  touch "$folder/ready"
}

# The folder $folder/$1 as the image $2, with the configuration that follows.
commit() {
  local container
  container=$(b from scratch)
  b add -q "$container" "$folder/$1" / >/dev/null
  b config "${@:3}" "$container"
  b commit -q "$container" "$2" >/dev/null
  b rm "$container" >/dev/null
}

build() {
  local dockerfile=$1 target=$2 tag=$3 context=${4:-.} cache
  cache=$(npm config get cache)
  mkdir -p "$cache"
  b bud --isolation chroot --pull-never --network host --layers --format docker --volume "$cache:/root/.npm" \
    --ignorefile "${VITCX_IGNOREFILE:-$dockerfile.dockerignore}" -f "$dockerfile" --target "$target" -t "$tag" "$context"
}

open() {
  local container
  container=$(b from --pull-never "localhost/$1")
  echo "$container"
  b mount "$container"
  b inspect --type container "$container"
}

start() {
  local root=$1 user=$2 access=$3 init=$4
  shift 4
  hostname "container-$$-$RANDOM$RANDOM"
  mount --make-rprivate /
  # One mount of its own, so that it can be made read-only without the mounts beneath it.
  mount --bind "$root" "$root"
  mount --rbind /dev "$root/dev"
  mount -t proc proc "$root/proc"
  mount -t tmpfs -o mode=1777 tmpfs "$root/tmp"
  while [ "$1" != -- ]; do
    mkdir -p "$root${1#*:}"
    mount --bind "${1%%:*}" "$root${1#*:}"
    shift
  done
  shift
  if [ -n "$init" ]; then
    touch "$root/tmp/.init"
    mount --bind "$init" "$root/tmp/.init"
    set -- /tmp/.init -- "$@"
  fi
  [ "$access" = rw ] || mount -o remount,bind,ro "$root"
  exec chroot --userspec="$user" "$root" "$@"
}

remove() {
  [ -e "$folder/driver" ] || return 0
  b umount --all >/dev/null 2>&1 || true
  b rm --all >/dev/null 2>&1 || true
  rm -rf "$folder"
}

case $action in
  install)
    apt-get update
    apt-get install --yes --no-install-recommends buildah debootstrap tini docker-compose
    ;;
  start) start "$@" ;;
  bases | build | open | remove)
    folder=$(mkdir -p "$1" && cd "$1" && pwd)
    shift
    "$action" "$@"
    ;;
  *)
    echo "Expected install, bases, build, open, start or remove, got $action" >&2
    exit 2
    ;;
esac
