package synthetic

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"

	"songtor/domain"
	"songtor/internal/access"
	"songtor/internal/app"
	"songtor/internal/identity"
)

// workers is how many cases are walked through the mechanism at a time. One case's steps follow each other.
const workers = 32

// Option is a setting of Load.
type Option func(*loading)

// By makes the accounts of the demonstration do the work: their owners find cases assigned to them. Without it nobody who signs in has a
// case in their own hands.
func By(accounts Accounts) Option { return func(l *loading) { l.accounts = accounts } }

// Report is told of every step that a case did not allow, each a *Refusal; the person's course ends there and the load goes on. Without
// it Load fails with all of them, after it has done the rest. By the time limits and team rules that come with the service there are
// none. It may be called concurrently.
func Report(refused func(error)) Option { return func(l *loading) { l.refused = refused } }

// useCases is what the caseload is loaded through.
type useCases interface {
	OpenCase(ctx context.Context, p identity.Principal, commandID string, in app.OpenCase, body []byte) (app.Receipt, bool, error)
	SubmitScreening(ctx context.Context, p identity.Principal, id string, body []byte) (app.Receipt, bool, error)
	Execute(ctx context.Context, p identity.Principal, caseID string, in app.Call) (app.Receipt, bool, error)
	AttachFile(ctx context.Context, p identity.Principal, caseID, fileID string, f app.File) (app.Receipt, bool, error)
	Case(ctx context.Context, p identity.Principal, id string, asOf time.Time) (app.CaseView, error)
}

// loading is one load of the caseload.
type loading struct {
	service  useCases
	accounts Accounts
	refused  func(error)
	added    atomic.Int64
}

// Load walks the demonstration's caseload through the mechanism, by the same use cases as everybody's work, and returns how many people
// it added. A load that broke off is finished by the next, whenever that is: every command has the id that it had, and the days are
// those of the first load. After a load that was finished Load changes nothing.
func Load(ctx context.Context, service *app.Service, now time.Time, options ...Option) (int, error) {
	return load(ctx, service, now, options...)
}

func load(ctx context.Context, service useCases, now time.Time, options ...Option) (int, error) {
	l := &loading{service: patient{service}}
	for _, set := range options {
		set(l)
	}
	var kept refusals
	if l.refused == nil {
		l.refused = kept.add
	}
	err := l.run(ctx, now)
	return int(l.added.Load()), errors.Join(err, kept.all())
}

func (l *loading) run(ctx context.Context, now time.Time) error {
	all := demo(now, newCast(l.accounts))
	began, exists, err := l.opened(ctx, all, 0)
	if err != nil {
		return err
	}
	if exists {
		all = demo(began.Add(demoSpan), newCast(l.accounts))
	}
	last := len(all.people) - 1
	if _, complete, err := l.opened(ctx, all, last); err != nil || complete {
		return err
	}
	walks := make([]*walk, len(all.people))
	for _, part := range [][2]int{{0, 1}, {1, last}} {
		if err := l.walk(ctx, all, walks, part[0], part[1]); err != nil {
			return err
		}
	}
	if err := l.afterwards(ctx, all, walks); err != nil {
		return err
	}
	return l.walk(ctx, all, walks, last, last+1)
}

// opened returns when a person's case was opened, false where it has not been. Nobody who signs in is said to have looked, nor kept from it
// by how many cases they opened within the hour.
func (l *loading) opened(ctx context.Context, all *caseload, i int) (time.Time, bool, error) {
	view, err := l.service.Case(ctx, all.cast.superior, app.CaseID(all.people[i].id), time.Time{})
	if errors.Is(err, app.ErrNotFound) {
		return time.Time{}, false, nil
	}
	return view.OpenedAt, err == nil, err
}

// walk walks the people from one place to before another.
func (l *loading) walk(ctx context.Context, all *caseload, walks []*walk, from, to int) error {
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(workers)
	for i := from; i < to; i++ {
		group.Go(func() error {
			walks[i] = &walk{journey: all.people[i], cast: all.cast, service: l.hands(ctx), now: all.now}
			walks[i].run()
			return l.judge(walks[i].err)
		})
	}
	return group.Wait()
}

// judge reports a refusal and lets every other error pass.
func (l *loading) judge(err error) error {
	var refusal *Refusal
	if errors.As(err, &refusal) {
		l.refused(err)
		return nil
	}
	return err
}

func (l *loading) hands(ctx context.Context) hands {
	count := func(receipt app.Receipt, created bool, err error) (app.Receipt, error) {
		if created && err == nil {
			l.added.Add(1)
		}
		return receipt, err
	}
	return hands{
		open: func(by identity.Principal, id string, in app.OpenCase) (app.Receipt, error) {
			return count(l.service.OpenCase(ctx, by, id, in, nil))
		},
		submit: func(by identity.Principal, f Form) (app.Receipt, error) {
			body, err := f.Body()
			if err != nil {
				return app.Receipt{}, err
			}
			return count(l.service.SubmitScreening(ctx, by, f.ID, body))
		},
		execute: func(by identity.Principal, caseID string, in app.Call) (app.Receipt, error) {
			receipt, _, err := l.service.Execute(ctx, by, caseID, in)
			return receipt, err
		},
		attach: func(by identity.Principal, caseID, fileID string, f app.File) (app.Receipt, error) {
			receipt, _, err := l.service.AttachFile(ctx, by, caseID, fileID, f)
			return receipt, err
		},
	}
}

// afterwards does what needs several cases, and adds the files, which are as late as the load.
func (l *loading) afterwards(ctx context.Context, all *caseload, walks []*walk) error {
	for _, b := range all.bonds {
		walks[b.from].service = l.hands(ctx)
		walks[b.from].bind(b, walks[b.to].caseID)
		if err := l.judge(walks[b.from].err); err != nil {
			return err
		}
	}
	for _, w := range walks {
		if w == nil || w.besides == nil || w.err != nil {
			continue
		}
		w.service = l.hands(ctx)
		w.besides(w)
		if err := l.judge(w.err); err != nil {
			return err
		}
	}
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(workers)
	for _, w := range walks {
		if w == nil || !w.papers || w.refuses {
			continue
		}
		group.Go(func() error {
			w.service = l.hands(ctx)
			w.file()
			return l.judge(w.err)
		})
	}
	return group.Wait()
}

// refusals keeps what was refused where nobody asks for it.
type refusals struct {
	mutex sync.Mutex
	errs  []error
}

func (r *refusals) add(err error) {
	r.mutex.Lock()
	defer r.mutex.Unlock()
	r.errs = append(r.errs, err)
}

func (r *refusals) all() error { return errors.Join(r.errs...) }

// bind links the case to another, or tells the two apart.
func (w *walk) bind(b bond, other string) {
	if w.err != nil {
		return
	}
	w.resume()
	if b.kind == "" {
		w.do(w.cast.manager, access.RefuseDuplicate, domain.RefuseDuplicate{Other: other})
		return
	}
	id := w.do(w.cast.manager, access.Link, domain.LinkCase{Other: other, Kind: b.kind})
	if b.undone {
		w.do(w.cast.manager, access.UndoLink, domain.UndoLink{Link: id})
	}
}
