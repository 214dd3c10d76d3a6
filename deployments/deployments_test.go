// Package deployments_test holds the files that say how Songtor runs to their rules.
package deployments_test

import (
	"bytes"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"
)

// object is a piece of YAML.
type object = map[string]any

func documents(t *testing.T, pattern string) map[string][]object {
	t.Helper()
	paths, err := filepath.Glob(pattern)
	if err != nil || len(paths) == 0 {
		t.Fatalf("%s names no file: %v", pattern, err)
	}
	all := map[string][]object{}
	for _, path := range paths {
		content, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		all[path] = parse(t, path, content)
	}
	return all
}

func parse(t *testing.T, path string, content []byte) (docs []object) {
	t.Helper()
	for d := yaml.NewDecoder(bytes.NewReader(content)); ; {
		var doc object
		err := d.Decode(&doc)
		switch {
		case errors.Is(err, io.EOF):
			return docs
		case err != nil:
			t.Fatalf("%s: %v", path, err)
		}
		docs = append(docs, doc)
	}
}

// at follows names into an object; nil where there is nothing.
func at(o any, names ...string) any {
	for _, name := range names {
		m, ok := o.(object)
		if !ok {
			return nil
		}
		o = m[name]
	}
	return o
}

func list(o any) []any {
	l, _ := o.([]any)
	return l
}

// podFaults says what a workload may do and must not.
func podFaults(doc object) (faults []string) {
	must := func(ok bool, what string) {
		if !ok {
			faults = append(faults, what)
		}
	}
	pod := at(doc, "spec", "template", "spec")
	must(at(pod, "automountServiceAccountToken") == false, "gets a token of the cluster")
	must(at(pod, "securityContext", "runAsNonRoot") == true, "may be root")
	user, _ := at(pod, "securityContext", "runAsUser").(int)
	must(user > 0, "names no user")
	must(at(pod, "securityContext", "seccompProfile", "type") == "RuntimeDefault", "may make every system call")
	for _, name := range []string{"hostNetwork", "hostPID", "hostIPC"} {
		must(at(pod, name) == nil, "shares "+name)
	}
	for _, volume := range list(at(pod, "volumes")) {
		must(at(volume, "hostPath") == nil, "reaches the disk of the node")
	}
	containers := slices.Concat(list(at(pod, "containers")), list(at(pod, "initContainers")))
	must(len(containers) > 0, "has no container")
	for _, c := range containers {
		must(at(c, "securityContext", "readOnlyRootFilesystem") == true, "may change its program")
		must(at(c, "securityContext", "allowPrivilegeEscalation") == false, "may become more")
		must(at(c, "securityContext", "privileged") == nil, "is privileged")
		dropped := list(at(c, "securityContext", "capabilities", "drop"))
		must(len(dropped) == 1 && dropped[0] == "ALL" && at(c, "securityContext", "capabilities", "add") == nil, "has capabilities")
		must(at(c, "resources", "limits", "memory") != nil, "may take all memory")
		for _, env := range list(at(c, "env")) {
			must(at(env, "valueFrom") == nil || at(env, "valueFrom", "fieldRef", "fieldPath") == "metadata.name", "has a secret in its environment")
		}
		must(at(c, "envFrom") == nil, "has secrets in its environment")
	}
	return faults
}

func TestNobodyMayMoreThanItNeeds(t *testing.T) {
	t.Parallel()
	workloads := 0
	for path, docs := range documents(t, "kubernetes/*.yaml") {
		for _, doc := range docs {
			if at(doc, "spec", "template") == nil {
				continue
			}
			workloads++
			for _, fault := range podFaults(doc) {
				t.Errorf("%s: %s %s", path, at(doc, "metadata", "name"), fault)
			}
		}
	}
	if workloads < 3 {
		t.Errorf("found %d workloads only", workloads)
	}
}

// The control: a workload as it is often written has every fault.
func TestAnOpenWorkloadIsCaught(t *testing.T) {
	t.Parallel()
	const open = `
spec: {template: {spec: {hostNetwork: true, volumes: [{name: a, hostPath: {path: /}}],
  containers: [{name: a, image: a, securityContext: {privileged: true}, env: [{name: P, valueFrom: {secretKeyRef: {name: s}}}], envFrom: [{}]}]}}}`
	if faults := podFaults(parse(t, "open", []byte(open))[0]); len(faults) != 13 {
		t.Errorf("found %d faults: %q", len(faults), faults)
	}
}

func TestNobodyTalksToWhomNoLineAllows(t *testing.T) {
	t.Parallel()
	allowed, everything := map[string]bool{}, false
	for _, docs := range documents(t, "kubernetes/network.yaml") {
		for _, doc := range docs {
			selector, _ := at(doc, "spec", "podSelector").(object)
			if len(selector) == 0 && len(list(at(doc, "spec", "policyTypes"))) == 2 && at(doc, "spec", "ingress") == nil && at(doc, "spec", "egress") == nil {
				everything = true
				continue
			}
			name, _ := at(doc, "spec", "podSelector", "matchLabels", "app").(string)
			allowed[name] = true
			for _, direction := range []string{"ingress", "egress"} {
				for _, rule := range list(at(doc, "spec", direction)) {
					if len(list(at(rule, "from"))) == 0 && len(list(at(rule, "to"))) == 0 || len(list(at(rule, "ports"))) == 0 {
						t.Errorf("%s has a line of %s that allows all", name, direction)
					}
				}
			}
		}
	}
	if !everything {
		t.Error("no policy forbids everything first")
	}
	for _, name := range []string{"songtor", "nats", "postgres"} {
		if !allowed[name] {
			t.Errorf("%s has no policy", name)
		}
	}
}

// pinned is an image with a version that says something.
var pinned = regexp.MustCompile(`^[a-z0-9./-]+:[0-9][A-Za-z0-9._-]*(@sha256:[0-9a-f]{64})?$`)

func TestEveryImageHasAVersion(t *testing.T) {
	t.Parallel()
	var images []string
	for _, docs := range documents(t, "kubernetes/kustomization.yaml") {
		for _, image := range list(at(docs[0], "images")) {
			name, _ := at(image, "name").(string)
			tag, _ := at(image, "newTag").(string)
			images = append(images, name+":"+tag)
		}
	}
	for _, docs := range documents(t, "compose.yaml") {
		services, _ := at(docs[0], "services").(object)
		for _, service := range services {
			image, _ := at(service, "image").(string)
			images = append(images, image)
		}
	}
	dockerfile, err := os.ReadFile("Dockerfile")
	if err != nil {
		t.Fatal(err)
	}
	for _, from := range regexp.MustCompile(`(?m)^FROM (\S+)`).FindAllStringSubmatch(string(dockerfile), -1) {
		if from[1] != "scratch" {
			images = append(images, from[1])
		}
	}
	if len(images) < 7 {
		t.Errorf("found %q only", images)
	}
	for _, image := range images {
		if !pinned.MatchString(image) {
			t.Errorf("%q has no version", image)
		}
	}
	for _, bad := range []string{"songtor", "songtor:latest", "songtor:", "nats:alpine"} {
		if pinned.MatchString(bad) {
			t.Errorf("%q is taken for a version", bad)
		}
	}
}

func TestTheImageHoldsNothingElse(t *testing.T) {
	t.Parallel()
	dockerfile, err := os.ReadFile("Dockerfile")
	if err != nil {
		t.Fatal(err)
	}
	stages := strings.Split(string(dockerfile), "\nFROM ")
	last := stages[len(stages)-1]
	if !strings.HasPrefix(last, "scratch\n") || !regexp.MustCompile(`(?m)^USER [1-9][0-9]*:[1-9][0-9]*$`).MatchString(last) || strings.Contains(last, "\nRUN ") {
		t.Errorf("the last stage is %s", last)
	}
}

func TestContainersOfOneMachineAreClosed(t *testing.T) {
	t.Parallel()
	for path, docs := range documents(t, "compose.yaml") {
		services, _ := at(docs[0], "services").(object)
		for name, service := range services {
			drop := list(at(service, "cap_drop"))
			user, _ := at(service, "user").(string)
			if at(service, "read_only") != true || len(drop) != 1 || drop[0] != "ALL" || user == "" || strings.HasPrefix(user, "0") ||
				!slices.Contains(list(at(service, "security_opt")), any("no-new-privileges:true")) || at(service, "mem_limit") == nil || at(service, "privileged") != nil {
				t.Errorf("%s: %s is open", path, name)
			}
			for _, port := range list(at(service, "ports")) {
				if p, _ := port.(string); !strings.HasPrefix(p, "127.0.0.1:") {
					t.Errorf("%s: %s listens for everybody on %v", path, name, port)
				}
			}
		}
		if at(docs[0], "networks", "back", "internal") != true {
			t.Error("the log and the databases reach the world")
		}
	}
}

// directives are those that every unit has.
var directives = []string{
	"NoNewPrivileges=yes", "ProtectSystem=strict", "ProtectHome=yes", "PrivateDevices=yes", "PrivateTmp=yes", "MemoryDenyWriteExecute=yes",
	"LimitCORE=0", "SystemCallFilter=@system-service", "SystemCallArchitectures=native", "RestrictNamespaces=yes", "CapabilityBoundingSet=", "UMask=0077",
}

func unitFaults(unit string) (faults []string) {
	lines := strings.Split(unit, "\n")
	for _, d := range directives {
		if !slices.Contains(lines, d) {
			faults = append(faults, d)
		}
	}
	for _, name := range []string{"User=", "RestrictAddressFamilies=", "MemoryMax="} {
		if !slices.ContainsFunc(lines, func(l string) bool { return strings.HasPrefix(l, name) && l != name && l != "User=root" }) {
			faults = append(faults, name)
		}
	}
	return faults
}

func TestUnitsAreClosed(t *testing.T) {
	t.Parallel()
	users := map[string]bool{}
	for path, unit := range units(t) {
		for _, fault := range unitFaults(unit) {
			t.Errorf("%s lacks %s", path, fault)
		}
		user := regexp.MustCompile(`(?m)^User=(.*)$`).FindString(unit)
		if users[user] {
			t.Errorf("%s shares %s", path, user)
		}
		users[user] = true
		if exposure := exposureOf(t, unit); exposure > 2 {
			t.Errorf("%s is exposed by %.1f", path, exposure)
		}
	}
	if faults := unitFaults("[Service]\nExecStart=/usr/bin/songtor serve\nUser=root\n"); len(faults) < 10 {
		t.Errorf("the control has the faults %q only", faults)
	}
}

func units(t *testing.T) map[string]string {
	t.Helper()
	paths, err := filepath.Glob("systemd/*.service")
	if err != nil || len(paths) < 3 {
		t.Fatalf("found %q: %v", paths, err)
	}
	all := map[string]string{}
	for _, path := range paths {
		content, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		all[path] = string(content)
	}
	return all
}

// exposureOf asks systemd how exposed a unit is, from 0 to 10, and whether it can be read; 0 where systemd is not installed.
func exposureOf(t *testing.T, unit string) float64 {
	t.Helper()
	analyze, err := exec.LookPath("systemd-analyze")
	if err != nil {
		t.Log("systemd-analyze is not installed: not asked")
		return 0
	}
	path := filepath.Join(t.TempDir(), "songtor-test.service")
	unit = regexp.MustCompile(`(?m)^ExecStart=\S+`).ReplaceAllString(unit, "ExecStart=/bin/true")
	if err := os.WriteFile(path, []byte(unit), 0o600); err != nil {
		t.Fatal(err)
	}
	if out, err := exec.CommandContext(t.Context(), analyze, "verify", path).CombinedOutput(); err != nil || bytes.Contains(out, []byte("Unknown key")) {
		t.Errorf("systemd says of the unit: %v %s", err, out)
	}
	out, err := exec.CommandContext(t.Context(), analyze, "security", "--offline=true", path).CombinedOutput()
	found := regexp.MustCompile(`Overall exposure level for \S+: ([0-9.]+)`).FindSubmatch(out)
	if err != nil || found == nil {
		t.Fatalf("systemd says %v %s", err, out)
	}
	var exposure float64
	if err := yaml.Unmarshal(found[1], &exposure); err != nil {
		t.Fatal(err)
	}
	return exposure
}

// flagNames are the flags of a command line.
var flagNames = regexp.MustCompile(`--([a-z][a-z-]+)`)

func TestEveryFlagExists(t *testing.T) {
	t.Parallel()
	used := map[string][]string{} // by program and command
	add := func(arguments []any) {
		command, _ := arguments[0].(string)
		used["songtor "+command] = append(used["songtor "+command], flagsIn(arguments)...)
	}
	for _, docs := range documents(t, "kubernetes/songtor.yaml") {
		for _, c := range list(at(docs[0], "spec", "template", "spec", "containers")) {
			add(list(at(c, "args")))
		}
	}
	for _, docs := range documents(t, "compose.yaml") {
		for _, name := range []string{"songtor", "keys"} {
			add(list(at(docs[0], "services", name, "command")))
		}
	}
	for _, unit := range units(t) {
		line := regexp.MustCompile(`(?m)^ExecStart=/usr/bin/((?:songtor|songtor-witness) (?:serve|keyservice)) (.*)$`).FindStringSubmatch(unit)
		if line != nil {
			used[line[1]] = append(used[line[1]], flagsIn([]any{line[2]})...)
		}
	}
	if len(used) != 3 {
		t.Errorf("found %v only", used)
	}
	for command, flags := range used {
		help := helpOf(t, command)
		if len(flags) < 2 || !strings.Contains(help, "Flags:") {
			t.Errorf("%s: found the flags %q and the help %q", command, flags, help)
		}
		for _, flag := range flags {
			if !regexp.MustCompile(`--(\[no-\])?` + flag + `\b`).MatchString(help) {
				t.Errorf("%s has no --%s", command, flag)
			}
		}
	}
	if strings.Contains(helpOf(t, "songtor serve"), "--no-such-flag") {
		t.Error("the help has every flag")
	}
}

func flagsIn(arguments []any) (names []string) {
	for _, a := range arguments {
		text, _ := a.(string)
		for _, found := range flagNames.FindAllStringSubmatch(text, -1) {
			names = append(names, found[1])
		}
	}
	return names
}

func helpOf(t *testing.T, program string) string {
	t.Helper()
	program, command, _ := strings.Cut(program, " ")
	out, err := exec.CommandContext(t.Context(), "go", "run", "songtor/cmd/"+program, command, "--help").CombinedOutput()
	if err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	return string(out)
}

func TestTheDatabaseTakesNobodyInClear(t *testing.T) {
	t.Parallel()
	rules, err := os.ReadFile("postgres/pg_hba.conf")
	if err != nil {
		t.Fatal(err)
	}
	for _, line := range strings.Split(string(rules), "\n") {
		fields := strings.Fields(line)
		switch {
		case len(fields) == 0 || strings.HasPrefix(line, "#"), fields[0] == "local" && fields[len(fields)-1] == "peer", slices.Contains(fields, "reject"):
		case fields[0] != "hostssl" || !slices.Contains(fields, "scram-sha-256") || !slices.Contains(fields, "clientcert=verify-ca") || slices.Contains(fields, "all"):
			t.Errorf("%q lets somebody in", line)
		}
	}
	settings, err := os.ReadFile("postgres/postgresql.conf")
	if err != nil {
		t.Fatal(err)
	}
	for _, line := range []string{"ssl = on", "ssl_min_protocol_version = 'TLSv1.3'", "password_encryption = 'scram-sha-256'", "fsync = on", "log_statement = 'none'"} {
		if !strings.Contains(string(settings), "\n"+line+"\n") {
			t.Errorf("%s is not set", line)
		}
	}
}
