#!/usr/bin/env bash
# What `make demo` shows: a model trained on the bundled sample, and films for two tastes.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

rm -rf .demo
mkdir -p .demo

show() {
  if [ -t 1 ]; then printf '\n\033[1m$ %s\033[0m\n' "$1"; else printf '\n$ %s\n' "$1"; fi
  bash -c "$1"
}

show 'matinee train ease --set max_movies=3000 --out .demo/ease'
show 'matinee recommend "Alien=5" "Blade Runner=4.5" "Notting Hill=1.5" --model .demo/ease -n 8 --why'
show 'matinee recommend "Amelie=5" "Lost in Translation=4.5" "Die Hard=1.5" --model .demo/ease -n 8 --why'
show 'matinee train content --out .demo/content'
show 'matinee similar "Spider-Man (2002)" --model .demo/content -n 8'

cat <<'TEXT'

The models are in .demo. Your turn:
  .venv/bin/matinee recommend "a film you liked=5" "one you did not=1" --model .demo/ease
TEXT
