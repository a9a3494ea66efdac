#!/bin/sh
# Installs what `make readers` runs: Debian's programs where they are missing and this is root,
# the packages of npm, by their lock, into the folder that is named.
set -eu
here=$(dirname "$0")
missing=
while read -r command package; do
    command -v "$command" > /dev/null || missing="$missing $package"
done << END
newsboat newsboat
sfeed sfeed
r2e rss2email
tmux tmux
npm npm
END
if [ -n "$missing" ] && [ "$(id -u)" = 0 ] && command -v apt-get > /dev/null; then
    apt-get update -qq
    # shellcheck disable=SC2086  # one word for each package
    DEBIAN_FRONTEND=noninteractive apt-get install -qq --no-install-recommends $missing
elif [ -n "$missing" ]; then
    echo "make readers: not installed:$missing; on Debian: apt-get install$missing" >&2
    exit 2
fi
mkdir -p "$1"
cp "$here/package.json" "$here/package-lock.json" "$here/read.mjs" "$1"
npm ci --prefix "$1" --no-audit --no-fund --loglevel=error
