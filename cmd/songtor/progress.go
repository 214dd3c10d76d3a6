package main

import (
	"fmt"
	"io"
	"os"

	"github.com/schollz/progressbar/v3"
	"golang.org/x/term"
)

// printer returns a function that prints progress: a bar on a terminal, one for each step, and nothing but messages elsewhere.
func printer(out io.Writer) func(progress) {
	f, ok := out.(*os.File)
	terminal := ok && term.IsTerminal(int(f.Fd()))
	var bar *progressbar.ProgressBar
	step := ""
	return func(p progress) {
		if p.Message != "" {
			fmt.Fprintln(out, p.Message)
		}
		if !terminal || p.Total == 0 {
			return
		}
		if bar != nil && p.Step != step {
			_ = bar.Finish()
			bar = nil
		}
		if bar == nil {
			step = p.Step
			bar = progressbar.NewOptions64(int64(p.Total), progressbar.OptionSetWriter(out), progressbar.OptionSetDescription(step),
				progressbar.OptionShowCount(), progressbar.OptionShowIts(), progressbar.OptionClearOnFinish())
		}
		_ = bar.Set64(int64(p.Done))
	}
}
