package deployments_test

import (
	"bytes"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"songtor/internal/testenv"
)

// keyPods are the key services of pods with one database, as the manifest for Kubernetes runs them: its first step and then its command line.
type keyPods struct {
	program, secret, settings string
	step                      string
	arguments                 []string
}

// keyPod is one of them.
type keyPod struct {
	*keyPods

	name, state, made, sockets string
}

func newKeyPods(t *testing.T) *keyPods {
	t.Helper()
	dir := t.TempDir()
	p := &keyPods{program: filepath.Join(dir, "songtor"), secret: filepath.Join(dir, "secret"), settings: filepath.Join(dir, "settings")}
	build(t, p.program, "songtor")
	pod := at(documents(t, "kubernetes/songtor.yaml")["kubernetes/songtor.yaml"][0], "spec", "template", "spec")
	command := list(at(list(at(pod, "initContainers"))[0], "command"))
	p.step, _ = command[len(command)-1].(string)
	p.arguments = textsOf(at(list(at(pod, "containers"))[1], "args"))
	must(t, os.Mkdir(p.secret, 0o700))
	must(t, os.Mkdir(p.settings, 0o700))
	_, keys := databases(t)
	must(t, os.WriteFile(filepath.Join(p.settings, "keyservice.yaml"), []byte("keys-database: "+keys), 0o400))
	passphrase, kek := filepath.Join(p.secret, "passphrase"), filepath.Join(p.secret, "kek.json")
	must(t, os.WriteFile(passphrase, []byte("a passphrase\n"), 0o440))
	p.mustSay(t, "made", "keys", "create", kek, "--passphrase-file", passphrase)
	must(t, os.Chmod(kek, 0o440)) // as a cluster opens it to the group of the pod
	return p
}

func (p *keyPods) mustSay(t *testing.T, what string, arguments ...string) {
	t.Helper()
	out, err := exec.CommandContext(t.Context(), p.program, arguments...).CombinedOutput()
	if err != nil || !bytes.Contains(out, []byte(what)) {
		t.Fatalf("%q: %v: %s", arguments, err, out)
	}
}

// pod is one with a new volume.
func (p *keyPods) pod(t *testing.T, name string) *keyPod {
	t.Helper()
	sockets, err := os.MkdirTemp("", "songtor-pod-") // addresses of sockets are short
	must(t, err)
	t.Cleanup(func() { _ = os.RemoveAll(sockets) })
	return &keyPod{p, name, t.TempDir(), t.TempDir(), sockets}
}

func (p *keyPod) file(name string) string { return filepath.Join(p.state, name) }

// prepare takes the first step.
func (p *keyPod) prepare(t *testing.T) {
	t.Helper()
	step := strings.NewReplacer("/var/lib/songtor-keys", p.state, "/from/", p.secret+"/", "/config/", p.settings+"/", "/to/", p.made+"/").Replace(p.step)
	command := exec.CommandContext(t.Context(), "sh", "-c", step)
	command.Env = append(os.Environ(), "POD="+p.name)
	if out, err := command.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
}

// begins reports whether the first step lets the key service begin a file of erasures.
func (p *keyPod) begins(t *testing.T) bool {
	t.Helper()
	return strings.Contains(readFile(t, filepath.Join(p.made, "keyservice.yaml")), "\nbegin-erasure-ledger: true\n")
}

// serve runs the key service until it is ready, and returns what ends it; where it ends by itself, stop is nil and said is why.
func (p *keyPod) serve(t *testing.T) (stop func(), said string) {
	t.Helper()
	paths := strings.NewReplacer("/var/lib/songtor-keys", p.state, "/run/secrets/kek", p.made, "/run/songtor-keys", p.sockets,
		"--peer-user=songtor", "--peer-user="+strconv.Itoa(os.Geteuid()))
	var arguments []string
	for _, argument := range p.arguments {
		arguments = append(arguments, paths.Replace(argument))
	}
	process := exec.CommandContext(t.Context(), p.program, arguments...)
	var output bytes.Buffer
	process.Stdout, process.Stderr = &output, &output
	must(t, process.Start())
	ended := make(chan error, 1)
	go func() { ended <- process.Wait() }()
	socket := filepath.Join(p.sockets, "keys.sock")
	testenv.Eventually(t, time.Minute, func() bool { _, err := os.Stat(socket); return err == nil || len(ended) > 0 })
	if len(ended) > 0 {
		<-ended
		return nil, output.String()
	}
	return func() {
		must(t, process.Process.Signal(os.Interrupt))
		if err := <-ended; err != nil {
			t.Errorf("the key service of %s ended with %v: %s", p.name, err, output.String())
		}
	}, ""
}

func (p *keyPod) mustServe(t *testing.T) (stop func()) {
	t.Helper()
	stop, said := p.serve(t)
	if stop == nil {
		t.Fatalf("the key service of %s does not start: %s", p.name, said)
	}
	return stop
}

func (p *keyPod) mustNotServe(t *testing.T, why string) {
	t.Helper()
	stop, said := p.serve(t)
	if stop != nil {
		stop()
	}
	if stop != nil || !strings.Contains(said, why) {
		t.Errorf("the key service of %s starts, or ends with another reason: %s", p.name, said)
	}
}

func mode(t *testing.T, path string) fs.FileMode {
	t.Helper()
	info, err := os.Stat(path)
	must(t, err)
	return info.Mode().Perm()
}

// Of two pods with one database the second begins its file of erasures by itself, and a lost one of the first stops it.
func TestTheSecondPodBeginsItsErasures(t *testing.T) {
	t.Parallel()
	pods := newKeyPods(t)
	first, second := pods.pod(t, "songtor-0"), pods.pod(t, "songtor-1")
	first.prepare(t)
	defer first.mustServe(t)()
	second.prepare(t)
	if !second.begins(t) {
		t.Fatal("the second pod may not begin a file of erasures")
	}
	settings := filepath.Join(second.made, "keyservice.yaml")
	copyFile(t, filepath.Join(pods.settings, "keyservice.yaml"), settings) // the control: without the line of the first step
	second.mustNotServe(t, "--begin-erasure-ledger")
	second.prepare(t)
	second.mustServe(t)()
	must(t, os.Chmod(second.file("erasures.ledger"), 0o660)) // as a cluster opens the files of a volume to the group of the pod
	second.prepare(t)
	if second.begins(t) {
		t.Error("the second pod may begin another file of erasures")
	}
	second.mustServe(t)()
	must(t, os.Remove(second.file("erasures.ledger")))
	second.prepare(t)
	second.mustNotServe(t, "--begin-erasure-ledger")

	lost := pods.pod(t, "songtor-0")
	lost.prepare(t)
	lost.mustNotServe(t, "--begin-erasure-ledger")
}

// A key service turns its key over in its volume, and the secret does not bring the version before back. Another pod serves again with the file.
func TestAKeyIsTurnedOverInItsVolume(t *testing.T) {
	t.Parallel()
	pods := newKeyPods(t)
	first, second := pods.pod(t, "songtor-0"), pods.pod(t, "songtor-1")
	for _, pod := range []*keyPod{first, second} {
		pod.prepare(t)
		if mode(t, pod.file("kek.json")) != 0o600 {
			t.Errorf("%s has a key file of mode %o", pod.name, mode(t, pod.file("kek.json")))
		}
		stop := pod.mustServe(t)
		if pod == first {
			defer stop()
			continue
		}
		stop()
	}
	pods.mustSay(t, "wrapped anew", "keys", "rotate", "--keys", "unix:"+filepath.Join(first.sockets, "keys.sock"))
	turned := readFile(t, first.file("kek.json"))
	if turned == readFile(t, filepath.Join(pods.secret, "kek.json")) {
		t.Fatal("the key was not turned over")
	}
	first.prepare(t)
	if readFile(t, first.file("kek.json")) != turned {
		t.Error("the secret brought back the key from before")
	}
	second.prepare(t)
	second.mustNotServe(t, "key-encryption key")
	copyFile(t, first.file("kek.json"), second.file("kek.json"))
	second.prepare(t)
	second.mustServe(t)()
}

// The same on one machine: `songtor keys place` makes the file once.
func TestAKeyIsPlacedOnce(t *testing.T) {
	t.Parallel()
	pods := newKeyPods(t)
	services, _ := at(documents(t, "compose.yaml")["compose.yaml"][0], "services").(object)
	to := filepath.Join(t.TempDir(), "kek.json")
	from := filepath.Join(pods.secret, "kek.json")
	var arguments []string
	for _, argument := range textsOf(at(services["key-file"], "command")) {
		arguments = append(arguments, strings.NewReplacer("/run/secrets/kek.json", from, "/var/lib/songtor-keys/kek.json", to).Replace(argument))
	}
	pods.mustSay(t, "made "+to, arguments...)
	if readFile(t, to) != readFile(t, from) || mode(t, to) != 0o600 {
		t.Errorf("the key file is another, or of mode %o", mode(t, to))
	}
	must(t, os.WriteFile(to, []byte("turned over"), 0o600))
	pods.mustSay(t, "", arguments...)
	if readFile(t, to) != "turned over" {
		t.Error("the secret brought back the key from before")
	}
	if strings.Contains(strings.Join(textsOf(at(services["keys"], "command")), " "), "/run/secrets/kek.json") {
		t.Error("the key service works with the secret, which it cannot replace")
	}
}

// textsOf are the texts of a list.
func textsOf(o any) (texts []string) {
	for _, item := range list(o) {
		text, _ := item.(string)
		texts = append(texts, text)
	}
	return texts
}

// Where a unit names the key file, the service may replace it.
func TestAUnitMayReplaceItsKeyFile(t *testing.T) {
	t.Parallel()
	unit := readFile(t, "systemd/songtor-keys.service")
	if !strings.Contains(unit, " --kek /etc/songtor/keys/kek.json ") || !strings.Contains(unit, "\nReadWritePaths=/etc/songtor/keys\n") {
		t.Error("the key service may not write where its key file lies")
	}
}

// The key service lets its own user turn the key over, and root, and not the one who may ask for keys. Whoever follows the page has to be that user.
func TestTheKeyIsTurnedOverByWhoMay(t *testing.T) {
	t.Parallel()
	page := readFile(t, "restoring.md")
	pod := at(documents(t, "kubernetes/songtor.yaml")["kubernetes/songtor.yaml"][0], "spec", "template", "spec")
	var containers []string
	for _, found := range regexp.MustCompile("`kubectl [^`]*exec [^`]*-c (\\S+) -- /songtor keys rotate [^`]*`").FindAllStringSubmatch(page, -1) {
		containers = append(containers, found[1])
	}
	for _, c := range list(at(pod, "containers")) {
		keeps := textsOf(at(c, "args"))[0] == "keyservice"
		if name, _ := at(c, "name").(string); keeps != slices.Contains(containers, name) {
			t.Errorf("in the container %s: keeps the keys %t, turns them over %t", name, keeps, !keeps)
		}
	}
	service := regexp.MustCompile("`docker compose [^`]*exec (\\S+) /songtor keys rotate [^`]*`").FindStringSubmatch(page)
	if service == nil || textsOf(at(documents(t, "compose.yaml")["compose.yaml"][0], "services", service[1], "command"))[0] != "keyservice" {
		t.Errorf("on one machine the key is turned over in %q", service)
	}
}
