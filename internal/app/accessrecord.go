package app

import (
	"context"
	"errors"
	"time"

	"songtor/internal/access"
	"songtor/internal/accesslog"
	"songtor/internal/identity"
)

// Opening is one reading of a case, or one that was denied, as those see it who may know who opened the case. It names nobody: an account
// is a number that the agency can look up.
type Opening struct {
	ID      string            `json:"entry_id"`
	At      time.Time         `json:"at"`
	Role    string            `json:"role"`
	Agency  string            `json:"agency"`
	Account string            `json:"account_id"`
	Purpose string            `json:"purpose"`
	Action  string            `json:"action"`
	Classes []string          `json:"classes"`
	Outcome accesslog.Outcome `json:"outcome"`
}

// Openings is a page of who opened a case.
type Openings struct {
	CaseID string    `json:"case_id"`
	Items  []Opening `json:"items"`
	Next   string    `json:"next"`
}

// AccessLog returns who opened a case, the latest first. That it is asked is an opening itself and the first of the first page.
func (s *Service) AccessLog(ctx context.Context, p identity.Principal, caseID string, page accesslog.Page) (Openings, error) {
	h, err := s.loadToRead(ctx, p, caseID, access.CaseReadLog)
	if err != nil {
		return Openings{}, err
	}
	if err := s.mayOnCase(p, access.CaseReadLog, h); err != nil {
		return Openings{}, s.denied(ctx, p, h, access.CaseReadLog, err)
	}
	grant, err := s.disclose(ctx, p, h, reading{action: access.CaseReadLog})
	if err != nil {
		return Openings{}, err
	}
	waiting, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	rows, next, err := s.openings.OfCase(waiting, caseID, grant.Position, page)
	if err != nil {
		return Openings{}, indexError("read who opened the case", err)
	}
	return Openings{CaseID: caseID, Next: next, Items: each(rows, func(r accesslog.Row) Opening {
		return Opening{r.ID, r.At, r.Role, r.Agency, r.Account, r.Purpose, r.Action, r.Classes, r.Outcome}
	})}, nil
}

func indexError(doing string, err error) error {
	switch {
	case errors.Is(err, accesslog.ErrCursor):
		return ErrCursor
	case errors.Is(err, accesslog.ErrNoAlert):
		return ErrNotFound
	}
	return unavailable(doing, err)
}

// reportPatience is how long a report waits for the index. It had rather come late than leave something out.
const reportPatience = 30 * time.Second

// AccessReport calls fn with everything that an account, a device, a session or an agency opened in a period, in the order of time. Begin is
// called before the first, once it is certain that nothing will be missing. The report itself is in the record before it begins.
func (s *Service) AccessReport(
	ctx context.Context, p identity.Principal, scope accesslog.Scope, begin func() error, fn func(*accesslog.Row) error,
) error {
	if err := s.May(p, access.AccessReport); err != nil {
		return err
	}
	return s.report(ctx, p, scope, begin, fn)
}

// OperatorReport is AccessReport for who keeps the machine and has asked on its command line. It is in the record as well.
func (s *Service) OperatorReport(ctx context.Context, scope accesslog.Scope, fn func(*accesslog.Row) error) error {
	return s.report(ctx, operator, scope, func() error { return nil }, fn)
}

// operator is who acts on the command line.
var operator = identity.Principal{UserID: "operator"}

func (s *Service) report(
	ctx context.Context, p identity.Principal, scope accesslog.Scope, begin func() error, fn func(*accesslog.Row) error,
) error {
	kind, err := scope.Kind()
	if err != nil {
		return invalid("", "x-scope")
	}
	e := s.entry(ctx, p, access.AccessReport, accesslog.Shown)
	e.Object, e.Filters, e.Classes = scope.Account+scope.Device+scope.Session+scope.Agency, []string{kind}, classesOf(nil)
	position, err := s.recordAccess(ctx, e)
	if err != nil {
		return err
	}
	waiting, cancel := context.WithTimeout(ctx, reportPatience)
	defer cancel()
	if err := s.openings.WaitFor(waiting, position); err != nil {
		return unavailable("wait for the access record", err)
	}
	if err := begin(); err != nil {
		return err
	}
	if err := s.openings.Report(ctx, scope, position, fn); err != nil {
		return unavailable("report what was opened", err)
	}
	return nil
}

// AlertView is something that an auditor should look at.
type AlertView struct {
	ID             string              `json:"alert_id"`
	Kind           accesslog.AlertKind `json:"kind"`
	At             time.Time           `json:"at"`
	Account        string              `json:"account_id"`
	Agency         string              `json:"agency"`
	Role           string              `json:"role"`
	CaseID         string              `json:"case_id,omitempty"`
	Count          int                 `json:"count"`
	AcknowledgedBy string              `json:"acknowledged_by,omitempty"`
	AcknowledgedAt *time.Time          `json:"acknowledged_at"`
}

// Alerts is a page of alerts. Unread counts all that nobody has acknowledged.
type Alerts struct {
	Items  []AlertView `json:"items"`
	Next   string      `json:"next"`
	Unread int         `json:"unread"`
}

// AccessAlerts lists what an auditor should look at, the latest first; only what nobody has acknowledged where unread is set.
func (s *Service) AccessAlerts(ctx context.Context, p identity.Principal, unread bool, page accesslog.Page) (Alerts, error) {
	if err := s.May(p, access.AccessAlerts); err != nil {
		return Alerts{}, err
	}
	head, err := s.openings.Head(ctx)
	if err != nil {
		return Alerts{}, unavailable("reach the access record", err)
	}
	waiting, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	found, next, err := s.openings.Alerts(waiting, unread, head, page)
	if err != nil {
		return Alerts{}, indexError("list the alerts", err)
	}
	n, err := s.openings.Unread(ctx)
	if err != nil {
		return Alerts{}, indexError("count the alerts", err)
	}
	if err := s.discloseList(ctx, p, listing{action: access.AccessAlerts, count: len(found)}); err != nil {
		return Alerts{}, err
	}
	return Alerts{Next: next, Unread: n, Items: each(found, func(a accesslog.Alert) AlertView {
		return AlertView{
			a.ID, a.Kind, a.At.UTC(), a.Account, a.Agency, a.Role, a.Case, a.Count, a.AcknowledgedBy, Moment(a.AcknowledgedAt.UTC()),
		}
	})}, nil
}

// AcknowledgeAlert notes that somebody has looked at an alert. The first who did stays named.
func (s *Service) AcknowledgeAlert(ctx context.Context, p identity.Principal, alertID string) error {
	if err := s.May(p, access.AccessAlerts); err != nil {
		return err
	}
	if err := s.openings.HasAlert(ctx, alertID); err != nil {
		return indexError("look for the alert", err)
	}
	e := s.entry(ctx, p, accesslog.AcknowledgeAlert, accesslog.Shown)
	e.Object = alertID
	position, err := s.recordAccess(ctx, e)
	if err != nil {
		return err
	}
	waiting, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	if err := s.openings.WaitFor(waiting, position); err != nil {
		return unavailable("wait for the access record", err)
	}
	return nil
}

// UnreadAlerts counts the alerts that nobody has acknowledged.
func (s *Service) UnreadAlerts(ctx context.Context, p identity.Principal) (int, error) {
	if err := s.May(p, access.AccessAlerts); err != nil {
		return 0, err
	}
	n, err := s.openings.Unread(ctx)
	if err != nil {
		return 0, indexError("count the alerts", err)
	}
	return n, nil
}

// SubscribeAlerts returns a channel that receives whenever there is something new for an auditor. It is closed when ctx ends.
func (s *Service) SubscribeAlerts(ctx context.Context, p identity.Principal) (<-chan struct{}, error) {
	if err := s.May(p, access.AccessAlerts); err != nil {
		return nil, err
	}
	return s.openings.Hints(ctx), nil
}

// SetHoney makes of a case one that nobody has a reason to open, so that an auditor is told of whoever does, or takes that back. It is for
// operators.
func (s *Service) SetHoney(ctx context.Context, caseID string, honey bool) error {
	if honey {
		if _, err := s.load(ctx, caseID); err != nil {
			return err
		}
	}
	action := access.Action(accesslog.AddHoney)
	if !honey {
		action = accesslog.RemoveHoney
	}
	e := s.entry(ctx, operator, action, accesslog.Shown)
	e.Case = caseID
	_, err := s.recordAccess(ctx, e)
	return err
}

// HoneyCases lists those cases.
func (s *Service) HoneyCases(ctx context.Context) ([]string, error) {
	head, err := s.openings.Head(ctx)
	if err != nil {
		return nil, unavailable("reach the access record", err)
	}
	waiting, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	cases, err := s.openings.HoneyCases(waiting, head)
	if err != nil {
		return nil, indexError("list the honey cases", err)
	}
	return cases, nil
}
