#!/usr/bin/env bash
# Prints a scenario: the actors of scenarios/year.toml, seen for a quarter by a hundred sensors, about 50 million
# packets. To measure what grows with sensors: scripts/hundred-sensors.sh > /tmp/hundred.toml
set -euo pipefail
cd "$(dirname "$0")/.."

cat <<'HEAD'
title = "A quarter at a hundred sensors"
seed = 100
zone = "Asia/Tokyo"
from = "2023-07-01"
to = "2023-10-01"
home = "JP"
HEAD
countries=(JP US DE SG)
for number in $(seq 0 99); do
  country=${countries[$((number % 4))]}
  printf '\n[[sensor]]\nname = "%s-%02d"\ngroup = "%s"\nregion = "%s"\ncountry = "%s"\nasn = %d\nexposure = %s\n' \
    "${country,,}" "$number" "${country,,}" "$country" "$country" $((64496 + number % 16)) "${EXPOSURE:-3.6}"
  printf 'watch = [{ seen = "198.18.%d.0/29" }, { seen = "2001:db8:%x::/64" }]\n' "$number" "$number"
done
printf '\n'
awk '/^\[\[actor\]\]/ { is_actor = 1 } is_actor' scenarios/year.toml
