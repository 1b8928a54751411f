#!/usr/bin/env bash
# Runs every test on a machine that has the .NET 10 SDK; what else the tests need comes from Debian's packages.
#   ./test.sh            all but the long ones (some minutes)
#   ./test.sh --long     the long ones alone: hundreds of crashes and power cuts (an hour)
#   ./test.sh ARGS...    further arguments go to `dotnet test`, e.g. --filter UploadStories
set -euo pipefail
cd "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")"

# shellcheck source=.ci/packages.sh
source .ci/packages.sh
install_missing curl=curl wget=wget strace=strace shellcheck=shellcheck systemd-analyze=systemd mkfs.ext4=e2fsprogs \
  mount=mount losetup=mount prlimit=util-linux setpriv=util-linux script=bsdutils useradd=passwd kill=procps git=git \
  openssl=openssl ip=iproute2 unshare=util-linux nsenter=util-linux nginx=nginx-light unzip=unzip file=file bsdtar=libarchive-tools

filter='TestCategory!=Long'
if [ "${1:-}" = --long ]; then
  filter='TestCategory=Long'
  shift
fi
arguments=("$@")
[[ " $* " == *" --filter "* ]] || arguments+=(--filter "$filter")

export DOTNET_NOLOGO=1 DOTNET_CLI_TELEMETRY_OPTOUT=1
./filestore --version > /dev/null # the tests run the program as a user does
exec dotnet test FileStore.sln "${arguments[@]}"
