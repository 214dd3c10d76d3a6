package deployments_test

import (
	"path"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// The page says where each part finds the certificates that its settings name. Each has to be there: a process of its own user reads no file of
// root's, and finds in a container only what it was given.
func TestThePartsAreGivenTheCertificatesOfTheirSettings(t *testing.T) {
	t.Parallel()
	given := map[string]map[string][]string{ // by the first cell of a row, by part
		"systemd":    {"songtor": credentials(t, "songtor"), "keys": credentials(t, "songtor-keys"), "nats": credentials(t, "songtor-nats")},
		"compose":    {},
		"Kubernetes": {"songtor": {"tls.crt", "tls.key"}, "keys": {"tls.crt", "tls.key"}, "nats": {"tls.crt", "tls.key"}},
	}
	for _, part := range []string{"songtor", "keys", "nats"} {
		given["compose"][part] = textsOf(at(documents(t, "compose.yaml")["compose.yaml"][0], "services", part, "secrets"))
	}
	page := readFile(t, "README.md")
	settings := rowsBelow(t, page, "| Where | CA | CERTIFICATE and KEY of `songtor.yaml` | of `keyservice.yaml` |")
	log := rowsBelow(t, page, "| Where | `NATS_STORE` | `NATS_CERT` and `NATS_KEY` |")
	for where, parts := range given {
		for part, cell := range map[string]string{"songtor": settings[where][2], "keys": settings[where][3], "nats": log[where][2]} {
			if cell == "the same" {
				cell = settings[where][2]
			}
			named := regexp.MustCompile("`([^`]+)`").FindAllStringSubmatch(cell, -1)
			if len(named) != 2 {
				t.Errorf("%s: %s has the files %q", where, part, named)
			}
			for _, file := range named {
				if !slices.Contains(parts[part], path.Base(file[1])) {
					t.Errorf("%s: %s is not given %s", where, part, file[1])
				}
			}
		}
	}
}

// credentials are the names of what systemd gives to a unit, below the folder that it has for it.
func credentials(t *testing.T, unit string) (names []string) {
	t.Helper()
	for _, found := range regexp.MustCompile(`(?m)^LoadCredential=([^:]+):`).FindAllStringSubmatch(readFile(t, "systemd/"+unit+".service"), -1) {
		names = append(names, found[1])
	}
	return names
}

// rowsBelow are the cells of the rows of the table with a head, by the first of them.
func rowsBelow(t *testing.T, page, head string) map[string][]string {
	t.Helper()
	_, below, found := strings.Cut(page, head+"\n")
	if !found {
		t.Fatalf("there is no table %s", head)
	}
	rows := map[string][]string{}
	for line := range strings.Lines(below) {
		if !strings.HasPrefix(line, "|") {
			break
		}
		cells := strings.Split(strings.Trim(line, "|\n "), " | ")
		rows[cells[0]] = cells
	}
	return rows
}

// What makes a NATS server refuse its settings is a variable that the page does not name.
func TestThePageNamesEveryVariableOfTheLog(t *testing.T) {
	t.Parallel()
	page := readFile(t, "README.md")
	for _, file := range []string{"nats/nats-server.conf", "nats/cluster.conf"} {
		variables := regexp.MustCompile(`[:,\[] *\$(NATS_[A-Z0-9_]+)`).FindAllStringSubmatch(readFile(t, file), -1)
		if len(variables) < 3 {
			t.Errorf("%s: found %q only", file, variables)
		}
		for _, variable := range variables {
			if !regexp.MustCompile(`\b` + variable[1] + `\b`).MatchString(page) {
				t.Errorf("%s: %s is not on the page", file, variable[1])
			}
		}
	}
}

// In compose PostgreSQL finds the certificates that its settings name, and nobody else's.
func TestPostgresIsGivenItsOwnCertificates(t *testing.T) {
	t.Parallel()
	var named, given []string
	for _, found := range regexp.MustCompile(`(?m)^ssl_\w+_file = '([^']+)'`).FindAllStringSubmatch(readFile(t, "postgres/postgresql.conf"), -1) {
		named = append(named, found[1])
	}
	for _, volume := range textsOf(at(documents(t, "compose.yaml")["compose.yaml"][0], "services", "postgres", "volumes")) {
		if from, to, _ := strings.Cut(volume, ":"); strings.HasPrefix(from, "./tls") {
			given = append(given, strings.TrimSuffix(to, ":ro"))
		}
	}
	slices.Sort(named)
	slices.Sort(given)
	if len(named) != 3 || !slices.Equal(named, given) {
		t.Errorf("the settings name %q, and it is given %q", named, given)
	}
}
