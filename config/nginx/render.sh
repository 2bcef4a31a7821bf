#!/bin/sh
# Copies the nginx configuration with the limits of the environment.
#
#   render.sh SOURCE TARGET
#
# RATE_LIMIT_API_PER_MINUTE (A, 100) and RATE_LIMIT_AUTH_PER_MINUTE (L, 5) give every number:
# token A/min burst A/2, address 10 A/min burst 5 A, media 12 A/min burst 6 A, auth L/min burst L.
# MEDIA_MAX_BYTES (104857600): bodies of uploads may be 2 MiB longer.
set -eu

source=$1
target=$2
a=${RATE_LIMIT_API_PER_MINUTE:-100}
l=${RATE_LIMIT_AUTH_PER_MINUTE:-5}
m=${MEDIA_MAX_BYTES:-104857600}

for number in "$a" "$l" "$m"; do
  case $number in
    '' | 0* | *[!0-9]*)
      echo "render.sh: RATE_LIMIT_*_PER_MINUTE and MEDIA_MAX_BYTES must be whole numbers over 0, not '$number'" >&2
      exit 1
      ;;
  esac
done

mkdir -p "$target/conf.d" "$target/snippets"
cp "$source/nginx.conf" "$target/nginx.conf"
cp "$source"/snippets/*.conf "$target/snippets/"

# Fractions are rounded up.
sed -e "s|zone=token:16m *rate=[0-9]*r/m|zone=token:16m rate=${a}r/m|" \
  -e "s|zone=address:16m *rate=[0-9]*r/m|zone=address:16m rate=$((a * 10))r/m|" \
  -e "s|zone=media:16m *rate=[0-9]*r/m|zone=media:16m rate=$((a * 12))r/m|" \
  -e "s|zone=auth:16m *rate=[0-9]*r/m|zone=auth:16m rate=${l}r/m|" \
  -e "s|^  1       12;|  1       $(((60 + l - 1) / l));|" \
  "$source/conf.d/default.conf" > "$target/conf.d/default.conf"

sed -e "s|zone=token *burst=[0-9]*|zone=token burst=$(((a + 1) / 2))|" \
  -e "s|zone=address *burst=[0-9]*|zone=address burst=$((a * 5))|" \
  -e "s|zone=media *burst=[0-9]*|zone=media burst=$((a * 6))|" \
  -e "s|zone=auth *burst=[0-9]*|zone=auth burst=$l|" \
  -e "s|client_max_body_size 106954752|client_max_body_size $((m + 2097152))|" \
  "$source/snippets/site.conf" > "$target/snippets/site.conf"
