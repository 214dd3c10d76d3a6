package deployments_test

import (
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"

	"songtor/internal/testenv"
)

// rendered is what kustomize makes of a folder.
func rendered(t *testing.T, folder string) []object {
	t.Helper()
	kubectl, err := exec.LookPath("kubectl")
	if err != nil {
		t.Log("NOT PROVED: kubectl is not installed; only the files as they are were looked at")
		return nil
	}
	out, err := exec.CommandContext(t.Context(), kubectl, "kustomize", folder).Output()
	if err != nil {
		t.Fatalf("kubectl kustomize %s: %v", folder, err)
	}
	return parse(t, folder, out)
}

// of are the objects of a kind, by name.
func of(docs []object, kind string) map[string]object {
	found := map[string]object{}
	for _, doc := range docs {
		if name, ok := at(doc, "metadata", "name").(string); ok && at(doc, "kind") == kind {
			found[name] = doc
		}
	}
	return found
}

// selects reports whether every label that a selector asks for stands on the pods of a workload.
func selects(selector, workload any) bool {
	labels, _ := at(workload, "spec", "template", "metadata", "labels").(object)
	asked, _ := selector.(object)
	for name, value := range asked {
		if labels[name] != value {
			return false
		}
	}
	return len(asked) > 0
}

// workloadFaults says what a workload lacks to be started, watched, and moved without anybody noticing.
func workloadFaults(name string, workload object, docs []object) (faults []string) {
	must := func(ok bool, what string) {
		if !ok {
			faults = append(faults, name+" "+what)
		}
	}
	must(selects(at(workload, "spec", "selector", "matchLabels"), workload), "does not select its own pods")
	service := of(docs, "Service")[name]
	must(service != nil && selects(at(service, "spec", "selector"), workload), "has no service that finds it")
	for i, c := range list(at(workload, "spec", "template", "spec", "containers")) {
		image, _ := at(c, "image").(string)
		must(pinned.MatchString(image), "has the image "+image)
		must(at(c, "resources", "requests", "memory") != nil, "asks for no memory")
		if i == 0 {
			must(at(c, "readinessProbe") != nil && at(c, "livenessProbe") != nil, "is not looked after")
		}
	}
	policy := of(docs, "NetworkPolicy")[name]
	must(policy != nil && selects(at(policy, "spec", "podSelector", "matchLabels"), workload), "has no policy for the network")
	return faults
}

func TestWhatIsAppliedHoldsTogether(t *testing.T) {
	t.Parallel()
	for _, folder := range []string{".", "cluster"} {
		docs := rendered(t, folder)
		if docs == nil {
			continue
		}
		workloads := of(docs, "StatefulSet")
		if len(workloads) != 3 {
			t.Errorf("%s has %d workloads", folder, len(workloads))
		}
		for name, workload := range workloads {
			for _, fault := range slices.Concat(workloadFaults(name, workload, docs), podFaults(workload)) {
				t.Errorf("%s: %s", folder, fault)
			}
			if faults := workloadFaults(name, workload, nil); len(faults) < 2 {
				t.Errorf("%s: without a service and a policy %s has the faults %q only", folder, name, faults)
			}
		}
		probes := func(name string) (paths []any) {
			first := list(at(workloads["songtor"], "spec", "template", "spec", "containers"))[0]
			return append(paths, at(first, name, "httpGet", "path"))
		}
		if ready, alive := probes("readinessProbe")[0], probes("livenessProbe")[0]; ready != "/readyz" || alive != "/healthz" {
			t.Errorf("%s: the service is asked %v and %v", folder, ready, alive)
		}
	}
}

func TestAClusterLosesOneOfEach(t *testing.T) {
	t.Parallel()
	docs := rendered(t, "cluster")
	if docs == nil {
		return
	}
	workloads, budgets := of(docs, "StatefulSet"), of(docs, "PodDisruptionBudget")
	for name, copies := range map[string]int{"nats": 3, "songtor": 2} {
		w, b := workloads[name], budgets[name]
		if at(w, "spec", "replicas") != copies || at(w, "spec", "updateStrategy", "type") != "RollingUpdate" || at(w, "spec", "template", "spec", "affinity") == nil {
			t.Errorf("%s does not run %d times on machines of its own, one exchanged after the other", name, copies)
		}
		if at(b, "spec", "maxUnavailable") != 1 || !selects(at(b, "spec", "selector", "matchLabels"), w) {
			t.Errorf("more than one %s may be away", name)
		}
	}
	text := fmt.Sprint(workloads["nats"]) + fmt.Sprint(workloads["songtor"])
	for _, part := range []string{"ldm=/run/nats/pid", "--replicas=3", "--drain-wait="} {
		if !strings.Contains(text, part) {
			t.Errorf("nothing says %s", part)
		}
	}
}

// TestThreeServersFindEachOther starts three servers with the settings that are shipped.
func TestThreeServersFindEachOther(t *testing.T) {
	a := newAuthority(t)
	certificate, key := a.sign(t, "nats")
	addresses := []string{freeAddress(t), freeAddress(t), freeAddress(t)}
	var servers []*server.Server
	for i := range addresses {
		lines := []string{
			fmt.Sprintf("NATS_SERVER_NAME: nats-%d", i), `NATS_LISTEN: "127.0.0.1:-1"`, fmt.Sprintf("NATS_STORE: %q", t.TempDir()),
			fmt.Sprintf("NATS_CERT: %q", certificate), fmt.Sprintf("NATS_KEY: %q", key), fmt.Sprintf("NATS_CA: %q", filepath.Join(a.dir, "ca.crt")),
			"NATS_ADMIN_PASSWORD: a", "NATS_SONGTOR_PASSWORD: b", "NATS_SYS_PASSWORD: c", fmt.Sprintf("NATS_CLUSTER_LISTEN: %q", addresses[i]),
		}
		for n, other := range addresses {
			lines = append(lines, fmt.Sprintf(`NATS_ROUTE_%d: "nats://%s"`, n, other))
		}
		servers = append(servers, startFrom(t, filepath.Join(settings(t, lines...), "cluster.conf")))
	}
	testenv.Eventually(t, time.Minute, func() bool {
		return slices.ContainsFunc(servers, func(s *server.Server) bool { return s.JetStreamIsLeader() && len(s.JetStreamClusterPeers()) == 3 })
	})
	stranger, err := new(tls.Dialer).DialContext(t.Context(), "tcp", addresses[0])
	if err == nil {
		t.Error("a stranger trusts the certificate of the servers")
		_ = stranger.Close()
	}
	for name, config := range map[string]*tls.Config{
		"with the certificate of the authority": {RootCAs: a.pool(t), Certificates: []tls.Certificate{a.pair(t, certificate, key)}, MinVersion: tls.VersionTLS13},
		"without a certificate":                 {RootCAs: a.pool(t), MinVersion: tls.VersionTLS13},
	} {
		if taken := mayJoin(t, addresses[0], config); taken != (config.Certificates != nil) {
			t.Errorf("a server %s is taken: %v", name, taken)
		}
	}
}

// settings are a folder with the settings that are shipped and their variables.
func settings(t *testing.T, variables ...string) string {
	t.Helper()
	folder := t.TempDir()
	for _, file := range []string{"nats-server.conf", "cluster.conf"} {
		copyFile(t, filepath.Join("nats", file), filepath.Join(folder, file))
	}
	must(t, os.WriteFile(filepath.Join(folder, "variables.conf"), []byte(strings.Join(variables, "\n")), 0o600))
	return folder
}

// mayJoin reports whether a server answers somebody who comes as another server.
func mayJoin(t *testing.T, address string, config *tls.Config) bool {
	t.Helper()
	conn, err := (&tls.Dialer{Config: config}).DialContext(t.Context(), "tcp", address)
	if err != nil {
		return false
	}
	defer conn.Close()
	must(t, conn.SetDeadline(time.Now().Add(5*time.Second)))
	n, err := conn.Read(make([]byte, 1024))
	return err == nil && n > 0
}

func (a *authority) pool(t *testing.T) *x509.CertPool {
	t.Helper()
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM([]byte(readFile(t, filepath.Join(a.dir, "ca.crt")))) {
		t.Fatal("the authority has no certificate")
	}
	return pool
}

func (a *authority) pair(t *testing.T, certificate, key string) tls.Certificate {
	t.Helper()
	pair, err := tls.LoadX509KeyPair(certificate, key)
	must(t, err)
	return pair
}

func startFrom(t *testing.T, path string) *server.Server {
	t.Helper()
	options, err := server.ProcessConfigFile(path)
	must(t, err)
	options.NoLog, options.NoSigs = true, true
	s, err := server.NewServer(options)
	must(t, err)
	go s.Start()
	t.Cleanup(func() {
		s.Shutdown()
		s.WaitForShutdown()
	})
	return s
}
