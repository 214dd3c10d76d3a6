// Package app holds the use cases: what the service does for the people who use it.
//
// A write is authorised, decided by the domain on the case's history, sealed under the case's keys and appended to the log as one
// commit. A read is authorised, recorded in the access record, waits where the caller asks for what it has just written, and opens only
// what the reader may see: without a record on disk nothing is shown.
package app

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"time"

	"songtor/domain"
	"songtor/internal/access"
	"songtor/internal/accesslog"
	"songtor/internal/calendar"
	"songtor/internal/database"
	"songtor/internal/eventlog"
	"songtor/internal/files"
	"songtor/internal/guard"
	"songtor/internal/identity"
	"songtor/internal/limits"
	"songtor/internal/preferences"
	"songtor/internal/quarantine"
	"songtor/internal/release"
	"songtor/internal/retention"
	"songtor/internal/telemetry"
	"songtor/internal/transparency"
	"songtor/internal/transparency/builder"
	"songtor/internal/upload"
	"songtor/internal/vault"
	"songtor/projections"
	"songtor/projections/statistics"
)

// Service carries out the use cases. Its methods may be called concurrently.
type Service struct {
	log        *eventlog.Log
	vault      vault.Keeper
	views      *database.Views
	counts     statistics.Begin
	books      books
	publishing *release.Rules
	runner     *projections.Runner
	models     *ReadModels
	files      *files.Store
	pictures   upload.Cleaner
	filters    *preferences.Service
	quarantine *quarantine.Store
	accounts   Accounts
	access     accesslog.Recorder
	openings   *accesslog.Index
	limits     *limits.Book
	calendar   *calendar.Calendar
	keeping    *retention.Book
	signer     Signer
	trees      *builder.Builder
	intact     func() error
	guard      *guard.State
	policies   *access.Policies
	devKeys    bool
	digests    *digests
	meter      *accesslog.Meter
	measured   *telemetry.Meter
	now        func() time.Time
	latest     latest
	lately     atomic.Pointer[string] // id of the case that was read last
	untold     atomic.Bool            // the log lacks erasures that it could not be told of
}

// Accounts are those to whom a case can be assigned.
type Accounts interface {
	// ByID fails with identity.ErrNoAccount where there is no such account.
	ByID(ctx context.Context, id string) (identity.Account, error)
	// ByUsername fails with identity.ErrNoAccount where there is no such account.
	ByUsername(ctx context.Context, username string) (identity.Account, error)
}

// Signer signs what the service answers for.
type Signer interface {
	// SignReceipt gives the same signature to the same receipt.
	SignReceipt(ctx context.Context, r transparency.Receipt) (transparency.Signature, error)
	// SignCertificate signs the certificate of an erasure, of which the digest is given.
	SignCertificate(ctx context.Context, digest string) (transparency.Signature, error)
	// ReceiptKey is what verifies both, in the form of a signed note's verifier key.
	ReceiptKey() string
}

// Config is what a Service needs. Every field but Publishing, Keeping, OpenMost, Pictures, Trees, Guard, DevKeys, Meter and Now is required.
type Config struct {
	Log        *eventlog.Log
	Vault      vault.Keeper
	Views      *database.Views  // the read models
	Counts     statistics.Begin // by which a release is counted
	Publishing *release.Rules   // what is published; release.Usual() where nil
	Runner     *projections.Runner
	Models     *ReadModels
	Files      *files.Store
	Pictures   upload.Cleaner // upload.Inside where nil
	Filters    *preferences.Service
	Quarantine *quarantine.Store
	Accounts   Accounts
	Access     accesslog.Recorder
	Openings   *accesslog.Index
	OpenMost   int // different cases that an account may open in an hour; accesslog.DefaultOpenLimit where 0
	Limits     *limits.Book
	Calendar   *calendar.Calendar
	Keeping    *retention.Book // how long cases are kept; retention.Default() where nil
	Signer     Signer
	Trees      *builder.Builder // nil for a service that gives no proofs and signs no checkpoints
	Policies   *access.Policies
	Guard      *guard.State     // whether anything may be written; always, where nil
	DevKeys    bool             // the vault's key-encryption key is of type dev
	Meter      *telemetry.Meter // takes the figures and spans; one of its own where nil
	Now        func() time.Time // time.Now where nil
}

// New returns a Service.
func New(c Config) *Service {
	s := &Service{
		log: c.Log, vault: c.Vault, views: c.Views, counts: c.Counts, runner: c.Runner, models: c.Models, files: c.Files, pictures: c.Pictures,
		filters: c.Filters, quarantine: c.Quarantine, accounts: c.Accounts, limits: c.Limits, calendar: c.Calendar, signer: c.Signer, trees: c.Trees, now: c.Now,
		access: c.Access, guard: c.Guard, keeping: c.Keeping, openings: c.Openings, policies: c.Policies, devKeys: c.DevKeys, digests: &digests{name: c.Vault.Exclusion},
		publishing: c.Publishing, books: books{book: release.NewBook()}, measured: c.Meter,
	}
	if s.measured == nil {
		s.measured = telemetry.New()
	}
	for _, kind := range domain.TaskKinds() {
		s.measured.Awaits(string(kind))
	}
	if s.pictures == nil {
		s.pictures = upload.Inside{}
	}
	if s.publishing == nil {
		s.publishing = release.Usual()
	}
	if s.guard == nil {
		s.guard = new(guard.State)
	}
	if s.keeping == nil {
		s.keeping = retention.Default()
	}
	if s.now == nil {
		s.now = time.Now
	}
	if c.OpenMost == 0 {
		c.OpenMost = accesslog.DefaultOpenLimit
	}
	s.meter = accesslog.NewMeter(c.Openings, c.OpenMost, s.now)
	s.intact = func() error { return nil }
	if c.Trees != nil {
		s.intact = c.Trees.Intact
	}
	return s
}

// Ready reports whether requests would find the log, the access record, the keys and the read models. It fails with ErrReadOnly where they
// would and nothing is taken in, so that everything can be read; its text says why.
func (s *Service) Ready(ctx context.Context) error {
	if _, err := s.log.Head(ctx); err != nil {
		return unavailable("reach the log", err)
	}
	if _, err := s.openings.Head(ctx); err != nil {
		return unavailable("reach the access record", err)
	}
	if err := s.vault.Ping(ctx); err != nil {
		return unavailable("reach the keys", err)
	}
	if err := s.views.Ping(ctx); err != nil {
		return unavailable("reach the read models", err)
	}
	writing := s.writable()
	if err := s.guard.Recordable(); err != nil {
		return unavailable("record who reads", errors.New(s.guard.Explain()))
	}
	if writing == nil {
		return nil
	}
	return fmt.Errorf("%w: %s", ErrReadOnly, s.guard.Explain())
}
