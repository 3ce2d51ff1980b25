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

show 'matinee train --out .demo/model'
show 'matinee recommend "Alien=5" "Blade Runner=4.5" "Notting Hill=1.5" --model .demo/model -n 8 --why'
show 'matinee recommend "Amelie=5" "Lost in Translation=4.5" "Die Hard=1.5" --model .demo/model -n 8 --why'
show 'matinee recommend "Alien=5" "Blade Runner=4.5" --like Heat --hidden 0.5 --model .demo/model -n 8'
show 'matinee similar "Spider-Man (2002)" --model .demo/model -n 8'

cat <<'TEXT'

The model is in .demo. Your turn:
  .venv/bin/matinee recommend "a film you liked=5" "one you did not=1" --model .demo/model
TEXT
