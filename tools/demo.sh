#!/usr/bin/env bash
# What `make demo` shows: a model trained on the bundled sample, and films for two tastes.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

rm -rf .demo
mkdir -p .demo

show() {
  printf '\n\033[1m$ %s\033[0m\n' "$1"
  bash -c "$1"
}

show 'matinee train ease --out .demo/ease'
show 'matinee recommend "Heat=5" "Fargo=4.5" "Se7en=5" "Toy Story=2" --model .demo/ease -n 8 --why'
show 'matinee recommend "Toy Story=5" "Finding Nemo=4.5" "Shrek=4" "Alien=1" --model .demo/ease -n 8 --why'
show 'matinee similar "Spider-Man (2002)" --model .demo/ease -n 8'

cat <<'TEXT'

The model is in .demo/ease. Your turn:
  .venv/bin/matinee recommend "a film you liked=5" "one you did not=1" --model .demo/ease
TEXT
