#!/usr/bin/env bash
# Measures the daemon against its peers, in one run on this machine, and writes bench/results/latest.md and latest.svg.
#   bench/run.sh                     five rounds of three seconds for each of them (20 minutes, 20 GB of disk)
#   bench/run.sh --large             also files of gigabytes and a store with a million blobs (45 minutes, 30 GB of disk)
#   bench/run.sh --rounds 1 --seconds 1 --only "GET 1 KB"   into bench/.partial
set -euo pipefail
root=$(dirname "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")")

# shellcheck source=.ci/packages.sh
source "$root/.ci/packages.sh"
install_missing wrk=wrk nginx=nginx-light curl=curl gcc=build-essential python3=python3 openssl=openssl

export DOTNET_NOLOGO=1 DOTNET_CLI_TELEMETRY_OPTOUT=1
"$root/filestore" --version > /dev/null
dotnet build "$root/bench/FileStore.Bench" --configuration Release --verbosity quiet >&2
exec "$root/bench/FileStore.Bench/bin/Release/net10.0/FileStore.Bench" --root "$root" "$@"
