#!/usr/bin/env bash
# A pipeline without a CI: cron, a git hook, or a person runs a part of it in a checkout of the project. Needs Node.js 22,
# Git, Docker and Pulumi; PULUMI_BACKEND_URL and PULUMI_CONFIG_PASSPHRASE where the state is not this machine's.
set -euo pipefail

usage="usage: STACK=<stack> pipeline.sh install|preview|release|promote|rollback [release]|drift"
maestro=(npx --no-install maestro)

# Two at a time would only wait for the state's lock, and fail.
run_alone() {
  mkdir -p .maestro
  exec 9> ".maestro/pipeline-$STACK.lock"
  flock 9
}

update() {
  pulumi up --yes --skip-preview --suppress-outputs --stack "$STACK"
  "${maestro[@]}" status --stack "$STACK"
}

: "${STACK:?"$usage"}"
if [ "${1:-}" = install ]; then
  exec npm ci --ignore-scripts --no-audit --no-fund
fi
eval "$("${maestro[@]}" env)"

case "${1:-}" in
  # What an update would do, as Markdown.
  preview)
    pulumi preview --json --stack "$STACK" > preview.json || refused=$?
    "${maestro[@]}" plan-comment preview.json --stack "$STACK" --dry-run
    exit "${refused:-0}"
    ;;
  # Builds what has changed, and releases it.
  release)
    run_alone
    "${maestro[@]}" images --stack "$STACK"
    update
    ;;
  # Takes over what the stack of `maestro:promoteFrom` has proven; also releases what the stack file in git names.
  promote)
    run_alone
    update
    ;;
  # The stack file names the release then: commit it.
  rollback)
    run_alone
    "${maestro[@]}" rollback --stack "$STACK" ${2:+--to "$2"}
    "${maestro[@]}" status --stack "$STACK"
    ;;
  # Exit code 1: what runs is not what was released; 2: something could not be asked.
  drift)
    "${maestro[@]}" drift --stack "$STACK"
    ;;
  *)
    echo "$usage" >&2
    exit 2
    ;;
esac
