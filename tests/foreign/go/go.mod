module maestro/tests/foreign

go 1.26.0

tool (
	github.com/google/go-containerregistry/cmd/registry
	github.com/mccutchen/go-httpbin/v2/cmd/go-httpbin
)

require (
	github.com/google/go-containerregistry v0.20.6 // indirect
	github.com/mccutchen/go-httpbin/v2 v2.26.0 // indirect
)
