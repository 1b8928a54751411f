#!/usr/bin/env bash
# Measures the daemon against its peers, in one run on this machine, and writes bench/results/latest.md and latest.svg.
#   bench/run.sh                     five rounds of three seconds for each of them (some 40 minutes)
#   bench/run.sh --large             also files of gigabytes and a store with a million blobs (an hour, 15 GB of disk)
#   bench/run.sh --rounds 1 --seconds 1 --only "GET 1 KB"
set -euo pipefail
root=$(dirname "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")")

declare -A package_of=([wrk]=wrk [nginx]=nginx-light [curl]=curl [gcc]=gcc [python3]=python3 [openssl]=openssl)
missing=()
PATH=$PATH:/usr/sbin:/sbin
for tool in "${!package_of[@]}"; do
  [ -n "$(type -P "$tool")" ] || missing+=("${package_of[$tool]}")
done
if [ ${#missing[@]} -gt 0 ]; then
  echo "bench/run.sh: installing ${missing[*]}" >&2
  become_root=()
  [ "$(id -u)" -eq 0 ] || become_root=(sudo)
  "${become_root[@]}" apt-get update -q > /dev/null
  "${become_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -qy --no-install-recommends "${missing[@]}" libc6-dev > /dev/null
fi

export DOTNET_NOLOGO=1 DOTNET_CLI_TELEMETRY_OPTOUT=1
"$root/filestore" --version > /dev/null
dotnet build "$root/bench/FileStore.Bench" --configuration Release --verbosity quiet >&2
exec "$root/bench/FileStore.Bench/bin/Release/net10.0/FileStore.Bench" --root "$root" "$@"
