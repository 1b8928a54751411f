#!/usr/bin/env bash
# Runs every test. --help says how.
set -euo pipefail
cd "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")"

filter='TestCategory!=Long'
arguments=()
for argument; do
  case $argument in
    --help | -h)
      cat << 'USAGE'
Usage: ./test.sh [--long] [ARGUMENTS...]

Runs the tests on a machine that has the .NET 10 SDK; installs whatever else they need from Debian's packages.
Some tests need root; without it they are reported as skipped.

  ./test.sh                           all but the long ones (minutes)
  ./test.sh --long                    only the long ones: hundreds of crashes and power cuts (an hour)
  ./test.sh --filter UploadStories    further arguments go to `dotnet test`
USAGE
      exit 0
      ;;
    --long) filter='TestCategory=Long' ;;
    *) arguments+=("$argument") ;;
  esac
done
[[ " ${arguments[*]} " == *" --filter"[\ =]* ]] || arguments+=(--filter "$filter")

# shellcheck source=.ci/packages.sh
source .ci/packages.sh
install_missing curl=curl wget=wget strace=strace shellcheck=shellcheck systemd-analyze=systemd mkfs.ext4=e2fsprogs \
  mount=mount losetup=mount prlimit=util-linux setpriv=util-linux script=bsdutils useradd=passwd kill=procps git=git \
  openssl=openssl ip=iproute2 unshare=util-linux nsenter=util-linux nginx=nginx-light unzip=unzip file=file bsdtar=libarchive-tools

export DOTNET_NOLOGO=1 DOTNET_CLI_TELEMETRY_OPTOUT=1
./filestore --version > /dev/null # the tests run the program as a user does
exec dotnet test FileStore.sln "${arguments[@]}"
