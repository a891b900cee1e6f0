// Reads a JSON list of texts on standard input and says of each what Compose's own parser of .env files makes of it.
package main

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"os"

	"github.com/compose-spec/compose-go/v2/dotenv"
)

type answer struct {
	Values map[string]string `json:"values"`
	Error  string            `json:"error,omitempty"`
}

func main() {
	var texts []string
	if err := json.NewDecoder(os.Stdin).Decode(&texts); err != nil {
		panic(err)
	}
	answers := []answer{}
	for _, text := range texts {
		raw, _ := base64.StdEncoding.DecodeString(text)
		nothing := func(string) (string, bool) { return "", false }
		values, err := dotenv.ParseWithLookup(bytes.NewReader(raw), nothing)
		if err != nil {
			answers = append(answers, answer{Error: err.Error()})
			continue
		}
		answers = append(answers, answer{Values: values})
	}
	if err := json.NewEncoder(os.Stdout).Encode(answers); err != nil {
		panic(err)
	}
}
