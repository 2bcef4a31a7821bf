#!/bin/sh
# Applies, takes back and lists the database migrations: scripts/migrate.sh up|down [n]|status|dump.
# Works from any folder; needs the packages of the repository installed (npm start or npm test does it).
set -eu
root=$(CDPATH= cd -- "$(dirname -- "$0")/.." && pwd)
if [ ! -d "$root/node_modules/node-pg-migrate" ]; then
  echo "migrate: the packages are not installed: run npm start (or npx -y pnpm@10.34.9 install) in $root" >&2
  exit 1
fi
cd "$root"
exec node --conditions=sup-source --import tsx scripts/migrate.ts "$@"
