package identity

import (
	"context"
	"embed"
	"log/slog"
	"time"

	"github.com/go-webauthn/webauthn/webauthn"
	"github.com/jackc/pgx/v5/pgxpool"

	"songtor/internal/database"
)

// Options are what may be set of a Service. The zero value is usable.
type Options struct {
	// AllowDemo says that the service runs in demo mode: demo accounts may be made and may sign in. Without it their sessions do
	// not stand either.
	AllowDemo bool
	// IdleLimit ends a session that was not used for so long; 15 minutes where zero. Use is noted once a minute, so a session may
	// end up to a minute sooner.
	IdleLimit time.Duration
	// AbsoluteLimit ends a session so long after its start; 12 hours where zero.
	AbsoluteLimit time.Duration
	// MaxSessions is how many sessions an account has at once; 3 where zero, and 100 in demo mode, where many people share an account.
	// One more ends the oldest.
	MaxSessions int
	// Staleness is how long what another process does to sessions may go unnoticed where Listen does not run; 2 seconds where zero.
	Staleness time.Duration
	// Origin is the address at which people reach the service, such as https://songtor.example; http://localhost:8080 where empty.
	// Passkeys and the proofs of devices count for it alone.
	Origin string
	// Sealer seals the secrets of one-time codes. Without it accounts cannot have any.
	Sealer Sealer
	// Provider signs people in from outside; nil for none.
	Provider *ProviderConfig
	// Now is the clock; time.Now where nil.
	Now func() time.Time
	// Owner connects as the role that makes and changes the tables; the same as the service where nil.
	Owner *pgxpool.Pool
	// Logger takes what went wrong without failing a call; slog.Default() where nil.
	Logger *slog.Logger
}

// Service keeps accounts and sessions. Its methods may be called concurrently.
type Service struct {
	db      *pgxpool.Pool
	options Options
	hasher  *hasher
	limits  limits
	cache   *cache
	watches *watches

	relyingParty *webauthn.WebAuthn
	provider     *outsideProvider // nil for none
}

// New brings the schema of the database up to date and returns a Service. The pool stays the caller's to close.
func New(ctx context.Context, pool *pgxpool.Pool, o Options) (*Service, error) {
	return newService(ctx, pool, o, defaultCost())
}

func newService(ctx context.Context, pool *pgxpool.Pool, o Options, c cost) (*Service, error) {
	o = o.withDefaults()
	rp, err := newRelyingParty(o.Origin)
	if err != nil {
		return nil, err
	}
	if o.Owner == nil {
		o.Owner = pool
	}
	if err := migrate(ctx, o.Owner); err != nil {
		return nil, err
	}
	h, err := newHasher(c)
	if err != nil {
		return nil, err
	}
	var outside *outsideProvider
	if o.Provider != nil {
		if outside, err = newProvider(*o.Provider, o.Origin, o.Now); err != nil {
			return nil, err
		}
		outside.meet(ctx, o.Logger)
	}
	return &Service{
		db: pool, options: o, hasher: h, limits: newLimits(o.Now), cache: newCache(o.Now, o.Staleness), watches: newWatches(), relyingParty: rp,
		provider: outside,
	}, nil
}

func (o Options) withDefaults() Options {
	if o.IdleLimit == 0 {
		o.IdleLimit = 15 * time.Minute
	}
	if o.AbsoluteLimit == 0 {
		o.AbsoluteLimit = 12 * time.Hour
	}
	if o.MaxSessions == 0 {
		o.MaxSessions = 3
		if o.AllowDemo {
			o.MaxSessions = 100
		}
	}
	if o.Staleness == 0 {
		o.Staleness = 2 * time.Second
	}
	if o.Origin == "" {
		o.Origin = "http://localhost:8080"
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Logger == nil {
		o.Logger = slog.Default()
	}
	return o
}

// now is the clock at the resolution of the database, so that a time read back equals the one written.
func (s *Service) now() time.Time { return s.options.Now().UTC().Truncate(time.Microsecond) }

//go:embed migrations/*.sql
var steps embed.FS

//go:embed grants.sql
var grants string

var migrations = database.Migrations{Steps: steps, Schema: "identity", Table: "identity.migration", Grants: grants}

func migrate(ctx context.Context, owner *pgxpool.Pool) error {
	if err := migrations.Up(ctx, owner); err != nil {
		return couldNot("migrate the accounts", err)
	}
	return nil
}
