# shellcheck shell=bash
# To be sourced.

# install_missing PROGRAM=PACKAGE...: installs the Debian packages of those programs that are not there. From then on
# PATH has the folders of the system's programs, too, which it lacks for users.
install_missing() {
  local pair missing=() become_root=()
  PATH=$PATH:/usr/sbin:/sbin
  for pair; do
    [ -n "$(type -P "${pair%%=*}")" ] || missing+=("${pair#*=}")
  done
  [ ${#missing[@]} -gt 0 ] || return 0

  echo "$0: installing ${missing[*]}" >&2
  [ "$(id -u)" -eq 0 ] || become_root=(sudo)
  if [[ " ${missing[*]} " == *" nginx-light "* && -d /run/systemd/system ]]; then
    # The package would start a server on port 80, now and at every boot; ours are started where they are needed.
    "${become_root[@]}" systemctl mask --quiet nginx.service
    echo "$0: the service nginx stays off until 'systemctl unmask nginx'" >&2
  fi
  "${become_root[@]}" apt-get update -q > /dev/null
  "${become_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -qy --no-install-recommends "${missing[@]}" > /dev/null
}
