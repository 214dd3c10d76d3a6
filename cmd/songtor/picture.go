package main

import (
	"fmt"
	"io"
	"os"

	"songtor/internal/upload"
)

// pictureCommand is the name under which the program runs itself to make one picture clean.
const pictureCommand = "clean-picture"

// pictureSlots is how many pictures are made clean at once.
const pictureSlots = 2

// pictureCmd is for the service alone: what it reads was sent by anybody.
type pictureCmd struct {
	Type string `arg:"" help:"Media type."`
}

// Run makes the picture on the standard input clean, in a process that limits itself first.
func (c *pictureCmd) Run(out io.Writer) error { //nolint:unparam // the command line wants an error of every command
	if status := upload.Work(c.Type, os.Stdin, out); status != 0 {
		os.Exit(status)
	}
	return nil
}

// pictures makes pictures clean in processes of this program.
func pictures() (upload.Cleaner, error) {
	program, err := os.Executable()
	if err != nil {
		return nil, fmt.Errorf("couldn't find the program itself, which makes pictures clean: %w", err)
	}
	return upload.NewWorker(pictureSlots, program, pictureCommand), nil
}
