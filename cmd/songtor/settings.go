package main

import (
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"slices"

	"github.com/alecthomas/kong"
	"go.yaml.in/yaml/v3"
)

// settings are what the file of --config has: values by the names of flags, whatever the command.
type settings map[string]any

// readSettings reads such a file. What stands in it may be a password, and is not repeated.
func readSettings(r io.Reader) (kong.Resolver, error) {
	found := settings{}
	err := yaml.NewDecoder(r).Decode(&found)
	switch shape := new(yaml.TypeError); {
	case errors.As(err, &shape):
		return nil, errors.New("couldn't read the file of settings: it has to be names of flags with their values, as NAME: VALUE")
	case err != nil && !errors.Is(err, io.EOF): // an empty file says nothing
		return nil, fmt.Errorf("couldn't read the file of settings: %w", err)
	}
	return found, nil
}

// Validate implements kong.Resolver. A name that is misspelt would otherwise leave its setting as if it had not been made.
func (s settings) Validate(app *kong.Application) error {
	known := map[string]bool{}
	for _, command := range app.Leaves(false) {
		for _, flags := range command.AllFlags(false) {
			for _, flag := range flags {
				known[flag.Name] = true
			}
		}
	}
	for _, name := range slices.Sorted(maps.Keys(s)) {
		if !known[name] {
			return fmt.Errorf("the file of settings has %q, which is the name of no flag; write a flag's own name, without the command", name)
		}
	}
	return nil
}

// Resolve implements kong.Resolver. The environment counts before the file: it is closer to whoever starts the program.
func (s settings) Resolve(_ *kong.Context, _ *kong.Path, flag *kong.Flag) (any, error) {
	for _, name := range flag.Envs {
		if _, set := os.LookupEnv(name); set {
			return nil, nil
		}
	}
	return s[flag.Name], nil
}
