package app

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"sync"
	"time"

	"songtor/internal/access"
	"songtor/internal/eventlog"
	"songtor/internal/identity"
	"songtor/internal/release"
	"songtor/internal/vault"
	"songtor/projections"
	"songtor/projections/statistics"
)

// ErrNotPublished says that a count is not published, and never why.
var ErrNotPublished = errors.New("not published")

// catchUp is how long a release waits until everything that the log has taken is counted.
const catchUp = time.Minute

// books keeps what the log says of releases, so that only what is new is read.
type books struct {
	mutex sync.Mutex
	book  *release.Book
}

// Book is everything that was ever proposed and published, for an operator who verifies it.
func (s *Service) Book(ctx context.Context) (*release.Book, error) { return s.book(ctx) }

// book is everything that was ever proposed and published.
func (s *Service) book(ctx context.Context) (*release.Book, error) {
	s.books.mutex.Lock()
	defer s.books.mutex.Unlock()
	news, err := s.log.LoadReleases(ctx, s.books.book.Last)
	if err != nil {
		return nil, unavailable("read the releases", err)
	}
	for _, r := range news {
		next, err := s.books.book.Read(r.Position, r.Data)
		if err != nil {
			return nil, unavailable("read the releases", err)
		}
		s.books.book = next
	}
	return s.books.book, nil
}

// Releases lists what is published, the latest period first.
func (s *Service) Releases(ctx context.Context, p identity.Principal) ([]release.Release, error) {
	if err := s.May(p, access.StatisticsRead); err != nil {
		return nil, err
	}
	book, err := s.book(ctx)
	if err != nil {
		return nil, err
	}
	releases := []release.Release{}
	for _, r := range slices.Backward(book.Published()) {
		releases = append(releases, r.Release)
	}
	return releases, nil
}

// Release returns one published release. It fails with ErrNotPublished.
func (s *Service) Release(ctx context.Context, p identity.Principal, id string) (*release.Published, error) {
	if err := s.May(p, access.StatisticsRead); err != nil {
		return nil, err
	}
	book, err := s.book(ctx)
	if err != nil {
		return nil, err
	}
	found, ok := book.Find(id)
	if !ok {
		return nil, ErrNotPublished
	}
	return found, nil
}

// VerifyRelease checks a release, published or proposed, against its certificates, those under seal among them.
func (s *Service) VerifyRelease(ctx context.Context, p *release.Proposed) (release.Checked, error) {
	book, err := s.book(ctx)
	if err != nil {
		return release.Checked{}, err
	}
	return book.Verify(p, s.seal(ctx))
}

// seal is what certificates lie under that tell of the people.
func (s *Service) seal(ctx context.Context) release.Seal {
	return release.Seal{
		Close: func(digest string, plain []byte) ([]byte, error) {
			return s.vault.SealSecret(ctx, vault.ReleaseProofs, digest, plain)
		},
		Open: func(digest string, sealed []byte) ([]byte, error) {
			return s.vault.OpenSecret(ctx, vault.ReleaseProofs, digest, sealed)
		},
	}
}

// Certificate returns the proof of a block of a release, by its digest. It fails with ErrNotPublished, also for one that lies under seal.
func (s *Service) Certificate(ctx context.Context, p identity.Principal, id, digest string) ([]byte, error) {
	found, err := s.Release(ctx, p, id)
	if err != nil {
		return nil, err
	}
	if !slices.ContainsFunc(found.Blocks, func(b release.Block) bool { return b.Certificate == digest }) {
		return nil, ErrNotPublished
	}
	book, err := s.book(ctx)
	if err != nil {
		return nil, err
	}
	certificate, err := book.Certificate(digest, release.NoSeal())
	if errors.Is(err, release.ErrSealed) {
		return nil, ErrNotPublished
	}
	if err != nil {
		return nil, unavailable("read a certificate", err)
	}
	return certificate, nil
}

// Proposals lists the releases that were built and wait for another person.
func (s *Service) Proposals(ctx context.Context, p identity.Principal) ([]*release.Proposed, error) {
	if s.May(p, access.ReleaseBuild) != nil && s.May(p, access.ReleasePublish) != nil {
		return nil, s.May(p, access.ReleasePublish)
	}
	book, err := s.book(ctx)
	if err != nil {
		return nil, err
	}
	return book.Proposals(), nil
}

// PeriodState is how far a half-year has come.
type PeriodState struct {
	Period   release.Period
	ClosedAt time.Time
	State    string // published, proposed, closed
}

// ReleasePlan is what would be published of which periods, and by which rules.
type ReleasePlan struct {
	Rules   *release.Rules
	Periods []PeriodState
}

// PlanReleases says which half-years can be published and which are.
func (s *Service) PlanReleases(ctx context.Context, p identity.Principal) (ReleasePlan, error) {
	if err := s.May(p, access.ReleaseBuild); err != nil {
		return ReleasePlan{}, err
	}
	book, err := s.book(ctx)
	if err != nil {
		return ReleasePlan{}, err
	}
	people, _, err := statistics.Extract(ctx, s.counts)
	if err != nil {
		return ReleasePlan{}, unavailable("read whom to count", err)
	}
	plan := ReleasePlan{Rules: s.publishing}
	for _, period := range s.publishing.Ended(firstDay(people), s.now()) {
		state := PeriodState{Period: period, ClosedAt: period.ClosedAt(s.publishing), State: "closed"}
		if slices.ContainsFunc(book.Proposals(), func(p *release.Proposed) bool { return p.Release.ID == period.ID }) {
			state.State = "proposed"
		}
		if _, done := book.Find(period.ID); done {
			state.State = "published"
		}
		plan.Periods = append(plan.Periods, state)
	}
	return plan, nil
}

// firstDay is the day on which the first person was met, empty where nobody was.
func firstDay(people []statistics.Person) string {
	first := ""
	for _, p := range people {
		if p.Met != "" && (first == "" || p.Met < first) {
			first = p.Met
		}
	}
	return first
}

// Building says how a release is built.
type Building struct {
	Period string
	Weak   bool // rules that protect less than is recommended are accepted
	Dry    bool // nothing is written: the proposal is returned only
	Report func(release.Progress)
}

// BuildRelease counts the people of a closed half-year, withholds what must not be told, and proposes the result to another person. It fails
// as release.Build does, and with projections.ErrBehind where not everything is counted yet.
func (s *Service) BuildRelease(ctx context.Context, p identity.Principal, b Building) (*release.Proposal, error) {
	began := time.Now()
	proposal, err := s.buildRelease(ctx, p, b)
	s.measured.Built(time.Since(began), outcomeOf(err))
	return proposal, err
}

func (s *Service) buildRelease(ctx context.Context, p identity.Principal, b Building) (*release.Proposal, error) {
	if err := s.May(p, access.ReleaseBuild); err != nil {
		return nil, err
	}
	period, err := release.ParsePeriod(b.Period)
	if err != nil {
		return nil, err
	}
	book, err := s.book(ctx)
	if err != nil {
		return nil, err
	}
	people, position, err := s.freeze(ctx)
	if err != nil {
		return nil, err
	}
	secret, err := s.vault.Coins(ctx, period.ID)
	if err != nil {
		return nil, unavailable("reach the keys", err)
	}
	proposal, err := release.Build(ctx, release.Input{
		Period: period, Now: s.now(), Rules: s.publishing, Weak: b.Weak, People: people, Position: position, Secret: secret, Earlier: book.Published(),
		Workers: max(1, runtime.NumCPU()/2), // the rest is for those who wait for an answer
	}, b.Report)
	if err != nil || b.Dry {
		return proposal, err
	}
	entries, err := book.Propose(proposal, s.seal(ctx), p.Actor(), s.now().UTC())
	if err != nil {
		return nil, err
	}
	return proposal, s.write(ctx, book.Last, entries...)
}

// freeze reads everybody who is counted, once all that the log has taken is.
func (s *Service) freeze(ctx context.Context) ([]statistics.Person, uint64, error) {
	head, err := s.log.Head(ctx)
	if err != nil {
		return nil, 0, unavailable("reach the log", err)
	}
	waiting, cancel := context.WithTimeout(ctx, catchUp)
	defer cancel()
	for {
		people, position, err := statistics.Extract(ctx, s.counts)
		if err != nil {
			return nil, 0, unavailable("read whom to count", err)
		}
		missing, err := s.casesBetween(ctx, position, head)
		if err != nil || !missing {
			return people, max(position, head), err
		}
		select {
		case <-waiting.Done():
			return nil, 0, projections.ErrBehind
		case <-time.After(100 * time.Millisecond):
		}
	}
}

// casesBetween reports whether the log has something of a case after one position up to another.
func (s *Service) casesBetween(ctx context.Context, from, to uint64) (found bool, err error) {
	err = s.log.ScanRaw(ctx, from, to, func(raws []eventlog.Raw) error {
		found = found || slices.ContainsFunc(raws, func(r eventlog.Raw) bool { return r.CaseID() != "" })
		return nil
	})
	if err != nil {
		return false, unavailable("read the log", err)
	}
	return found, nil
}

// PublishRelease publishes a proposal that another person built; digest names the one that was looked at. Where it is published already
// it is returned. It fails with release.ErrNoProposal, release.ErrDigest or release.ErrSamePerson.
func (s *Service) PublishRelease(ctx context.Context, p identity.Principal, id, digest string) (*release.Published, error) {
	if err := s.May(p, access.ReleasePublish); err != nil {
		return nil, err
	}
	book, err := s.book(ctx)
	if err != nil {
		return nil, err
	}
	if done, ok := book.Find(id); ok && done.Digest == digest {
		return done, nil
	}
	entry, err := book.Publish(id, digest, p.Actor(), s.now().UTC())
	if err != nil {
		return nil, err
	}
	if err := s.write(ctx, book.Last, entry); err != nil {
		return nil, err
	}
	return s.Release(ctx, p, id)
}

// RefuseRelease takes a proposal from the table.
func (s *Service) RefuseRelease(ctx context.Context, p identity.Principal, id string) error {
	if err := s.May(p, access.ReleasePublish); err != nil {
		return err
	}
	book, err := s.book(ctx)
	if err != nil {
		return err
	}
	entry, err := book.Refuse(id, p.Actor(), s.now().UTC())
	if err != nil {
		return err
	}
	return s.write(ctx, book.Last, entry)
}

// write appends entries about releases. Each rests on the one before: where somebody else was faster nothing more is written.
func (s *Service) write(ctx context.Context, last uint64, entries ...[]byte) error {
	for _, e := range entries {
		if err := s.writable(); err != nil {
			return err
		}
		position, err := s.log.AppendRelease(ctx, e, last)
		switch {
		case errors.Is(err, eventlog.ErrConflict):
			return fmt.Errorf("%w: something about releases was written meanwhile", ErrConflict)
		case err != nil:
			return unavailable("write about a release", err)
		}
		last = position
	}
	return nil
}
