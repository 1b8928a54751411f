#!/usr/bin/env bash
# Installs FileStore as a systemd service, or removes it again. --help says how.

set -euo pipefail
umask 022
export LC_ALL=C.UTF-8 PATH=$PATH:/usr/sbin:/sbin

here=$(dirname -- "$(readlink -f -- "${BASH_SOURCE[0]}")")
readonly here
readonly launcher=$here/filestore                # builds the program on first use
readonly build=$here/.build/app                  # into this folder
readonly template=$here/filestore.service.template
readonly marker='# FileStore, written by setup_systemd.sh' # how the template begins: by this a unit is known as ours

# The options of `filestore start` that are handed on to the service, in the order they are written.
readonly daemon_options=(home config host port engine tls tls-port log listen buffer store hash durability max-upload cache grace tasks upstream pid-file log-file)

readonly user_pattern='^[a-z_][a-z0-9_-]{0,30}$'

declare -A given=() # what the caller gave of them: name → value
exports=()          # and each --export
switches=()         # and each option that has no value
service_name=filestore user='' prefix=''
assume_yes=false dry_run=false uninstall=false

usage() {
  cat <<'END'
Usage: setup_systemd.sh [OPTIONS]

Installs FileStore as a systemd service: builds it, copies it to /opt, makes a user and folders for it, writes the
unit, enables and starts it. Run again, it upgrades the program and replaces the options. It prints what it is going
to do and asks before it does it.

The service:
  --service_name NAME   name of the unit, with or without .service (filestore)
  --user NAME           system user it runs as, made if need be (the service's name)
  --prefix DIR          where the program is installed (/opt/NAME)

What setup does:
  --yes                 do not ask
  --dry-run             print the unit and change nothing; needs neither root nor systemd
  --uninstall           remove the service and the program; the user, the home and the store stay
  --help                this text

The daemon, as in `filestore start --help`:
  --home DIR            where its relative paths start (/var/lib/NAME)
  --config FILE         configuration (filestore.json in the home, if there)
  --store DIR           the store (store)
  --host ADDRESS        address to listen on (0.0.0.0)
  -p, --port PORT       HTTP port (9000); one below 1024 has to be given here, not in the configuration file
  --tls KIND            HTTPS: off, adhoc, or CERT.pem,KEY.pem (off)
  --tls-port PORT       HTTPS port (9443); the same holds for one below 1024
  --engine NAME         HTTP server for the plain port: httplistener, kestrel (httplistener)
  --listen N            maximum concurrent requests; further ones get 503 (512)
  --buffer BYTES        size of an I/O buffer (131072)
  --max-upload SIZE     largest upload, such as 2GiB (0: any)
  --cache SIZE          memory for small files that are requested often (64MB)
  --grace TIME          how long a file stays once no name points at it, such as 90s, 5m, 1h or 7d (1h)
  --hash KIND           md5, sha1, sha256, sha512 (sha256)
  --durability KIND     fsync, none (fsync)
  --export NAME=DIR     a directory to publish; can be given several times. It has to be there, and the service's user
                        has to be able to read it (and to write it, for /tar and /delete)
  --jobs                allow clients to run shell commands, in the service's sandbox and as its user (requires access
                        tokens or --host 127.0.0.1)
  --tasks FILE          tasks for partners; files that it names outside the home have to be readable to the service's user
  --upstream URL        where valid uploads to /upload1 and /upload2 are forwarded
  --upstream-insecure   do not verify the upstream's certificate
  --log LEVEL           DEBUG, INFO, WARNING, ERROR (INFO)
  --log-file FILE       log (log/server.log)
  --pid-file FILE       PID file (filestore.pid)

A value follows its option as the next word or after "=". Folders of other options than these, if they are in the
configuration file and outside the home, are made writable with `systemctl edit NAME`: the unit says how.

Exit status: 0 done, 1 refused or failed, 2 wrong options or configuration.
END
}

main() {
  parse_options "$@"
  if ! $uninstall; then settle_paths; fi
  if $dry_run; then
    render "$prefix"
    return
  fi

  require_answer
  require_system
  unit=/etc/systemd/system/$service_name.service
  scratch=$(mktemp -d)
  trap 'rm -rf -- "$scratch"' EXIT
  if $uninstall; then remove_service; else install_service; fi
}

# ---- options

parse_options() {
  local name value
  local -A seen=()
  while (($# > 0)); do
    case $1 in
      --help | -h) usage; exit 0 ;;
      --yes) assume_yes=true; shift; continue ;;
      --dry-run) dry_run=true; shift; continue ;;
      --uninstall) uninstall=true; shift; continue ;;
      --jobs | --upstream-insecure)
        [[ " ${switches[*]} " == *" $1 "* ]] || switches+=("$1")
        shift
        continue
        ;;
      --yes=* | --dry-run=* | --uninstall=* | --help=* | --jobs=* | --upstream-insecure=*) refuse "${1%%=*} takes no value" ;;
      -p) name=--port ;;
      --service-name | --service-name=*) name=--service_name ;;
      --?*) name=${1%%=*} ;;
      -?*) refuse "unknown option: $1" ;;
      *) refuse "unexpected argument: $1" ;;
    esac

    [[ $name != *' '* && " service_name user prefix export ${daemon_options[*]} " == *" ${name#--} "* ]] || refuse "unknown option: $name"
    if [[ $1 == *=* ]]; then
      value=${1#*=}
      shift
    elif (($# > 1)) && [[ $2 != --* ]]; then
      value=$2
      shift 2
    else
      refuse "$name needs a value"
    fi
    check_text "$name" "$value"

    [[ $name == --export || ! -v seen[$name] ]] || refuse "$name is given twice"
    seen[$name]=1
    case $name in
      --service_name) service_name=$value ;;
      --user) user=$value ;;
      --prefix) prefix=$value ;;
      --export) exports+=("$value") ;;
      *) given[${name#--}]=$value ;;
    esac
  done

  service_name=${service_name%.service}
  case $service_name in
    *.service | *.socket | *.device | *.mount | *.automount | *.swap | *.target | *.path | *.timer | *.slice | *.scope)
      refuse "--service_name: the name of a service cannot end in .${service_name##*.}: $service_name"
      ;;
  esac
  [[ $service_name =~ ^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$ ]] ||
    refuse "--service_name: a letter or digit, then letters, digits and _ . - only, 64 at most: $service_name"
  if $uninstall; then
    ! $dry_run || refuse "--dry-run shows the unit that would be installed: not with --uninstall"
    return
  fi
  if [[ -z $user && ! $service_name =~ $user_pattern ]]; then
    refuse "--user: the service's name cannot be a user's name; give one with --user: $service_name"
  fi
  user=${user:-$service_name}
  [[ $user =~ $user_pattern ]] ||
    refuse "--user: a letter, then small letters, digits and _ - only, 31 at most: $user"
  [[ $user != root ]] || refuse "--user: the service does not run as root"
  prefix=${prefix:-/opt/$service_name}
  [[ $prefix =~ ^/[A-Za-z0-9_./-]+$ ]] ||
    refuse "--prefix: an absolute path of letters, digits and _ . - only: $prefix"
}

check_text() { # name, value
  [[ -n $2 ]] || refuse "$1 needs a value"
  iconv -f UTF-8 -t UTF-8 <<<"$2" &>/dev/null || refuse "$1: not UTF-8"
  [[ $2 != *[[:cntrl:]]* ]] || refuse "$1: a unit cannot hold control characters or line breaks"
}

refuse() {
  fail "$1" 2
}

fail() { # message, exit status
  printf 'setup_systemd.sh: %s\n' "$1" >&2
  exit "${2:-1}"
}

note() {
  printf 'note: %s\n' "$1" >&2
}

# ---- paths: what the service writes, and what it has to see

folders=()  # all that must be there, the home first
writable=() # those of them that are in none before them
runtime=()  # folders in /run, which systemd makes anew at each start
home='' dotnet_root='' protect_home=yes
shown_writable=() shown_read_only=() # folders and files that the service is shown of /home, /root and /run/user

settle_paths() {
  prefix=$(realpath -m -- "$prefix")
  given[home]=$(realpath -ms -- "${given[home]:-/var/lib/$service_name}")
  [[ ${given[home]} != *[\ \\] && ${given[home]} != *:* ]] ||
    refuse "--home: a service's home cannot contain a colon, or end in a blank or a backslash"
  home=$(from_home .)

  add_writable --home "$home"
  add_writable --store "$(from_home "${given[store]:-store}")"
  local option
  for option in log-file pid-file; do
    if [[ -v given[$option] ]]; then add_writable "--$option" "$(dirname -- "$(from_home "${given[$option]}")")"; fi
  done
  for option in "${exports[@]}"; do add_exported "$(from_home "${option#*=}")"; done
  local -A read_files
  read_files[config]=$(from_home "${given[config]:-filestore.json}")
  if [[ -v given[tasks] ]]; then read_files[tasks]=$(from_home "${given[tasks]}"); fi
  for option in "${!read_files[@]}"; do
    if in_any "${read_files[$option]}" /tmp /var/tmp; then
      refuse "--$option: the service has a /tmp of its own and does not see ${read_files[$option]}"
    fi
  done

  find_dotnet
  find_certificate
  settle_home_protection "${read_files[@]}"
}

certificate=() # the folders of the certificate and its key, as they are named and as they are

find_certificate() {
  local file
  local -a files
  IFS=, read -ra files <<<"${given[tls]:-}"
  ((${#files[@]} == 2)) || return 0
  for file in "${files[@]}"; do
    [[ $file == /* ]] || file=${given[home]}/$file
    if in_any "$file" /tmp /var/tmp; then refuse "--tls: the service has a /tmp of its own and does not see $file"; fi
    certificate+=("$(dirname -- "$(realpath -ms -- "$file")")" "$(dirname -- "$(realpath -m -- "$file")")")
  done
  note "--tls: the service's user $user has to be able to read ${files[1]} (setfacl -m u:$user:r FILE lets it)"
}

# "yes" unless something that the service needs is in a home directory.
settle_home_protection() { # files that the daemon reads
  local path
  for path in "${writable[@]}"; do
    if in_homes "$path"; then shown_writable+=("$path"); fi
  done
  for path in "$@" "$prefix" "$dotnet_root" "${certificate[@]}"; do
    if in_homes "$path" && ! in_any "$path" "${shown_writable[@]}" "${shown_read_only[@]}"; then shown_read_only+=("$path"); fi
  done

  local -a shown=("${shown_writable[@]}" "${shown_read_only[@]}")
  ((${#shown[@]} > 0)) || return 0
  protect_home=tmpfs
  note "ProtectHome=tmpfs instead of yes: of the home directories the service sees only $(words "${shown[@]}")"
}

# The path as the daemon reads it, from its home, with symbolic links followed.
from_home() {
  local path=$1
  [[ $path == /* ]] || path=${given[home]}/$path
  realpath -m -- "$(realpath -ms -- "$path")"
}

add_writable() { # option, folder
  local option=$1 folder=$2
  if [[ ${folder:-/} == / ]] || in_any "$folder" /tmp /var/tmp /dev /proc /sys /run/user; then
    refuse "$option: a service cannot keep its files in $folder"
  elif below "$folder" "$prefix" || below "$prefix" "$folder"; then
    refuse "$option: $folder and the program's folder $prefix must not contain each other, as each upgrade replaces the latter"
  elif [[ $folder == /run/* && $option == --*-file ]]; then
    runtime+=("${folder#/run/}")
  elif below "$folder" /run; then
    refuse "$option: $folder is emptied when the machine stops; a PID file may be in a folder of its own in /run"
  else
    folders+=("$folder")
    if ! in_any "$folder" "${writable[@]}"; then writable+=("$folder"); fi
  fi
}

# A directory that is there already, and somebody else's: it is made writable to the service, and left as it is.
add_exported() { # directory
  if [[ ${1:-/} == / ]] || in_any "$1" /tmp /var/tmp /dev /proc /sys /run; then
    refuse "--export: the service cannot publish $1"
  fi
  if ! in_any "$1" "${writable[@]}"; then writable+=("$1"); fi
}

# Sets dotnet_root to the folder of the runtime, so that the service finds the same one as the build.
find_dotnet() {
  local program
  if [[ -n ${DOTNET_ROOT:-} ]]; then
    dotnet_root=$(realpath -m -- "$DOTNET_ROOT")
  elif program=$(command -v dotnet) && program=$(realpath -m -- "$program") && [[ -d ${program%/*}/host/fxr ]]; then
    dotnet_root=${program%/*}
  else
    dotnet_root=$(default_dotnet)
  fi
  check_text DOTNET_ROOT "$dotnet_root"
}

# Where a program built for .NET looks by itself.
default_dotnet() {
  local place=/usr/share/dotnet
  if [[ -r /etc/dotnet/install_location ]]; then
    read -r place </etc/dotnet/install_location || true
  elif [[ ! -d $place && -d /usr/lib/dotnet ]]; then
    place=/usr/lib/dotnet
  fi
  realpath -m -- "$place"
}

below() { # path, folder: is it the folder, or in it?
  [[ $1 == "$2" || $1 == "${2%/}"/* ]]
}

in_any() { # path, folders…
  local path=$1 folder
  for folder in "${@:2}"; do
    if below "$path" "$folder"; then return 0; fi
  done
  return 1
}

in_homes() {
  in_any "$1" "$(realpath -m /home)" "$(realpath -m /root)" /run/user
}

# ---- the unit

# Prints the template with every @PLACEHOLDER@ filled in, for a program in the given folder.
# A setting without a value is left out.
render() { # program's folder
  local -A values=(
    [SERVICE_NAME]=$service_name
    [USER]=$user
    [HOME]=${given[home]//"%"/"%%"}
    [EXEC_START]=$(command_line "$1")
    [WRITABLE_FOLDERS]=$(words "${writable[@]}")
    [RUNTIME_FOLDERS]=$(words "${runtime[@]}")
    [PROTECT_HOME]=$protect_home
    [SHOWN_WRITABLE]=$(words "${shown_writable[@]}")
    [SHOWN_READ_ONLY]=$(words "${shown_read_only[@]}")
    [CAPABILITIES]=$(capabilities)
    [DOTNET_ROOT]=$(if [[ $dotnet_root != "$(default_dotnet)" ]]; then words "DOTNET_ROOT=$dotnet_root"; fi)
  )
  local line filled placeholder
  while IFS= read -r line; do
    if [[ $line =~ ^[A-Za-z]+=@([A-Z_]+)@$ && -z ${values[${BASH_REMATCH[1]}]} ]]; then continue; fi
    filled=''
    while [[ $line =~ @([A-Z_]+)@ ]]; do
      placeholder=${BASH_REMATCH[0]}
      filled+=${line%%"$placeholder"*}${values[${BASH_REMATCH[1]}]}
      line=${line#*"$placeholder"}
    done
    printf '%s\n' "$filled$line"
  done <"$template"
}

command_line() { # program's folder
  local -a arguments
  mapfile -t arguments < <(daemon_arguments)
  # In a command line a $ begins a variable; doubled, it is itself.
  words "$1/filestore" run "${arguments[@]//\$/\$\$}"
}

# One argument a line, for the service as for `check`.
daemon_arguments() {
  local option
  for option in "${daemon_options[@]}"; do
    if [[ -v given[$option] ]]; then printf -- '--%s=%s\n' "$option" "${given[$option]}"; fi
  done
  if ((${#exports[@]} > 0)); then printf -- '--export=%s\n' "${exports[@]}"; fi
  if ((${#switches[@]} > 0)); then printf '%s\n' "${switches[@]}"; fi
}

# Words of a unit file as systemd.syntax(7) wants them: specifiers (%), quotes and backslashes escaped.
words() {
  local word separator=''
  for word in "$@"; do
    word=${word//"\\"/"\\\\"}
    word=${word//'"'/'\"'}
    word=${word//"%"/"%%"}
    [[ $word =~ ^[A-Za-z0-9_./%=-]+$ ]] || word="\"$word\""
    printf '%s%s' "$separator" "$word"
    separator=' '
  done
}

capabilities() {
  local port
  for port in "${given[port]:-9000}" "${given[tls-port]:-9443}"; do
    if [[ $port =~ ^0*[1-9][0-9]{0,3}$ ]] && ((10#$port < 1024)); then
      echo CAP_NET_BIND_SERVICE
      return
    fi
  done
}

# ---- the system

require_answer() {
  $assume_yes || [[ -t 0 ]] ||
    fail "there is no terminal to ask on: give --yes to go ahead, or --dry-run to see the unit"
}

require_system() {
  ((EUID == 0)) || fail "setting up a service takes root: run it with sudo, or see the unit with --dry-run"
  [[ -d /run/systemd/system ]] || fail "systemd does not run this machine: start the daemon with ./filestore start"
}

install_service() {
  build_program
  check_configuration
  refuse_foreign_unit
  refuse_foreign_program
  refuse_foreign_user
  refuse_foreign_folders
  verify_unit
  render "$prefix" >"$scratch/unit"

  local kind=new
  if user_exists; then kind=existing; fi
  steps=announce
  echo "FileStore will be installed as $unit, run by the $kind user $user, at home in $home:"
  install_steps
  ask
  steps=take
  install_steps

  echo
  systemctl --no-pager --lines=0 status "$service_name.service" || true
  print_next
}

install_steps() {
  local group=$user folder
  if user_exists; then
    group=$(id -gn -- "$user")
  else
    step useradd --system --user-group --no-create-home --home-dir "$home" --shell /usr/sbin/nologin "$user"
  fi
  for folder in "${folders[@]}"; do
    if [[ ! -d $folder ]]; then step install -d -m 0750 -o "$user" -g "$group" -- "$folder"; fi
  done

  # The new program is made ready beside the old one, and they change places while the service stands still: a daemon
  # that still ran would load from the new one what it had not loaded yet.
  local parent new old
  parent=$(dirname -- "$prefix")
  new=$parent/.${prefix##*/}.new
  old=$parent/.${prefix##*/}.old
  step rm -rf -- "$new" "$old"
  step mkdir -p -- "$parent"
  step cp -R -- "$build" "$new"
  step chmod -R u=rwX,go=rX -- "$new"
  if [[ -e $unit ]]; then step systemctl stop "$service_name.service"; fi
  if [[ -d $prefix ]]; then step mv -T -- "$prefix" "$old"; fi
  step mv -T -- "$new" "$prefix"
  step rm -rf -- "$old"

  step install -m 0644 -- "$scratch/unit" "$unit"
  step systemctl daemon-reload
  step systemctl enable "$service_name.service"
  step systemctl start "$service_name.service" || explain_failed_start
}

remove_service() {
  [[ -e $unit ]] || fail "there is no service $service_name: $unit does not exist"
  refuse_foreign_unit
  user=$(unit_setting User)
  home=$(unit_setting WorkingDirectory)
  home=${home//"%%"/"%"}
  prefix=$(unit_setting ExecStart)
  prefix=${prefix%%/filestore run *}

  steps=announce
  echo "The service $service_name will be removed; the user $user, the home $home and the store stay:"
  uninstall_steps
  ask
  steps=take
  uninstall_steps
}

uninstall_steps() {
  step systemctl disable --now "$service_name.service"
  step rm -f -- "$unit"
  step systemctl daemon-reload
  if [[ -f $prefix/filestore.dll ]]; then step rm -rf -- "$prefix"; fi
}

steps='' # announce: print the commands; take: run them
step() {
  if [[ $steps == take ]]; then
    "$@"
  else
    local word line=''
    for word in "$@"; do
      [[ $word =~ ^[A-Za-z0-9_./:,=-]+$ ]] || printf -v word %q "$word"
      line+=" $word"
    done
    printf ' %s\n' "$line"
  fi
}

ask() {
  local answer=''
  if $assume_yes; then return; fi
  read -r -p 'Proceed? [y/N] ' answer || true
  [[ $answer == [yY] || $answer == [yY][eE][sS] ]] || fail "nothing was changed"
}

# As the owner of the checkout, who is then able to build again.
build_program() {
  [[ -x $launcher ]] || fail "$launcher is not there: run the setup from the project's folder"
  local -a as_owner=()
  local owner
  owner=$(stat -c %U -- "$here")
  if [[ $owner != root && $owner != UNKNOWN ]]; then
    as_owner=(runuser -u "$owner" -- env "HOME=$(getent passwd "$owner" | cut -d: -f6)")
  fi
  "${as_owner[@]}" "$launcher" --version >&2 || fail "the program could not be built"
  [[ -x $build/filestore ]] || fail "$build/filestore is not there after the build"
}

# The daemon reads its options as it will in the service: without the caller's environment.
check_configuration() {
  local -a arguments
  local status=0
  mapfile -t arguments < <(daemon_arguments)
  env -i PATH="$PATH" DOTNET_ROOT="$dotnet_root" "$build/filestore" check "${arguments[@]}" >&2 || status=$?
  ((status != 2)) || fail "the options or the configuration are faulty; nothing was changed" 2
  ((status == 0)) || fail "the options could not be checked; nothing was changed"
}

refuse_foreign_unit() {
  local place
  for place in /etc /run /usr/local/lib /usr/lib /lib; do
    place=$place/systemd/system/$service_name.service
    [[ ! -e $place ]] || head -n 1 -- "$place" | grep -qF "$marker" ||
      fail "$place is another program's: choose a --service_name"
  done
}

refuse_foreign_program() {
  ! in_any "$prefix" /tmp /var/tmp /run || fail "a service cannot have its program in $prefix: choose another --prefix"
  [[ ! -e $prefix || -f $prefix/filestore.dll ]] ||
    fail "$prefix exists and is not FileStore: choose a --prefix"
}

refuse_foreign_user() {
  user_exists || ! getent group -- "$user" >/dev/null ||
    fail "there is no user $user but a group of that name, whose rights the service would get: choose a --user"
}

user_exists() {
  id -- "$user" &>/dev/null
}

# What is there already keeps its owner.
refuse_foreign_folders() {
  local folder
  for folder in "${folders[@]}"; do
    if [[ ! -e $folder || $(stat -c %U -- "$folder") == "$user" ]]; then continue; fi
    runuser -u "$user" -- test -d "$folder" -a -w "$folder" -a -x "$folder" 2>/dev/null ||
      fail "$folder exists and is not a folder that $user may write to: give it to $user with chown, or choose another --user"
  done
}

# The unit as it will be, for a program in a place that exists already.
verify_unit() {
  command -v systemd-analyze >/dev/null || return 0
  local draft=$scratch/$service_name.service report
  mkdir "$scratch/program"
  cp -- "$build/filestore" "$scratch/program/"
  render "$scratch/program" >"$draft"
  if ! report=$(systemd-analyze verify "$draft" 2>&1) || [[ $report == *"$service_name.service"* ]]; then
    fail "systemd does not accept the unit; nothing was changed"$'\n'"$report"
  fi
}

explain_failed_start() {
  journalctl --no-pager --lines=20 --unit "$service_name.service" >&2 || true
  fail "the service is installed and did not start: the lines above are from its log"
}

unit_setting() { # name
  sed -n "s/^$1=//p" "$unit" | head -n 1
}

print_next() {
  local -a daemon=(runuser -u "$user" --)
  local -a place=("--home=${given[home]}")
  if [[ $dotnet_root != "$(default_dotnet)" ]]; then daemon+=(env "DOTNET_ROOT=$dotnet_root"); fi
  if [[ -v given[pid-file] ]]; then place+=("--pid-file=${given[pid-file]}"); fi
  daemon+=("$prefix/filestore")

  steps=announce
  echo
  echo "Next: see where it serves, and follow its log:"
  step "${daemon[@]}" status "${place[@]}"
  step journalctl --follow --unit "$service_name.service"
}

main "$@"
