# Sourced by start.sh and tests/run.sh: packages of a Debian-like system.

# Installs those of the packages that are not there.
install_packages() {
    local package missing=() as_root=
    for package in "$@"; do
        dpkg -s "$package" 2>/dev/null | grep -q '^Status: install ok installed' || missing+=("$package")
    done
    if [ ${#missing[@]} = 0 ]; then
        echo "already there: $*"
        return
    fi
    if ! command -v apt-get >/dev/null; then
        echo "error: this system has no apt-get; install the equivalents of: ${missing[*]}" >&2
        exit 1
    fi
    echo "installing: ${missing[*]}"
    [ "$(id -u)" = 0 ] || as_root=sudo
    $as_root apt-get update -qq
    $as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
}
