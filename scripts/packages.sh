# Sourced by scripts/run and scripts/test: installs the system packages that are missing, and does nothing where none is.
# Knows apt (Debian, Ubuntu), dnf (Fedora) and pacman (Arch). Elsewhere it names what is needed and goes on.

# need FILE_OR_COMMAND... : true if every one is there (a command on PATH, or a path).
have() {
    for thing in "$@"; do
        case "$thing" in
            /*) ls $thing >/dev/null 2>&1 || return 1 ;;
            *) command -v "$thing" >/dev/null 2>&1 || return 1 ;;
        esac
    done
}

# missing GROUP : prints the packages of a group that are not installed, for this system's package manager.
# Columns: apt, dnf, pacman; "-" where the package is part of another one there.
packages_of() {
    case "$1" in
        build) cat <<TABLE
gcc gcc gcc
g++ gcc-c++ -
make make make
pkg-config pkgconf-pkg-config pkgconf
libasound2-dev alsa-lib-devel alsa-lib
nasm nasm nasm
TABLE
            ;;
        play) cat <<TABLE
mesa-vulkan-drivers mesa-vulkan-drivers vulkan-swrast
libvulkan1 vulkan-loader vulkan-icd-loader
libxkbcommon-x11-0 libxkbcommon-x11 libxkbcommon-x11
libxcursor1 libXcursor libxcursor
libxi6 libXi libxi
libxrandr2 libXrandr libxrandr
libx11-xcb1 libX11-xcb libx11
TABLE
            ;;
        test) cat <<TABLE
xvfb xorg-x11-server-Xvfb xorg-server-xvfb
xdotool xdotool xdotool
imagemagick ImageMagick imagemagick
pulseaudio pulseaudio pulseaudio
pulseaudio-utils pulseaudio-utils -
ffmpeg ffmpeg-free ffmpeg
chromium chromium chromium
TABLE
            ;;
    esac
}

as_root() {
    if [ "$(id -u)" = 0 ]; then
        "$@"
    elif have sudo; then
        echo "seaglass: running with sudo: $*" >&2
        sudo "$@"
    else
        echo "seaglass: this needs root and there is no sudo; run it yourself: $*" >&2
        return 1
    fi
}

# install GROUP... : installs what is missing of the groups.
install_packages() {
    [ "$(uname -s)" = Linux ] || return 0
    if have apt-get dpkg-query; then column=1
    elif have dnf rpm; then column=2
    elif have pacman; then column=3
    else
        echo "seaglass: no apt, dnf or pacman here; if the build fails, install the packages listed in scripts/packages.sh" >&2
        return 0
    fi
    wanted=""
    for group in "$@"; do
        for package in $(packages_of "$group" | awk -v c=$column '$c != "-" {print $c}'); do
            # A browser of another name, or from elsewhere, does as well.
            if [ "$package" = chromium ] && { have chromium-browser || have google-chrome || have google-chrome-stable; }; then
                continue
            fi
            case $column in
                1) dpkg-query -W -f '${Status}' "$package" 2>/dev/null | grep -q '^install ok installed' ;;
                2) rpm -q --whatprovides "$package" >/dev/null 2>&1 ;;
                3) pacman -T "$package" >/dev/null 2>&1 ;;
            esac || wanted="$wanted $package"
        done
    done
    [ -n "$wanted" ] || return 0
    echo "seaglass: installing$wanted" >&2
    case $column in
        1)
            # An image without package lists finds nothing before the first update.
            as_root apt-get -o DPkg::Lock::Timeout=300 -q update >&2 &&
                as_root env DEBIAN_FRONTEND=noninteractive apt-get -o DPkg::Lock::Timeout=300 -q install -y \
                    --no-install-recommends $wanted >&2
            ;;
        2) as_root dnf install -y $wanted >&2 ;;
        3) as_root pacman -S --needed --noconfirm $wanted >&2 ;;
    esac
}

need_rust() {
    have cargo && return 0
    [ -x "$HOME/.cargo/bin/cargo" ] && { PATH="$HOME/.cargo/bin:$PATH"; export PATH; return 0; }
    echo "seaglass: there is no Rust toolchain here. Install one (your distribution's rustup or cargo package) and run this again." >&2
    exit 1
}

# Mesa and PulseAudio complain, or refuse, without a runtime directory of their own.
need_runtime_dir() {
    if [ -z "${XDG_RUNTIME_DIR:-}" ] || [ ! -d "$XDG_RUNTIME_DIR" ]; then
        XDG_RUNTIME_DIR=$(mktemp -d)
        chmod 700 "$XDG_RUNTIME_DIR"
        export XDG_RUNTIME_DIR
        trap 'rm -rf "$XDG_RUNTIME_DIR"' EXIT
    fi
}
