.PHONY: up down test

# Everything from nothing: what is missing is installed, the example services are built, and `pulumi up` releases them.
up: node_modules
	@node bin/maestro.js up

# Removes exactly what `make up` made.
down: node_modules
	@node bin/maestro.js down

# All tests: format, lint, types, unit, integration.
test: node_modules
	@node bin/maestro.js test

# `--ignore-scripts`: no package may run code of its own at installation. `touch` marks the tree as up to date.
node_modules: package-lock.json
	@npm ci --ignore-scripts --no-audit --no-fund --loglevel=error
	@touch node_modules
