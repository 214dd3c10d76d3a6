package vault_test

import (
	"runtime"
	"syscall"
	"testing"
	"time"

	"songtor/domain"
	"songtor/internal/testenv"
	"songtor/internal/vault"
)

// cpu is the processor time that this process has used; the database's is not in it.
func cpu(tb testing.TB) time.Duration {
	tb.Helper()
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
		tb.Fatal(err)
	}
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
}

// durableVault opens a Vault on a server that waits for the disk.
func durableVault(b *testing.B) *vault.Vault {
	b.Helper()
	v := openVault(b, newPool(b, testenv.PostgresServer(b).KeysURL), newKEK(b, vault.KEKKeyFile))
	if err := v.CheckDurable(b.Context()); err != nil {
		b.Fatal(err)
	}
	return v
}

// BenchmarkCreate makes new cases from 64 callers at once, with fsync.
func BenchmarkCreate(b *testing.B) {
	v := durableVault(b)
	b.SetParallelism(max(1, 64/runtime.GOMAXPROCS(0)))
	heap := make([]byte, 64<<20) // as a service has: on an empty heap the collector would run every 200 cases
	defer runtime.KeepAlive(heap)
	before := cpu(b)
	b.ResetTimer()
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			if _, _, err := v.Create(b.Context(), newCaseID(), deciding); err != nil {
				b.Error(err)
			}
		}
	})
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "cases/s")
	b.ReportMetric(float64((cpu(b)-before).Nanoseconds())/float64(b.N), "cpu-ns/op")
}

func BenchmarkCreateAlone(b *testing.B) {
	v := durableVault(b)
	for b.Loop() {
		create(b, v, newCaseID())
	}
}

func BenchmarkKeys(b *testing.B) {
	v := durableVault(b)
	id := newCaseID()
	create(b, v, id)
	for b.Loop() {
		if _, err := v.Keys(b.Context(), id, shown(), domain.Scopes()...); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkKeysFor500 fetches one scope's keys for a batch of a projection.
func BenchmarkKeysFor500(b *testing.B) {
	v := durableVault(b)
	ids := make([]string, 500)
	together(len(ids), func(i int) {
		ids[i] = newCaseID()
		if _, _, err := v.Create(b.Context(), ids[i], deciding); err != nil {
			b.Error(err)
		}
	})
	for b.Loop() {
		if _, err := v.KeysFor(b.Context(), shown(), domain.ScopeStatistics, ids); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkSeal4KiB(b *testing.B) {
	v, _, _ := newVault(b)
	keys := create(b, v, newCaseID())
	text := make([]byte, 4<<10)
	b.SetBytes(int64(len(text)))
	for b.Loop() {
		if _, err := keys.Seal(domain.ScopeSensitive, nil, text); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkOpen4KiB(b *testing.B) {
	v, _, _ := newVault(b)
	keys := create(b, v, newCaseID())
	sealed, err := keys.Seal(domain.ScopeSensitive, nil, make([]byte, 4<<10))
	if err != nil {
		b.Fatal(err)
	}
	b.SetBytes(4 << 10)
	for b.Loop() {
		if _, err := keys.Open(domain.ScopeSensitive, nil, sealed); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkPseudonym(b *testing.B) {
	v, _, _ := newVault(b)
	for b.Loop() {
		pseudonym(b, v, "0b9d8e1c-52a4-4c6f-8d3e-7a1f00c2e9ab")
	}
}
