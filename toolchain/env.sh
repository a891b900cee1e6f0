# shellcheck shell=bash
# Source this in bash or zsh: puts Pulumi's toolchain, and state and passphrase of the project around the working
# directory (else: of this checkout), into the environment. `maestro env` prints the same.
# With an official Pulumi it sets only the backend and the passphrase file; what is set already is left alone.
# config/pulumiEnvironment.ts says the same for TypeScript; change both together.

_maestro_source="${BASH_SOURCE[0]:-${(%):-%x}}"
_maestro_root="$(pwd)"
while [ ! -f "$_maestro_root/Pulumi.yaml" ] && [ -n "$_maestro_root" ]; do _maestro_root="${_maestro_root%/*}"; done
[ -n "$_maestro_root" ] || _maestro_root="$(cd "$(dirname "$_maestro_source")/.." && pwd)"
_maestro_cache="${MAESTRO_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/maestro}"
_maestro_own="$_maestro_cache/pulumi-3.274.1"

# PATH without our own directory, so that sourcing this twice changes nothing.
_maestro_path="$(printf '%s' "$PATH" | tr ':' '\n' | grep -vxF -e "$_maestro_own" | paste -sd: -)"

if ! (PATH="$_maestro_path" && command -v pulumi) >/dev/null 2>&1; then
  export PATH="$_maestro_own:$_maestro_path"
  export PULUMI_HOME="$_maestro_cache/pulumi-home"
  export PULUMI_SKIP_UPDATE_CHECK=true
elif ! (PATH="$_maestro_path" && command -v pulumi-language-nodejs) >/dev/null 2>&1; then
  # Last, so that the user's own CLI stays the first.
  export PATH="$_maestro_path:$_maestro_own"
fi

if [ -z "${PULUMI_BACKEND_URL+set}" ]; then
  mkdir -p "$_maestro_root/.maestro/state"
  export PULUMI_BACKEND_URL="file://$_maestro_root/.maestro/state"
fi

if [ -z "${PULUMI_CONFIG_PASSPHRASE+set}" ] && [ -z "${PULUMI_CONFIG_PASSPHRASE_FILE+set}" ]; then
  if [ ! -f "$_maestro_root/.maestro/passphrase" ]; then
    mkdir -p "$_maestro_root/.maestro"
    (umask 077 && head -c 32 /dev/urandom | base64 | tr -d '\n=' >"$_maestro_root/.maestro/passphrase")
  fi
  export PULUMI_CONFIG_PASSPHRASE_FILE="$_maestro_root/.maestro/passphrase"
fi

unset _maestro_source _maestro_root _maestro_cache _maestro_own _maestro_path
