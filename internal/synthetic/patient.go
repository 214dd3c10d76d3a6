package synthetic

import (
	"context"
	"errors"
	"time"

	"songtor/internal/app"
	"songtor/internal/identity"
)

// patient repeats a call while the service is not available, as every client should: the ids are the same, so nothing happens twice.
type patient struct{ useCases }

// Patient are the service's use cases, each repeated as Load does while the service is not available.
type Patient struct{ patient }

// Patiently makes a service's use cases patient.
func Patiently(service *app.Service) Patient { return Patient{patient{service}} }

const (
	tries = 10
	pause = 200 * time.Millisecond // before the first repeat; each further one waits longer by as much
)

func repeated[T any](ctx context.Context, call func() (T, bool, error)) (v T, created bool, err error) {
	for try := 1; ; try++ {
		v, created, err = call()
		if !errors.Is(err, app.ErrUnavailable) || try == tries {
			return v, created || try > 1, err // what was tried here before and answered now was made here
		}
		select {
		case <-ctx.Done():
			return v, created, err
		case <-time.After(time.Duration(try) * pause):
		}
	}
}

func (p patient) OpenCase(ctx context.Context, by identity.Principal, id string, in app.OpenCase, body []byte) (app.Receipt, bool, error) {
	return repeated(ctx, func() (app.Receipt, bool, error) { return p.useCases.OpenCase(ctx, by, id, in, body) })
}

func (p patient) SubmitScreening(ctx context.Context, by identity.Principal, id string, body []byte) (app.Receipt, bool, error) {
	return repeated(ctx, func() (app.Receipt, bool, error) { return p.useCases.SubmitScreening(ctx, by, id, body) })
}

func (p patient) Execute(ctx context.Context, by identity.Principal, caseID string, in app.Call) (app.Receipt, bool, error) {
	return repeated(ctx, func() (app.Receipt, bool, error) { return p.useCases.Execute(ctx, by, caseID, in) })
}

func (p patient) AttachFile(ctx context.Context, by identity.Principal, caseID, fileID string, f app.File) (app.Receipt, bool, error) {
	return repeated(ctx, func() (app.Receipt, bool, error) { return p.useCases.AttachFile(ctx, by, caseID, fileID, f) })
}

func (p patient) Case(ctx context.Context, by identity.Principal, id string, asOf time.Time) (app.CaseView, error) {
	view, _, err := repeated(ctx, func() (app.CaseView, bool, error) {
		view, err := p.useCases.Case(ctx, by, id, asOf)
		return view, false, err
	})
	return view, err
}
