#!/usr/bin/env bash
# Write requirements.lock: every package that a server needs, at one version, with its hashes.
# Install with:  pip install --require-hashes -r requirements.lock && pip install --no-deps matinee
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
CUSTOM_COMPILE_COMMAND="make lock" "${BIN:-.venv/bin}/python" -m piptools compile --quiet \
  --generate-hashes --strip-extras --allow-unsafe --no-emit-index-url --no-emit-trusted-host \
  --no-emit-options --no-emit-find-links --extra postgres --output-file requirements.lock \
  pyproject.toml
