package embedded

import (
	"fmt"
	"maps"
	"slices"
)

// privateSettings keep the server to this machine and its log free of personal
// data. Nothing replaces them.
//
// The log takes no statement, no parameter, and no message below LOG: the text
// of an ERROR or a WARNING quotes values (`invalid input syntax for type
// integer: "..."`), and whoever caused it gets it anyway. Terse messages leave
// out DETAIL, which quotes keys and rows, and CONTEXT.
var privateSettings = map[string]string{
	"listen_addresses":                  "",
	"port":                              port,
	"unix_socket_permissions":           "0700",
	"logging_collector":                 "off",
	"log_destination":                   "stderr",
	"log_line_prefix":                   messagePrefix,
	"log_min_messages":                  "log",
	"log_min_error_statement":           "panic",
	"log_error_verbosity":               "terse",
	"log_statement":                     "none",
	"log_duration":                      "off",
	"log_min_duration_statement":        "-1",
	"log_min_duration_sample":           "-1",
	"log_transaction_sample_rate":       "0",
	"log_parameter_max_length":          "0",
	"log_parameter_max_length_on_error": "0",
	"log_connections":                   "off",
	"log_disconnections":                "off",
	"log_checkpoints":                   "off",
	"log_lock_waits":                    "off",
	"lc_messages":                       "C",
}

// usualSettings may be tuned. Nothing replicates a private server, so its
// write-ahead log holds what a crash needs and no more: the tables of a rebuild,
// which are made and filled in one transaction, are synced and not written twice.
// Autovacuum takes the pauses that it took before PostgreSQL 12: with those of
// today it holds a fifth of a core while tables grow, and somebody waits for it.
var usualSettings = map[string]string{
	"fsync":                        "on",
	"synchronous_commit":           "on",
	"full_page_writes":             "on",
	"wal_compression":              "on",
	"wal_level":                    "minimal",
	"max_wal_senders":              "0",
	"shared_buffers":               "256MB",
	"max_connections":              "100",
	"max_wal_size":                 "2GB",
	"autovacuum_vacuum_cost_delay": "20ms",
	"timezone":                     "UTC",
	"log_timezone":                 "UTC",
}

// serverSettings are the arguments of postgres that set everything above.
// Settings on the command line cannot be replaced by ALTER SYSTEM.
func serverSettings(tune map[string]string) ([]string, error) {
	settings := maps.Clone(usualSettings)
	for name, value := range tune {
		if _, private := privateSettings[name]; private || name == "unix_socket_directories" {
			return nil, fmt.Errorf("couldn't start PostgreSQL: setting %s may not be changed", name)
		}
		settings[name] = value
	}
	maps.Copy(settings, privateSettings)
	var arguments []string
	for _, name := range slices.Sorted(maps.Keys(settings)) {
		arguments = append(arguments, "-c", name+"="+settings[name])
	}
	return arguments, nil
}
