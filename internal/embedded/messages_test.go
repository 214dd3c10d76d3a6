package embedded

import (
	"strings"
	"testing"
)

func TestMessagesPassOnlyWhatHoldsNoValues(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		line string
		want string // "": dropped
	}{
		"log":          {"00000 LOG:  database system is ready", "level=DEBUG msg=\"postgres: database system is ready\""},
		"fatal":        {"28000 FATAL:  role does not exist", "level=WARN"},
		"panic":        {"XX000 PANIC:  could not write", "level=ERROR"},
		"starting":     {"57P03 FATAL:  the database system is starting up", "level=DEBUG"},
		"error":        {"22P02 ERROR:  invalid input syntax: \"secret\"", ""},
		"warning":      {"01000 WARNING:  secret", ""},
		"detail":       {"23505 DETAIL:  Key (name)=(secret) already exists.", ""},
		"statement":    {"23505 STATEMENT:  insert secret", ""},
		"continuation": {"\tsecret", ""},
		"no message":   {"secret", ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			log := &logBuffer{}
			messages := newMessages(log.logger())
			messages.ready()
			half := len(test.line) / 2
			messages.Write([]byte(test.line[:half]))
			messages.Write([]byte(test.line[half:] + "\n"))
			got := log.String()
			if test.want == "" && got != "" || !strings.Contains(got, test.want) {
				t.Errorf("logged %q, want %q", got, test.want)
			}
		})
	}
}

func TestMessagesRepeatTheStart(t *testing.T) {
	t.Parallel()
	messages := newMessages(quiet())
	messages.Write([]byte("00000 LOG:  one\npostgres: two\n"))
	if got := messages.startup(); got != "00000 LOG:  one; postgres: two" {
		t.Errorf("startup() = %q", got)
	}
	messages.ready()
	messages.Write([]byte("22P02 ERROR:  secret\n"))
	if got := messages.startup(); got != "" {
		t.Errorf("startup() after the start = %q, want nothing", got)
	}
}
