#!/usr/bin/env bash
# Installs, by apt where that is possible without a question, the system packages that Qt's
# libraries and hnswlib's build need on a bare Debian or Ubuntu. Where it is not, it names the one
# line to run. With "bundle", also what `make bundle` needs; with "ci", besides, what tries a bundle
# in a bare Debian. Other systems are left alone.
set -euo pipefail

command -v dpkg-query >/dev/null 2>&1 || exit 0

packages=(
  python3-venv
  # hnswlib is compiled on this machine
  g++
  # Qt, with and without a display
  libegl1 libgl1 libglib2.0-0 libxkbcommon0 libfontconfig1 libfreetype6 libdbus-1-3 libx11-6
  libxcb-cursor0 libxcb-icccm4 libxcb-image0 libxcb-keysyms1 libxcb-randr0 libxcb-render-util0
  libxcb-shape0 libxcb-xkb1 libxkbcommon-x11-0 libx11-xcb1
  libwayland-client0 libwayland-cursor0 libwayland-egl1
)
# What a bundle is made from, besides: the rest of what Qt's plug-ins link to, tools that read and
# write Linux programs and packages.
case "${1:-}" in bundle | ci) packages+=(
  binutils gcc xz-utils dpkg-dev libxcb-util1
) ;; esac
[ "${1:-}" = ci ] && packages+=(debootstrap lintian appstream desktop-file-utils xvfb)
# The headers of the system's own Python; another Python brings its own.
case "$(command -v "${PYTHON:-python3}")" in /usr/bin/*) packages+=(python3-dev) ;; esac

missing=()
for package in "${packages[@]}"; do
  dpkg-query -W -f='${Status}' "$package" 2>/dev/null | grep -q 'ok installed' ||
    dpkg-query -W -f='${Status}' "${package}t64" 2>/dev/null | grep -q 'ok installed' ||
    missing+=("$package")
done
[ "${#missing[@]}" -eq 0 ] && exit 0

if [ "$(id -u)" -eq 0 ]; then
  apt=(env DEBIAN_FRONTEND=noninteractive apt-get)
elif command -v sudo >/dev/null 2>&1 && sudo -n true 2>/dev/null; then
  apt=(sudo env DEBIAN_FRONTEND=noninteractive apt-get)
else
  echo "These system packages are missing. Run this line, then the same command again:" >&2
  echo "  sudo apt-get install ${missing[*]}" >&2
  exit 1
fi
echo "Installing system packages: ${missing[*]}"
"${apt[@]}" -qq update
"${apt[@]}" -qq -y install --no-install-recommends "${missing[@]}" >/dev/null
