// Reads a file in Alloy's language on standard input and writes its blocks in JSON, as Alloy's own parser sees them, and
// whether Alloy's own printer would lay it out as it is.
package main

import (
	"bytes"
	"encoding/json"
	"io"
	"os"
	"strings"

	"github.com/grafana/alloy/syntax/ast"
	"github.com/grafana/alloy/syntax/parser"
	"github.com/grafana/alloy/syntax/printer"
)

type block struct {
	Name   string            `json:"name"`
	Label  string            `json:"label,omitempty"`
	Is     map[string]string `json:"is"`
	Blocks []block           `json:"blocks"`
}

type answer struct {
	Blocks    []block `json:"blocks"`
	Formatted bool    `json:"formatted"`
}

func main() {
	source, err := io.ReadAll(os.Stdin)
	must(err)
	file, err := parser.ParseFile("config.alloy", source)
	if err != nil {
		os.Stderr.WriteString(err.Error() + "\n")
		os.Exit(1)
	}
	same := strings.TrimRight(print(file), "\n") == strings.TrimRight(string(source), "\n")
	must(json.NewEncoder(os.Stdout).Encode(answer{blocks(file.Body), same}))
}

func blocks(body ast.Body) []block {
	found := []block{}
	for _, statement := range body {
		if each, ok := statement.(*ast.BlockStmt); ok {
			found = append(found, block{
				Name:   strings.Join(each.Name, "."),
				Label:  each.Label,
				Is:     attributes(each.Body),
				Blocks: blocks(each.Body),
			})
		}
	}
	return found
}

func attributes(body ast.Body) map[string]string {
	found := map[string]string{}
	for _, statement := range body {
		if each, ok := statement.(*ast.AttributeStmt); ok {
			found[each.Name.Name] = print(each.Value)
		}
	}
	return found
}

func print(node ast.Node) string {
	var out bytes.Buffer
	must(printer.Fprint(&out, node))
	return out.String()
}

func must(err error) {
	if err != nil {
		panic(err)
	}
}
