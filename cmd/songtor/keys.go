package main

import (
	"fmt"
	"io"

	"songtor/internal/vault"
)

// keysCmd keeps the key-encryption key.
type keysCmd struct {
	Create keysCreateCmd `cmd:"" help:"Make a new key file. Whoever loses it loses every case; whoever copies it can open every case."`
}

type keysCreateCmd struct {
	File       string `arg:"" type:"path" help:"The file to make; never one that exists."`
	Passphrase string `name:"passphrase-file" type:"path" help:"Seal the file with the passphrase on the first line of this one." placeholder:"FILE"`
}

// Run makes the key file.
func (c *keysCreateCmd) Run(out io.Writer) error {
	passphrase, err := readPassphrase(c.Passphrase)
	if err != nil {
		return err
	}
	if err := vault.CreateKEK(c.File, passphrase); err != nil {
		return err
	}
	fmt.Fprintf(out, "made %s; keep a copy where no backup of the databases lies\n", c.File)
	return nil
}
