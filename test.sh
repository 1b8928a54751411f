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
Usage: ./test.sh [--quick | --long] [ARGUMENTS...]

Runs the tests on a machine that has the .NET 10 SDK; installs whatever else they need from Debian's packages.
Some tests need root; without it they are reported as skipped. The slowest ones are listed at the end.

  ./test.sh                           all but the long ones (minutes)
  ./test.sh --quick                   the unit tests, and some of those that ask the daemon or run it (a minute)
  ./test.sh --long                    only the long ones: hundreds of crashes and power cuts (an hour)
  ./test.sh --filter UploadStories    further arguments go to `dotnet test`
USAGE
      exit 0
      ;;
    --quick)
      filter='TestCategory!=Long&(TestCategory=Quick'
      for folder in Core Daemon Contracts Rules; do filter+="|FullyQualifiedName~FileStore.Tests.$folder."; done
      filter+=')'
      ;;
    --long) filter='TestCategory=Long' ;;
    *) arguments+=("$argument") ;;
  esac
done
[[ " ${arguments[*]} " == *" --filter"[\ =]* ]] || arguments+=(--filter "$filter")

# The tests that took longest, as the file of results has them.
show_slowest() {
  echo "The slowest tests, in seconds:"
  awk '
    function value(name) { return match($0, " " name "=\"[^\"]*") ? substr($0, RSTART + length(name) + 3, RLENGTH - length(name) - 3) : "" }
    /<UnitTestResult / { split(value("duration"), time, ":"); count++
      test[count] = value("testId"); name[count] = value("testName"); seconds[count] = time[1] * 3600 + time[2] * 60 + time[3] }
    /<UnitTest / { id = value("id") }
    /<TestMethod / { class[id] = value("className"); sub(/^FileStore\.Tests\./, "", class[id]) }
    END { for (i = 1; i <= count; i++) printf "%7.1f %s: %s\n", seconds[i], class[test[i]], name[i] }
  ' "$1" | sort -rn | sed -e 's/&quot;/"/g; s/&lt;/</g; s/&gt;/>/g; s/&amp;/\&/g' -e 20q | cut -c 1-160
}

# shellcheck source=.ci/packages.sh
source .ci/packages.sh
install_missing curl=curl wget=wget strace=strace shellcheck=shellcheck systemd-analyze=systemd mkfs.ext4=e2fsprogs \
  mount=mount losetup=mount prlimit=util-linux setpriv=util-linux script=bsdutils useradd=passwd kill=procps git=git \
  openssl=openssl ip=iproute2 unshare=util-linux nsenter=util-linux nginx=nginx-light unzip=unzip file=file bsdtar=libarchive-tools

export DOTNET_NOLOGO=1 DOTNET_CLI_TELEMETRY_OPTOUT=1
./filestore --version > /dev/null & # the tests run the program as it is built for users
program=$!
dotnet build FileStore.sln --verbosity quiet
wait "$program"

results=.build/tests
rm -rf "$results"
status=0
# What runs for minutes and once need not be compiled twice.
DOTNET_TieredPGO=0 DOTNET_TC_CallCountThreshold=1000 dotnet test FileStore.sln --no-build --results-directory "$results" --logger 'trx;LogFileName=last.trx' "${arguments[@]}" || status=$?
[ ! -e "$results/last.trx" ] || show_slowest "$results/last.trx" || :
exit "$status"
