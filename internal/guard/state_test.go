package guard

import (
	"errors"
	"slices"
	"testing"
)

func TestAStateRefusesForAsLongAsAReasonStands(t *testing.T) {
	t.Parallel()
	s := new(State)
	if err := s.Writable(); err != nil {
		t.Fatal(err)
	}
	_, changed := s.Standing()
	if !s.Refuse(DiskLow, "make space") || s.Refuse(DiskLow, "make space") {
		t.Fatal("a reason is new once")
	}
	select {
	case <-changed:
	default:
		t.Fatal("nobody was told")
	}
	s.Refuse(LogShort, "restart")
	var refused *ReadOnly
	if err := s.Writable(); !errors.Is(err, ErrReadOnly) || !errors.As(err, &refused) {
		t.Fatalf("got %v", err)
	}
	if !slices.Equal(refused.Reasons, []Reason{DiskLow, LogShort}) || refused.RetryAfter != later {
		t.Fatalf("got %+v", refused)
	}
	if err := s.Recordable(); err != nil {
		t.Fatalf("reading ends with writing: %v", err)
	}
	s.Refuse(DiskFull, "make space")
	if err := s.Recordable(); !errors.Is(err, ErrReadOnly) {
		t.Fatalf("the access record is written onto a full disk: %v", err)
	}
	for _, r := range Reasons() {
		s.Allow(r)
	}
	if err := s.Writable(); err != nil || s.Explain() != "" || s.Recordable() != nil {
		t.Fatalf("refuses without a reason: %v", err)
	}
}

func TestOperationsAreBounded(t *testing.T) {
	t.Parallel()
	s := new(State)
	s.most.Store(2)
	first, err := s.Enter()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.Enter(); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Enter(); !errors.Is(err, ErrBusy) {
		t.Fatalf("got %v", err)
	}
	first()
	if _, err := s.Enter(); err != nil {
		t.Fatal(err)
	}
	s.behind.Store(true)
	s.most.Store(0)
	if _, err := s.Enter(); !errors.Is(err, ErrBusy) {
		t.Fatalf("got %v", err)
	}
	if n := s.inside.Load(); n != 2 {
		t.Fatalf("%d are inside", n)
	}
}
