#!/usr/bin/env bash
# Measures the daemon against its peers, in one run on this machine. --help says how.
set -euo pipefail
root=$(dirname "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")")

usage() {
  cat << 'USAGE'
Usage: bench/run.sh [OPTIONS]

Measures the daemon against its peers (nginx, a bare Kestrel handler, Python's server, a C program), in turn and on
this machine, and writes latest.md and latest.svg. Installs the peers from Debian's packages.

  --only TEXT     only the benchmarks whose names contain TEXT, such as "GET 1 KB"
  --rounds N      measurements of each contender (5)
  --seconds N     length of each measurement (3)
  --large         also files of gigabytes and a store with a million blobs
  --out DIR       where the results go (bench/.partial)
  --work DIR      where the stores and files are, which is emptied in the end (bench/.work)
  --save          replace the tracked results in bench/results; for whole runs, so not with --only or --out
  --help          this text

  bench/run.sh --rounds 1 --seconds 1 --only "GET 1 KB"    a first look, in two minutes
  bench/run.sh                                             20 minutes, 20 GB of disk
  bench/run.sh --large --save                              45 minutes, 30 GB of disk
USAGE
}

refuse() {
  printf "run.sh: %s\n'bench/run.sh --help' lists the options.\n" "$1" >&2
  exit 2
}

declare -A given=()
switches=()
save=false
while (($# > 0)); do
  name=${1%%=*}
  case $name in
    --help | -h) usage; exit 0 ;;
    --large | --save)
      [[ $1 != *=* ]] || refuse "$name takes no value"
      if [[ $name == --save ]]; then save=true; else switches=("$name"); fi
      shift
      ;;
    --only | --rounds | --seconds | --out | --work)
      if [[ $1 == *=* ]]; then
        value=${1#*=}
        shift
      else
        [[ $# -gt 1 && $2 != --* ]] || refuse "$name needs a value"
        value=$2
        shift 2
      fi
      [[ -n $value ]] || refuse "$name needs a value"
      [[ ! -v given[$name] ]] || refuse "$name is given twice"
      [[ $name != --rounds && $name != --seconds || $value =~ ^[1-9][0-9]{0,5}$ ]] || refuse "$name: '$value' should be a number from 1 to 999999"
      given[$name]=$value
      ;;
    -*) refuse "unknown option: $name" ;;
    *) refuse "unexpected argument: $1" ;;
  esac
done
if $save; then
  for name in --only --out; do
    [[ ! -v given[$name] ]] || refuse "--save replaces the tracked results of a whole run: not with $name"
  done
  given[--out]=$root/bench/results
fi
given[--out]=${given[--out]:-$root/bench/.partial}
work=${given[--work]:-}
[[ ! -e $work || -d $work && -z $(ls -A -- "$work") ]] || refuse "--work: '$work' holds something, and would be emptied"
arguments=("${switches[@]}")
for name in "${!given[@]}"; do arguments+=("$name" "${given[$name]}"); done

# shellcheck source=.ci/packages.sh
source "$root/.ci/packages.sh"
install_missing wrk=wrk nginx=nginx-light curl=curl gcc=build-essential python3=python3 openssl=openssl

export DOTNET_NOLOGO=1 DOTNET_CLI_TELEMETRY_OPTOUT=1
"$root/filestore" --version > /dev/null
dotnet build "$root/bench/FileStore.Bench" --configuration Release --verbosity quiet >&2
exec "$root/bench/FileStore.Bench/bin/Release/net10.0/FileStore.Bench" --root "$root" "${arguments[@]}"
